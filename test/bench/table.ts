import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import type { Row } from './benchmark.ts';

const PAGE = new URL('../../docs/reference/performance.md', import.meta.url);
const BEGIN = '<!-- bench:begin -->';
const END = '<!-- bench:end -->';

export function asText(rows: readonly Row[]): string {
  return rows
    .map((row) => `${row.what}\n  against ${row.against}\n  ${row.measured}; goal: ${row.goal}${met(row, ', met', ', NOT met', '')}`)
    .join('\n\n');
}

export function asMarkdown(rows: readonly Row[]): string {
  const lines = rows.map((row) => `| ${[row.what, row.against, row.goal, row.measured, met(row, 'yes', '**no**', '')].join(' | ')} |`);
  const made = `Measured on ${new Date().toISOString().slice(0, 10)} with Node ${process.versions.node} on ${availableParallelism()} CPUs.`;
  return [made, '', '| What | Compared with | Goal | Measured | Met |', '|---|---|---|---|---|', ...lines].join('\n');
}

/** Puts the table between its markers. */
export async function writeTable(table: string): Promise<void> {
  const page = await readFile(PAGE, 'utf8');
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) throw new Error('docs/reference/performance.md lacks the markers of the table.');
  await writeFile(PAGE, `${page.slice(0, begin)}${BEGIN}\n\n${table}\n\n${page.slice(end)}`);
}

function met({ met: value }: Row, yes: string, no: string, none: string): string {
  return value === null ? none : value ? yes : no;
}
