/** The changes of a text as `diff -u` writes them, with three lines around each. Empty where nothing changed. */
export function unifiedDiff(before: string, after: string, names: readonly [before: string, after: string]): string {
  const edits = compare(before.split('\n').slice(0, -1), after.split('\n').slice(0, -1));
  const near = edits.map((_, index) => edits.slice(Math.max(0, index - 3), index + 4).some(({ kind }) => kind !== ' '));
  if (!near.includes(true)) return '';
  const hunks: string[] = [];
  for (let start = near.indexOf(true); start !== -1; ) {
    const end = near.indexOf(false, start) === -1 ? edits.length : near.indexOf(false, start);
    hunks.push(hunk(edits, start, end));
    start = near.indexOf(true, end);
  }
  return [`--- ${names[0]}`, `+++ ${names[1]}`, ...hunks, ''].join('\n');
}

interface Edit {
  readonly kind: ' ' | '-' | '+';
  readonly line: string;
}

function hunk(edits: readonly Edit[], start: number, end: number): string {
  const count = (kind: '-' | '+', from: number, to: number): number =>
    edits.slice(from, to).filter((edit) => edit.kind === ' ' || edit.kind === kind).length;
  const range = (kind: '-' | '+'): string => `${count(kind, 0, start) + 1},${count(kind, start, end)}`;
  return [`@@ -${range('-')} +${range('+')} @@`, ...edits.slice(start, end).map(({ kind, line }) => kind + line)].join('\n');
}

/** The shortest list of edits, by longest common subsequence. */
function compare(before: readonly string[], after: readonly string[]): Edit[] {
  const common = Array.from({ length: before.length + 1 }, () => Array.from({ length: after.length + 1 }, () => 0));
  const at = (row: number, column: number): number => common[row]?.[column] ?? 0;
  for (let row = before.length - 1; row >= 0; row -= 1) {
    for (let column = after.length - 1; column >= 0; column -= 1) {
      const same = before[row] === after[column];
      (common[row] as number[])[column] = same ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const edits: Edit[] = [];
  let [row, column] = [0, 0];
  while (row < before.length || column < after.length) {
    const [old, young] = [before[row], after[column]];
    if (old !== undefined && old === young) {
      edits.push({ kind: ' ', line: old });
      row += 1;
      column += 1;
    } else if (old !== undefined && (young === undefined || at(row + 1, column) >= at(row, column + 1))) {
      edits.push({ kind: '-', line: old });
      row += 1;
    } else {
      edits.push({ kind: '+', line: young ?? '' });
      column += 1;
    }
  }
  return edits;
}
