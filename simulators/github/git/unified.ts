const CONTEXT = 3;

type Line = readonly [kind: ' ' | '-' | '+', text: string];

export interface Unified {
  /** Hunks of a unified diff, without the lines that name the files. */
  readonly patch: string;
  readonly additions: number;
  readonly deletions: number;
}

/** What differs between two texts, as `git diff` shows it. */
export function unified(before: string, after: string): Unified {
  const lines = compare(split(before), split(after));
  return {
    patch: hunks(lines).join('\n'),
    additions: lines.filter(([kind]) => kind === '+').length,
    deletions: lines.filter(([kind]) => kind === '-').length,
  };
}

function split(text: string): string[] {
  if (text === '') return [];
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
}

/** By the longest common subsequence, after the common head and tail. */
function compare(old: readonly string[], young: readonly string[]): Line[] {
  let head = 0;
  while (head < old.length && head < young.length && old[head] === young[head]) head += 1;
  let tail = 0;
  while (tail < old.length - head && tail < young.length - head && old[old.length - 1 - tail] === young[young.length - 1 - tail]) tail += 1;
  const same = (from: number, to: number): Line[] => old.slice(from, to).map((text) => [' ', text]);
  return [
    ...same(0, head),
    ...middle(old.slice(head, old.length - tail), young.slice(head, young.length - tail)),
    ...same(old.length - tail, old.length),
  ];
}

function middle(old: readonly string[], young: readonly string[]): Line[] {
  const width = young.length + 1;
  const common = new Uint32Array((old.length + 1) * width);
  const at = (i: number, j: number): number => common[i * width + j] ?? 0;
  for (let i = old.length - 1; i >= 0; i -= 1)
    for (let j = young.length - 1; j >= 0; j -= 1)
      common[i * width + j] = old[i] === young[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < young.length) {
    if (i < old.length && j < young.length && old[i] === young[j]) {
      lines.push([' ', old[i] ?? '']);
      i += 1;
      j += 1;
    } else if (i < old.length && (j === young.length || at(i + 1, j) >= at(i, j + 1))) {
      lines.push(['-', old[i] ?? '']);
      i += 1;
    } else {
      lines.push(['+', young[j] ?? '']);
      j += 1;
    }
  }
  return lines;
}

function hunks(lines: readonly Line[]): string[] {
  const kept = lines.map((_, index) => lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(([kind]) => kind !== ' '));
  const text: string[] = [];
  let [old, young] = [1, 1];
  for (let index = 0; index < lines.length; ) {
    if (kept[index] !== true) {
      old += 1;
      young += 1;
      index += 1;
      continue;
    }
    let end = index;
    while (end < lines.length && kept[end] === true) end += 1;
    const hunk = lines.slice(index, end);
    const [removed, added] = [hunk.filter(([kind]) => kind !== '+').length, hunk.filter(([kind]) => kind !== '-').length];
    const range = (start: number, count: number): string => `${count === 0 ? start - 1 : start}${count === 1 ? '' : `,${count}`}`;
    text.push(`@@ -${range(old, removed)} +${range(young, added)} @@`, ...hunk.map(([kind, line]) => `${kind}${line}`));
    old += removed;
    young += added;
    index = end;
  }
  return text;
}
