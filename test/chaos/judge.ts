import { setTimeout as pause } from 'node:timers/promises';
import type { SlackSimulator } from '../../simulators/slack/index.ts';
import type { IncidentRecord } from '../../src/domain/incident/events.ts';
import type { StoredRecord } from '../../src/domain/record.ts';
import { decodeRecord } from '../../src/evidence/record.ts';
import { type Report, verdict } from '../../src/evidence/verify/report.ts';
import { verifyEvidence } from '../../src/evidence/verify/verify.ts';
import type { EvidenceStore } from '../../src/ports/evidence.ts';
import { ownPins } from '../evidence/helpers/pins.ts';

/** How long (ms) everything may take to come to rest at the end. */
const PATIENCE = 120_000;
/** How many looks in a row, a second apart, find nothing amiss: what was said last may still be on its way at the first. */
const CALM = 5;

/**
 * Judges when everything has come to rest: what was acknowledged is there, and the bots were stopped as an operator stops them, which
 * seals the evidence.
 */
export async function atRest(look: () => Promise<string[]>, stop: () => Promise<void>): Promise<string[]> {
  const end = performance.now() + PATIENCE;
  for (let calm = 0; calm < CALM && performance.now() < end; ) {
    const unrest = (await look()).some((problem) => !problem.startsWith('evidence:'));
    calm = unrest ? 0 : calm + 1;
    await pause(1_000);
  }
  await stop();
  return look();
}

/** A note that somebody wrote: unique, and what the answer was. */
export interface SaidNote {
  readonly text: string;
  /** Whether its payload was taken: acknowledged, and without a word of why it was not. */
  readonly acked: boolean;
  /** Whether the answer was that nothing was done. */
  readonly denied: boolean;
}

/** What is wrong, in sentences; nothing when all held. */
export async function judge(store: EvidenceStore, slack: SlackSimulator, notes: readonly SaidNote[]): Promise<string[]> {
  const report = await verifyEvidence(store, { strict: true, ...(await ownPins(store)) });
  const records = await readIncidents(store);
  const closes = records.filter(({ type }) => type === 'incident.closed').length;
  const anchors = (await readRecords(store, 'log/')).filter(({ type }) => type === 'log.anchored').length;
  return [
    ...evidenceProblems(report, closes),
    ...anchorProblems(closes, anchors),
    ...noteProblems(records, notes),
    ...timerProblems(records),
    ...messageProblems(slack),
  ];
}

function evidenceProblems(report: Report, closes: number): string[] {
  if (verdict(report) === 'valid') return [];
  return report.findings
    .filter(({ severity, code }) => severity !== 'note' && !(code === 'unanchored' && closes === 0))
    .map(({ says }) => `evidence: ${says}`);
}

/** Every close publishes the newest checkpoint of the log; there is nothing to publish before the first. */
function anchorProblems(closes: number, anchors: number): string[] {
  return anchors < closes ? [`${closes - anchors} of ${closes} closes were not anchored`] : [];
}

/** Every acknowledged payload has exactly one outcome, one that was said to have done nothing has none, any other one at most. */
function noteProblems(records: readonly IncidentRecord[], notes: readonly SaidNote[]): string[] {
  const counts = new Map<string, number>();
  for (const record of records) if (record.type === 'note.added') counts.set(record.data.text, (counts.get(record.data.text) ?? 0) + 1);
  return notes.flatMap(({ text, acked, denied }) => {
    const count = counts.get(text) ?? 0;
    if (denied && count > 0) return [`“nothing was done” was said of the note “${text}”, and it is recorded`];
    if (acked && count !== 1) return [`the acknowledged note “${text}” is recorded ${count} times`];
    return count > 1 ? [`the note “${text}” is recorded ${count} times`] : [];
  });
}

/** Every timer fires once: one reminder, one breach and one offer for each promise. */
function timerProblems(records: readonly IncidentRecord[]): string[] {
  const seen = new Set<string>();
  const problems: string[] = [];
  for (const record of records) {
    const due =
      record.type === 'update.offered' ||
      record.type === 'update.reminded' ||
      record.type === 'breach.recorded' ||
      record.type === 'acknowledgement.reminded'
        ? record.data.due
        : null;
    if (due === null) continue;
    const target = record.type === 'breach.recorded' ? record.data.target : '';
    const key = [record.incident_id, record.type, target, due].join(' ');
    if (seen.has(key)) problems.push(`fired twice: ${key}`);
    seen.add(key);
  }
  return problems;
}

/** No message is doubled: each carries its key. */
export function messageProblems(slack: SlackSimulator): string[] {
  const places = new Map<string, string>();
  const problems: string[] = [];
  for (const channel of slack.channels()) {
    for (const message of slack.messages(channel.id)) {
      const key = (message.metadata as { event_payload?: { key?: string } } | undefined)?.event_payload?.key;
      if (key === undefined) continue;
      if (places.has(key)) problems.push(`posted twice: ${key} in ${places.get(key)} and ${channel.name}`);
      places.set(key, channel.name);
    }
  }
  return problems;
}

/** All records of incidents. */
export async function readIncidents(store: EvidenceStore): Promise<IncidentRecord[]> {
  return (await readRecords(store, 'incidents/')) as unknown as IncidentRecord[];
}

async function readRecords(store: EvidenceStore, prefix: string): Promise<StoredRecord[]> {
  const records: StoredRecord[] = [];
  for await (const key of store.list(prefix)) {
    if (!key.includes('/records/')) continue;
    const bytes = await store.get(key);
    if (bytes !== null) records.push(decodeRecord(bytes).record);
  }
  return records;
}
