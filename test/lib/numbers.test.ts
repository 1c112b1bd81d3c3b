import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { addAll } from '../../src/lib/add-all.ts';
import { largest, smallest } from '../../src/lib/numbers.ts';
import { find, ROOT } from '../docs/files.ts';

/** More than a call takes as arguments. */
const MANY = Array.from({ length: 300_000 }, (_, i) => i);

test('any number of numbers has a largest and a smallest, and any number of items is added', () => {
  expect([largest(MANY), smallest(MANY), largest([]), smallest([])]).toEqual([299_999, 0, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
  const all: number[] = [];
  addAll(all, MANY);
  expect(all).toEqual(MANY);
});

test('nothing of the product spreads a list into Math.max or Math.min: a call takes some hundred thousand arguments at most', () => {
  const files = ['src', 'blocks', 'commands'].flatMap((folder) => find(`${folder}/**/*.ts`));
  const spread = files.filter((path) =>
    /Math\.(?:max|min)\((?:[^()\n]|\([^()\n]*\))*?(?<![{[( ] ?|\w)\.\.\.[a-z[]/.test(readFileSync(join(ROOT, path), 'utf8')),
  );
  expect(spread).toEqual([]);
});
