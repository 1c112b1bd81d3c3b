import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { ROOT, read } from '../docs/files.ts';
import { tableRows } from '../docs/markdown.ts';
import { idsIn, PAGE, requirementsIn } from '../docs/requirements.ts';

/** The list that the platforms' runbooks were read into, kept beside the repository: it is not ours to ship. */
const LIST = join(ROOT, '..', 'shared', 'coverage.md');

(existsSync(LIST) ? test : test.skip)('docs/requirements.md has exactly the rows that were asked for', () => {
  const asked = tableRows(readFileSync(LIST, 'utf8')).flatMap(([first = '']) => idsIn(first));
  expect(asked.length).toBeGreaterThan(100);
  expect(
    requirementsIn(read(PAGE))
      .map(({ id }) => id)
      .sort(),
  ).toEqual([...new Set(asked)].sort());
});
