import { expect, test } from '@jest/globals';
import { repeated } from '../../src/store/transaction.ts';

test.each([
  ['a connection that breaks', 'Connection terminated unexpectedly', 6],
  ['a line in which it stood as long as a statement may take', 'timeout exceeded when trying to connect', 1],
])('%s is tried again as often as it helps', async (_what, message, times) => {
  let tries = 0;
  const work = async () => {
    tries += 1;
    throw new Error(message);
  };
  await expect(repeated(work, () => true)).rejects.toMatchObject({ code: 'database-unavailable' });
  expect(tries).toBe(times);
});
