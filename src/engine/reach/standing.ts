import type { IncidentRecord } from '../../domain/incident/events.ts';
import { type Incident, isOpen, pagedSince } from '../../domain/incident/incident.ts';
import type { Store } from '../../ports/store.ts';

/** Why somebody is called for an incident that goes on, and no longer when it is over. */
const WHILE_OPEN: ReadonlySet<string> = new Set(['acknowledgement', 'time', 'unreached', 'condition', 'named']);
/** Why somebody is called only because nobody has acknowledged yet. */
const UNTIL_ACKNOWLEDGED: ReadonlySet<string> = new Set(['acknowledgement', 'time', 'unreached']);
/** Why somebody is called beside the line. */
const BESIDE: ReadonlySet<string> = new Set(['condition', 'named']);

/**
 * Whether a page no longer counts: the incident is over, or it was opened again since, and then calls people anew. What is escalated for another
 * reason, such as a revert that fails, counts whatever the incident's status.
 */
export async function isPageOver(store: Store, incident: Incident, seq: number): Promise<boolean> {
  const record = await recordAt(store, incident.id, seq);
  if (record === undefined || (record.type === 'incident.escalated' && !WHILE_OPEN.has(record.data.cause))) return false;
  return !isOpen(incident) || Date.parse(record.time) < pagedSince(incident);
}

/** Whether a page calls people beside the line: where nobody of them is reached, the room hears of it, and the line stays where it is. */
export async function isBesideLine(store: Store, incident: string, seq: number): Promise<boolean> {
  const record = await recordAt(store, incident, seq);
  return record?.type === 'incident.escalated' && BESIDE.has(record.data.cause);
}

/**
 * Whether somebody has acknowledged what a page calls people for. A page for another reason, such as a revert that fails, a graver severity or a person who
 * escalates, calls people all the same, and so does one that comes after the acknowledgement.
 */
export async function isAnswered(store: Store, { id, milestones: { acknowledged } }: Incident, seq: number): Promise<boolean> {
  const record = acknowledged === null ? undefined : await recordAt(store, id, seq);
  return record !== undefined && acknowledged !== null && waitsForAnswer(record) && Date.parse(record.time) <= acknowledged;
}

/** Whether somebody who acknowledges ends what this record calls people for. */
export function waitsForAnswer(record: IncidentRecord): boolean {
  if (record.type === 'incident.escalated') return UNTIL_ACKNOWLEDGED.has(record.data.cause);
  return record.type === 'incident.declared' || record.type === 'incident.reopened';
}

/** The record that a page tells of. */
export async function recordAt(store: Store, incident: string, seq: number): Promise<IncidentRecord | undefined> {
  const [record] = (await store.records(incident, { from: seq, to: seq })) as IncidentRecord[];
  return record;
}
