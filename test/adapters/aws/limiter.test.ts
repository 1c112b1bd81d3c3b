import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Limiter } from '../../../src/adapters/aws/limiter.ts';

function paced() {
  let now = 0;
  return {
    pace: {
      now: () => now,
      wait: async (ms: number) => {
        now += ms;
      },
    },
    pass: (ms: number) => {
      now += ms;
    },
    time: () => now,
  };
}

describe('the limiter', () => {
  const { signal } = new AbortController();

  test('two at once, the third waits', async () => {
    const clock = paced();
    const limiter = new Limiter(2, 1_000, clock.pace);
    await limiter.turn(signal);
    await limiter.turn(signal);
    expect(clock.time()).toBe(0);
    await limiter.turn(signal);
    expect(clock.time()).toBe(1_000);
  });

  test('property: never more than two in any second, whenever they come', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 900 }), { maxLength: 30 }), async (gaps) => {
        const clock = paced();
        const limiter = new Limiter(2, 1_000, clock.pace);
        const begun: number[] = [];
        for (const gap of gaps) {
          clock.pass(gap);
          await limiter.turn(signal);
          begun.push(clock.time());
        }
        for (const [index, at] of begun.entries()) expect(at - (begun[index - 2] ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(1_000);
      }),
    );
  });

  test('whoever is told to stop does not go on', async () => {
    const limiter = new Limiter(1, 1_000, paced().pace);
    await limiter.turn(signal);
    await expect(limiter.turn(AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop');
  });
});
