import { reviewMark } from '../src/domain/incident/review.ts';
import { plural } from '../src/lib/plural.ts';
import { withoutEmoji } from './canvas.ts';
import { visible } from './outside.ts';

/** Characters of a canvas: Slack takes 1,048,576 (docs.slack.dev/reference/methods/canvases.create), and the heads of divided tables come on top. */
const MOST = 900_000;
/** Cells of one table, its head among them. Slack names no limit for what apps write; people's own tables in canvases end at so many. */
const CELLS = 300;

/** A table in pieces; every other line stands for itself. */
interface Table {
  readonly head: readonly [string, string];
  readonly rows: readonly string[];
  /** Rows that are left out at its end. */
  readonly left: number;
}
type Part = string | Table;

/**
 * The post-mortem as a canvas that people fill in. It is the paper itself: only what a canvas would show as something else is changed, its tables are divided
 * where they are too long, and what does not fit into a canvas is left out and counted.
 */
export function reviewCanvasOf(incident: string, paper: string): string {
  const [title = '', ...rest] = paper.split('\n').map(asCanvas);
  const note = `_${reviewMark(incident)}, and never changes it: edit it as you like. \`/incident postmortem\` posts what is recorded later._`;
  return [title, '', note, ...fitting(partsOf(rest)).flatMap(shown)].join('\n');
}

/** People's words stay words: no emoji by its name, no list within a list. */
function asCanvas(line: string): string {
  return withoutEmoji(visible(line)).replace(/^(- (?:\[ \] )?)(\d*)([-+.)])(?=\s)/, '$1$2\\$3');
}

function partsOf(lines: readonly string[]): readonly Part[] {
  const parts: Part[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const [first = '', second = ''] = lines.slice(at, at + 2);
    if (!(first.startsWith('| ') && second.startsWith('| ---'))) {
      parts.push(first);
      continue;
    }
    const end = lines.findIndex((line, i) => i > at && !line.startsWith('| '));
    const rows = lines.slice(at + 2, end < 0 ? lines.length : end);
    parts.push({ head: [first, second], rows, left: 0 });
    at += rows.length + 1;
  }
  return parts;
}

/** The longest table gives way, as a rule the timeline: questions and what people named stay. */
function fitting(parts: readonly Part[]): readonly Part[] {
  const over = parts.reduce((sum, part) => sum + sizeOf(part), 0) - MOST;
  const longest = parts.reduce<Table | null>(
    (best, part) => (typeof part === 'string' || (best !== null && sizeOf(best) >= sizeOf(part)) ? best : part),
    null,
  );
  if (over <= 0) return parts;
  if (longest === null || longest.rows.length === 0) return cutAt(parts);
  let kept = longest.rows.length;
  for (let gone = 0; gone < over && kept > 0; kept -= 1) gone += sizeOf(longest.rows[kept - 1] ?? '');
  const cut = { ...longest, rows: longest.rows.slice(0, kept), left: longest.left + longest.rows.length - kept };
  return fitting(parts.map((part) => (part === longest ? cut : part)));
}

/** Where no table is left to give way, the end does. */
function cutAt(parts: readonly Part[]): readonly Part[] {
  let size = 0;
  const end = parts.findIndex((part) => {
    size += sizeOf(part);
    return size > MOST;
  });
  return [...parts.slice(0, end), leftOut(parts.length - end)];
}

function sizeOf(part: Part): number {
  return typeof part === 'string' ? part.length + 1 : part.rows.reduce((sum, row) => sum + row.length + 1, 0);
}

function shown(part: Part): readonly string[] {
  if (typeof part === 'string') return [part];
  const [names, rule] = part.head;
  const most = Math.floor(CELLS / (rule.split('|').length - 2)) - 1;
  const lines: string[] = [];
  for (let at = 0; at < part.rows.length; at += most) lines.push(...(at === 0 ? [] : ['']), names, rule, ...part.rows.slice(at, at + most));
  return part.left === 0 ? lines : [...lines, '', leftOut(part.left)];
}

function leftOut(lines: number): string {
  return `_${plural(lines, 'more line does', 'more lines do')} not fit here: \`/incident postmortem\` posts all of it._`;
}
