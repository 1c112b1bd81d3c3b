import { z } from 'zod';
import { withNewestNotes } from '../../domain/incident/notes.ts';
import type { StoredRecord } from '../../domain/record.ts';
import { own } from '../../lib/own.ts';
import type { People } from './people.ts';
import { type Describe, escapeMarkdown, whatOf } from './timeline.ts';
import { ACTION_NOTE, dataOf, followUpsOf, isTold, LESSON_NOTE, moment, notesOf, resolutionOf } from './told.ts';

/** The name of the report in a pack. */
export const REPORT_FILE = 'incident-report.md';

export interface ReportOptions {
  readonly people: People;
  readonly describe: Describe;
  /** When the report is made: UTC, milliseconds, `Z`. */
  readonly time: string;
}

/** How the playbook calls what a diagnosis was asked with. */
const TITLES: Readonly<Record<string, string>> = {
  capsule: 'Capsule Hash',
  tenant: 'Tenant ID',
  risk: 'Risk Score',
  misses: 'Heartbeat Misses',
};
/** The action that starts a rollback of Provability-Fabric. */
const ROLLBACK = 'fabric.start-rollback';
/** Records that say what a diagnosis was asked with. */
const ASKING = /^diagnosis\.(?:requested|finished)$/;
const ACTION_ITEMS = ['Update monitoring rules', 'Improve detection logic', 'Update runbooks'];

const declared = z.object({ title: z.string(), service_name: z.string(), severity: z.string(), detected: z.string().nullish() });
const asked = z.object({ arguments: z.record(z.string(), z.string()).default({}) });
const applied = z.object({ uses: z.string() });

/**
 * The incident report by the playbook's template (PF-30), filled from the records. What no record says stands in brackets, for people to write.
 * Pure; the same records give the same bytes.
 */
export function renderReport(stream: string, records: readonly StoredRecord[], options: ReportOptions): string {
  const first = dataOf(
    declared,
    records.find(({ type }) => type === 'incident.declared'),
  );
  const cause = resolutionOf(records);
  const lessons = notesOf(records, LESSON_NOTE);
  const items = followUpsOf(records);
  const done = new Set(items.filter((item) => item.done).map(({ text }) => text));
  const actions = [...ACTION_ITEMS, ...items.map(({ text }) => text), ...notesOf(records, ACTION_NOTE)];
  return [
    '# Incident Report',
    '',
    ...titleBlock(stream, first, records, options).map(([name, value]) => `**${name}:** ${escapeMarkdown(value)}  `),
    '',
    '## Timeline',
    '',
    ...timeline(records, first?.detected ?? null, options),
    '',
    '## Root Cause',
    '',
    cause === null ? '[Describe root cause]' : escapeMarkdown(cause),
    '',
    '## Lessons Learned',
    '',
    ...(lessons.length === 0 ? ['[Document lessons learned]'] : lessons.map((one) => `- ${escapeMarkdown(one)}`)),
    '',
    '## Action Items',
    '',
    ...[...new Set(actions)].map((one) => `- [${done.has(one) ? 'x' : ' '}] ${escapeMarkdown(one)}`),
    '',
  ].join('\n');
}

function titleBlock(
  stream: string,
  first: z.output<typeof declared> | null,
  records: readonly StoredRecord[],
  { time }: ReportOptions,
): readonly (readonly [string, string])[] {
  const given = records.filter(({ type }) => ASKING.test(type)).map((record) => dataOf(asked, record)?.arguments ?? {});
  return [
    ['Date', moment(time)],
    ['Incident', `${stream}${first === null ? '' : `: ${first.title}`}`],
    ...(first === null ? [] : ([['Service', `${first.service_name}, ${first.severity}`]] as const)),
    ...inOrder([...new Set(given.flatMap((one) => Object.keys(one)))]).map((name) => [own(TITLES, name) ?? name, valuesOf(given, name)] as const),
  ];
}

/** Several guards may have tripped in one incident: each value once. */
function valuesOf(given: readonly Readonly<Record<string, string>>[], name: string): string {
  const values = [...new Set(given.map((one) => one[name] ?? ''))].filter((value) => value !== '');
  return values.length === 0 ? 'unknown' : values.join(', ');
}

/** As the template has them, then all others. */
function inOrder(names: readonly string[]): readonly string[] {
  const known = Object.keys(TITLES);
  return [...known.filter((name) => names.includes(name)), ...names.filter((name) => !known.includes(name))];
}

/** The three moments of the template, and between them all that the records tell. */
function timeline(records: readonly StoredRecord[], detected: string | null, options: ReportOptions): readonly string[] {
  const begin = records[0]?.time ?? options.time;
  const lines = withNewestNotes(records)
    .filter(({ type }) => isTold(type))
    .map((record) => `- ${moment(record.time)}: ${milestone(record)}${escapeMarkdown(whatOf(record, options))}`);
  return [`- ${moment(detected ?? begin)}: **Incident detected**`, ...lines];
}

function milestone(record: StoredRecord): string {
  if (record.type === 'change.applied' && dataOf(applied, record)?.uses === ROLLBACK) return '**Rollback initiated**: ';
  return record.type === 'incident.resolved' ? '**Recovery completed**: ' : '';
}
