import { LIMITS } from './text.ts';

/** Lines put together into as few texts as a limit allows: a section's, unless told. `lengthOf`: how long a line is where it is shown. */
export function chunks(
  lines: readonly string[],
  most: number = LIMITS.section,
  lengthOf: (line: string) => number = ({ length }) => length,
): string[] {
  const texts: string[] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const line of lines) {
    const length = lengthOf(line) + 1;
    if (size + length <= most + 1) texts[texts.length - 1] += `\n${line}`;
    else {
      texts.push(line);
      size = 0;
    }
    size += length;
  }
  return texts;
}
