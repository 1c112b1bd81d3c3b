/** `1 file`, `3 files`: the one way to say a number of things. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** So many names stand in a sentence. */
const NAMED = 5;

/** `no server`, `1 server (a)`, `7 servers (a, b, c, d, e and 2 more)`: how many there are, and which. */
export function listed(names: readonly string[], one: string, many = `${one}s`): string {
  if (names.length === 0) return `no ${one}`;
  const left = names.length - NAMED;
  const shown = names.slice(0, NAMED).join(', ');
  return `${plural(names.length, one, many)} (${shown}${left > 0 ? ` and ${left} more` : ''})`;
}

/** The line in place of lines that are left out: `… 3 more lines`. */
export function moreLines(count: number): string {
  return `… ${plural(count, 'more line')}`;
}

/** How many lines such a line stands for; 0 for any other line. */
export function linesMeant(line: string): number {
  return Number(/^… (\d+) more lines?$/.exec(line)?.[1] ?? 0);
}
