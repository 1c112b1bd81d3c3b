import { withNewestNotes } from '../../domain/incident/notes.ts';
import type { StoredRecord } from '../../domain/record.ts';
import { sayTimer } from '../../domain/timer-words.ts';
import { nameOf, type People } from './people.ts';

/** Says in one plain sentence what a record tells; `null` for types it does not know, which get a generic line. People stand in it as `<@id>`. */
export type Describe = (record: StoredRecord) => string | null;

/** Records as a Markdown table: UTC times, who, what (AU-70). Pure; the same records give the same bytes. */
export function renderTimeline(stream: string, records: readonly StoredRecord[], options: { people: People; describe: Describe }): string {
  const rows = withNewestNotes(records).map((record) => {
    const cells = [record.time.slice(0, 19).replace('T', ' '), whoOf(record, options.people), whatOf(record, options), String(record.seq)];
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

/** Who did what a record tells, for people. */
export function whoOf({ actor }: StoredRecord, people: People): string {
  if (actor.kind === 'person') return nameOf(people, actor.id);
  return actor.kind === 'timer' ? `Timer (${sayTimer(actor.id)})` : 'Tocsin';
}

/** What a record tells, with the names of people. A group has none here: its id stands alone. */
export function whatOf(record: StoredRecord, { describe, people }: { people: People; describe: Describe }): string {
  const said = describe(record)
    ?.replaceAll(/<@([A-Z0-9]+)>/g, (_, id: string) => nameOf(people, id))
    .replaceAll(/<!subteam\^([A-Z0-9]+)>/g, 'group $1');
  const what = said ?? `${record.type} (${record.subject})`;
  return record.outcome === 'done' ? what : `${what} [${record.outcome}]`;
}

/** What people typed is text, never markup. */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[\\`*_[\]<>|#~]/g, '\\$&');
}
