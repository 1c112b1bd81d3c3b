import { describe, expect, test } from '@jest/globals';
import { find, read } from './files.ts';

const PAGES = find('*.md', 'docs/**/*.md', 'deploy/**/*.md');
const RULER = /^\s*\|(?:\s*:?-+:?\s*\|)+\s*$/;

/** Every line of a page with the one before it, outside of fenced code. */
function linesOf(page: string): readonly (readonly [before: string, line: string, number: number])[] {
  let isCode = false;
  const all = read(page).split('\n');
  return all.flatMap((line, i) => {
    const isFence = /^\s*```/.test(line);
    if (isFence) isCode = !isCode;
    return isCode || isFence ? [] : [[all[i - 1] ?? '', line, i + 1] as const];
  });
}

describe('Pages are shown as they are meant', () => {
  test.each(PAGES)('%s: every row is part of a table with a head', (page) => {
    const lines = linesOf(page);
    const begin = lines.filter(([before, line]) => /^\s*\|/.test(line) && !/^\s*\|/.test(before));
    const rulers = new Set(lines.flatMap(([, line, number]) => (RULER.test(line) ? [number] : [])));
    expect(begin.flatMap(([, line, number]) => (rulers.has(number + 1) ? [] : [`${number}: ${line}`]))).toEqual([]);
  });

  test.each(PAGES)('%s: every heading stands alone', (page) => {
    const crowded = linesOf(page).filter(([before, line]) => /^#{1,6} /.test(line) && before.trim() !== '' && !before.startsWith('<!--'));
    expect(crowded.map(([, line, number]) => `${number}: ${line}`)).toEqual([]);
  });
});
