import type { StoredRecord } from '../domain/record.ts';
import { nameOf, type People } from './people.ts';

/** Says in one plain sentence what a record tells, by its type. The domain knows its own types; others get a generic line. */
export type Describe = Readonly<Record<string, (record: StoredRecord) => string>>;

/** Records as a Markdown table: UTC times, who, what (DESIGN, Vocabulary: Pack). Pure; the same records give the same bytes. */
export function renderTimeline(stream: string, records: readonly StoredRecord[], options: { people: People; describe: Describe }): string {
  const rows = records.map((record) => {
    const cells = [record.time.slice(0, 19).replace('T', ' '), whoOf(record, options.people), whatOf(record, options.describe), String(record.seq)];
    return `| ${cells.map(escapeMarkdown).join(' | ')} |`;
  });
  return [
    `# Timeline of ${stream}`,
    '',
    'All times are UTC. The last column is the number of the record that proves the line.',
    '',
    '| Time (UTC) | Who | What | Record |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function whoOf({ actor }: StoredRecord, people: People): string {
  if (actor.kind === 'person') return nameOf(people, actor.id);
  return actor.kind === 'timer' ? `Timer ${actor.id}` : 'Tocsin';
}

function whatOf(record: StoredRecord, describe: Describe): string {
  const said = Object.hasOwn(describe, record.type) ? describe[record.type]?.(record) : undefined;
  const what = said ?? `${record.type} (${record.subject})`;
  return record.outcome === 'done' ? what : `${what} [${record.outcome}]`;
}

/** What people typed is text, never markup. */
function escapeMarkdown(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[\\`*_[\]<>|#~]/g, '\\$&');
}
