import { expect, test } from '@jest/globals';
import { nextLook } from '../../src/lib/next-look.ts';

test('who has waited for long looks more seldom, within bounds', () => {
  expect([0, 1_000, 4_000, 60_000].map((waited) => nextLook(waited, 250, 2_000))).toEqual([250, 250, 500, 2_000]);
});

test('a wait of a minute is 50 looks at most', () => {
  let waited = 0;
  let looks = 0;
  for (; waited < 60_000; looks += 1) waited += nextLook(waited, 250, 2_000);
  expect(looks).toBeLessThan(50);
});
