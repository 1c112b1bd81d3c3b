/** `1 file`, `3 files`: the one way to say a number of things. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** The line in place of lines that are left out: `… 3 more lines`. */
export function moreLines(count: number): string {
  return `… ${plural(count, 'more line')}`;
}

/** How many lines such a line stands for; 0 for any other line. */
export function linesMeant(line: string): number {
  return Number(/^… (\d+) more lines?$/.exec(line)?.[1] ?? 0);
}
