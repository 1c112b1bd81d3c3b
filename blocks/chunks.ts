import { LIMITS } from './text.ts';

/** Lines put together into as few texts as a section's limit allows. */
export function chunks(lines: readonly string[]): string[] {
  const texts: string[] = [];
  for (const line of lines) {
    const last = texts.at(-1);
    if (last !== undefined && last.length + line.length + 1 <= LIMITS.section) texts[texts.length - 1] = `${last}\n${line}`;
    else texts.push(line);
  }
  return texts;
}
