import { addAll } from '../../lib/add-all.ts';

/** Colours and other sequences of terminals. */
const ESCAPES = /\u001B\[[0-9;]*[A-Za-z]/g;
/** What the runner puts ahead of each line. */
const STAMP = /^\uFEFF?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z ?/;
const HUNK = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/;

/** The lines of a job's log as the job printed them: without times and colours. */
export function printed(log: string): readonly string[] {
  return log
    .replace(/\r/g, '')
    .split('\n')
    .map((line) => line.replace(STAMP, '').replace(ESCAPES, ''));
}

/**
 * Every unified diff in a job's log, as `diff -u` writes it, one after the other (VO-02). Empty when there is none. A hunk ends where its
 * numbers say, so that what the job prints after it is not taken for a part; a hunk that is cut off ends with the log.
 */
export function patchIn(log: string): string {
  const lines = printed(log);
  const found: string[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const [old, young, hunk] = [lines[at] ?? '', lines[at + 1] ?? '', lines[at + 2] ?? ''];
    if (!old.startsWith('--- ') || !young.startsWith('+++ ') || !HUNK.test(hunk)) continue;
    const end = hunksEnd(lines, at + 2);
    addAll(found, lines.slice(at, end));
    at = end - 1;
  }
  return found.length === 0 ? '' : `${found.join('\n')}\n`;
}

/** Where the hunks that begin at `from` are over. */
function hunksEnd(lines: readonly string[], from: number): number {
  let at = from;
  for (;;) {
    const numbers = HUNK.exec(lines[at] ?? '');
    if (numbers === null) return at;
    let [old, young] = [Number(numbers[1] ?? 1), Number(numbers[2] ?? 1)];
    at += 1;
    while (at < lines.length && (old > 0 || young > 0 || (lines[at] ?? '').startsWith('\\'))) {
      const kind = (lines[at] ?? '').slice(0, 1);
      // Logs lose the blank of an empty line.
      if (kind === ' ' || kind === '') [old, young] = [old - 1, young - 1];
      else if (kind === '-') old -= 1;
      else if (kind === '+') young -= 1;
      else if (kind !== '\\') return at;
      at += 1;
    }
  }
}
