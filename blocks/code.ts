import { largest } from '../src/lib/numbers.ts';
import { linesMeant, moreLines } from '../src/lib/plural.ts';
import { clamp } from './text.ts';

/** A longer line (characters) of a preformatted text is cut: nobody reads it, and it may be a whole file. */
const LINE = 400;
/** A cell of a table is cut at this width (characters); the last column has what is left of the line. */
const CELL = 40;
const TABLE_LINE = 120;
/** A line (characters) that a phone 375 px wide shows whole, and the length of a cell that has a line for itself. */
const PHONE_LINE = 38;
const STACKED = 120;
/** With more bars than this a chart is one line of blocks instead of a row each. */
const ROWS = 12;
const LEVELS = '▁▂▃▄▅▆▇█';
const BAR_WIDTH = 20;

export interface TableShown {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface ChartShown {
  readonly title: string;
  readonly unit: string;
  readonly bars: readonly { readonly label: string; readonly value: number; readonly alarming?: boolean }[];
}

/**
 * A text as it was written, in fixed width: nothing in it is a mention, a link or a mark. Cut at a line's end to `length` characters with all
 * marks, and each line to `width`; says how many lines are left out.
 */
export function code(text: string, length: number, width: number = LINE): string {
  const whole = text.replaceAll('\r', '').replace(/\n+$/, '').split('\n');
  // What was cut before already says so by its last line: there is one number for all of it.
  const before = linesMeant(whole.at(-1) ?? '');
  const lines = (before === 0 ? whole : whole.slice(0, -1)).map((line) => literal(line, width));
  const kept: string[] = [];
  let size = '``````\n\n… 99999 more lines'.length;
  for (const line of lines) {
    if (size + line.length + 1 > length) break;
    kept.push(line);
    size += line.length + 1;
  }
  const left = lines.length - kept.length + before;
  const rest = left === 0 ? [] : [moreLines(left)];
  return `\`\`\`\n${[...kept, ...rest].join('\n')}\n\`\`\``;
}

/** A short text as code within a line. A backtick would end it, so that an apostrophe takes its place. Not escaped. */
export function inlineCode(text: string): string {
  return `\`${text
    .replaceAll(/\s*\n\s*/g, ' ')
    .replaceAll('`', "'")
    .trim()}\``;
}

/** Three backticks would end the fixed width; the other three characters are Slack's own. */
function literal(line: string, width: number): string {
  return clamp(line, width).replaceAll('```', "'''").replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/**
 * A table as a phone shows it whole: columns aligned while they fit into a line; else a line for each row's first cell, and the others below it with the
 * names of their columns.
 */
export function narrowTable(table: TableShown): string {
  const aligned = tableText(table);
  if (aligned.split('\n').every((line) => line.length <= PHONE_LINE)) return aligned;
  const [head = [], ...rows] = cellsOf(table);
  // A log reads as it was written, whatever its lines break at.
  if (head[0] === 'Time')
    return rows
      .map((row) =>
        row
          .filter((cell) => cell !== '')
          .map((cell) => clamp(cell, STACKED))
          .join('  '),
      )
      .join('\n');
  return rows.map((row) => stackedText(head, row)).join('\n');
}

/** A row as its name and what is said of it. What is empty is left out. */
function stackedText(head: readonly string[], [name = '', ...row]: readonly string[]): string {
  const said = row.flatMap((cell, i) => (cell === '' ? [] : [`${head[i + 1] ?? ''}: ${clamp(cell, STACKED)}`]));
  return [clamp(name, STACKED), ...(said.length === 0 ? [] : [`  ${said.join(' · ')}`])].join('\n');
}

/** The head and the rows, as many cells each as there are columns, every cell on one line. */
function cellsOf({ columns, rows }: TableShown): readonly (readonly string[])[] {
  return [columns, ...rows].map((row) => columns.map((_, i) => (row[i] ?? '').replaceAll(/\s+/g, ' ').trim()));
}

/** A table's lines, columns aligned. */
export function tableText(table: TableShown): string {
  const { columns } = table;
  const plain = cellsOf(table);
  const last = columns.length - 1;
  const widths = columns.map((_, i) => Math.min(CELL, largest(plain.map((row) => row[i]?.length ?? 0))));
  const left = Math.max(CELL, TABLE_LINE - widths.slice(0, last).reduce((sum, width) => sum + width + 2, 0));
  const all = plain.map((row) => row.map((cell, i) => clamp(cell, i === last ? left : CELL)));
  return all
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** A series as bars. What is alarming is said in words too: a short bar is easily overlooked. */
export function chartText({ title, unit, bars }: ChartShown): string {
  const head = unit === '' ? title : `${title} (${unit})`;
  if (bars.length === 0) return `${head}\nno values`;
  // A share is drawn as a share of the whole.
  const most = Math.max(unit === '%' ? 100 : 0, largest(bars.map(({ value }) => value)));
  if (bars.length > ROWS) return [head, ...sparkline(bars, most)].join('\n');
  const labels = largest(bars.map(({ label }) => label.length));
  const numbers = largest(bars.map(({ value }) => sayNumber(value).length));
  const lines = bars.map(({ label, value, alarming }) => {
    const said = alarming === true ? ` ${sayAlarm(value)}` : '';
    return `${label.padEnd(labels)}  ${sayNumber(value).padStart(numbers)}  ${row(value, most)}${said}`.trimEnd();
  });
  return [head, ...lines].join('\n');
}

function sparkline(bars: ChartShown['bars'], most: number): string[] {
  const line = bars.map(({ value }) => (value <= 0 ? ' ' : (LEVELS[Math.min(7, Math.floor((value / most) * 8))] ?? ' '))).join('');
  const alarming = bars.filter((bar) => bar.alarming === true);
  const said = alarming.map(({ label, value }) => `${label} (${value <= 0 ? 'none' : sayNumber(value)})`).join(', ');
  return [
    `|${line}|  ${bars[0]?.label ?? ''} to ${bars.at(-1)?.label ?? ''}, at most ${sayNumber(most)}`,
    alarming.length === 0 ? 'no gaps' : `${alarming.every(({ value }) => value <= 0) ? 'gaps' : 'look at'}: ${said}`,
  ];
}

function row(value: number, most: number): string {
  const length = most <= 0 || value <= 0 ? 0 : Math.max(1, Math.round((value / most) * BAR_WIDTH));
  return '█'.repeat(length);
}

function sayAlarm(value: number): string {
  return value <= 0 ? '(gap)' : '(unusual)';
}

function sayNumber(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString('en-GB') : value.toFixed(1);
}

/** `▓▓▓░░`: one block a step while there are few, ten otherwise. */
export function bar(done: number, total: number): string {
  const width = total > 0 && total <= 10 ? total : 10;
  const filled = total <= 0 ? 0 : Math.max(0, Math.min(width, Math.floor((done / total) * width)));
  return '▓'.repeat(filled) + '░'.repeat(width - filled);
}
