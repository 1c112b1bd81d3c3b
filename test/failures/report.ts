import { z } from 'zod';

/** A diagnosis and one remedy may have this many messages in the incident's channel: what stands in threads is for those who open them. */
export const MOST_MESSAGES = 8;

/** How one failure was played. The keys are those of `--json`. */
const rowSchema = z.strictObject({
  failure: z.string(),
  /** Whether the headline named the right cause. */
  cause: z.boolean(),
  /** Whether the right remedy was offered first; where none helps, whether none was. */
  remedy_first: z.boolean(),
  /** Whether the platform is well after the remedy, and still is when the watch is over. */
  mended: z.boolean(),
  /** No remedy of the written runbook can mend it. */
  nothing_to_mend: z.boolean(),
  /** The bot's messages in the incident's channel, from the diagnosis to the end. */
  messages: z.number(),
  /** Sentences that were not true when they could be read, raw expressions, and sentences that are none. */
  false_claims: z.number(),
  /** What falls short, in words; empty when nothing does. */
  why: z.array(z.string()),
});

export type Row = Readonly<z.infer<typeof rowSchema>>;

/** The rows of what `--json` printed; none when it printed something else. */
export function readRows(text: string): readonly Row[] {
  if (!text.trimStart().startsWith('[')) return [];
  return z.array(rowSchema).parse(JSON.parse(text));
}

/** A row with everything in `why` that its figures say. */
export function judged(row: Row): Row {
  const why = [...row.why];
  if (row.messages > MOST_MESSAGES) why.push(`${row.messages} messages, and ${MOST_MESSAGES} are enough.`);
  if (!row.mended && !row.nothing_to_mend) why.push('The platform is not well.');
  return { ...row, why };
}

/** Whether something is wrong with it. */
export function fallsShort({ why, cause, remedy_first, false_claims }: Row): boolean {
  return why.length > 0 || !cause || !remedy_first || false_claims > 0;
}

const TITLES = ['Failure', 'Right cause', 'Right remedy first', 'Mended', 'Messages', 'False claims'] as const;
const RED = '\u001b[31m';
const GREEN = '\u001b[32m';
const PLAIN = '\u001b[0m';

/** The table for people, with what falls short below it. */
export function asTable(rows: readonly Row[], { color }: { readonly color: boolean }): string {
  const cells = rows.map((row) => [
    row.failure,
    yes(row.cause),
    yes(row.remedy_first),
    row.nothing_to_mend ? 'nothing to mend' : yes(row.mended),
    String(row.messages),
    String(row.false_claims),
  ]);
  const widths = TITLES.map((title, i) => Math.max(title.length, ...cells.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd();
  const painted = (text: string, row: Row) => (color ? `${fallsShort(row) ? RED : GREEN}${text}${PLAIN}` : text);
  const short = rows.filter(fallsShort);
  return [
    line(TITLES),
    line(widths.map((width) => '-'.repeat(width))),
    ...rows.map((row, i) => painted(line(cells[i] ?? []), row)),
    ...short.flatMap(({ failure, why }) => ['', `${failure}:`, ...why.map((one) => `  ${one}`)]),
    '',
    `${rows.length - short.length} of ${rows.length} ${rows.length === 1 ? 'failure' : 'failures'} as it should be.`,
  ].join('\n');
}

/** The array of `--json`. */
export function asJson(rows: readonly Row[]): string {
  return JSON.stringify(rows, null, 2);
}

function yes(is: boolean): string {
  return is ? 'yes' : 'NO';
}
