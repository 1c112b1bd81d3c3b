import { expect, test } from '@jest/globals';
import { atMost } from '../../src/lib/at-most.ts';

test('no more runs at once than may, each in its turn, and a failure frees its place', async () => {
  const limited = atMost(2);
  const begun: number[] = [];
  const ends: ((failed: boolean) => void)[] = [];
  const all = [0, 1, 2, 3].map((number) =>
    limited(() => {
      begun.push(number);
      return new Promise<number>((done, fail) => ends.push((failed) => (failed ? fail(new Error('away')) : done(number))));
    }),
  );
  const settled = Promise.allSettled(all);
  await Promise.resolve();
  expect(begun).toEqual([0, 1]);
  ends[0]?.(true);
  await all[0]?.catch(() => undefined);
  expect(begun).toEqual([0, 1, 2]);
  ends[1]?.(false);
  await all[1];
  expect(begun).toEqual([0, 1, 2, 3]);
  for (const end of ends.slice(2)) end(false);
  expect((await settled).map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled', 'fulfilled']);
});
