import { describe, expect, test } from '@jest/globals';
import { isNews } from '../../../src/engine/alerts/order.ts';
import type { StoreTx, ToldTimes } from '../../../src/ports/store.ts';

/** What a transaction remembers of one key; `now` is far ahead of every event unless told. */
function memory(now = 1_000_000): StoreTx {
  const told = new Map<string, ToldTimes>();
  const tx: Pick<StoreTx, 'lockStream' | 'told' | 'setTold' | 'now'> = {
    lockStream: async (stream) => ({ stream, seq: 0, hash: '', state: null }),
    told: async (key) => told.get(key) ?? { firedAt: null, resolvedAt: null },
    setTold: async (key, times) => void told.set(key, times),
    now: async () => now,
  };
  return tx as StoreTx;
}

interface Told {
  readonly state: 'firing' | 'resolved';
  readonly at: number;
}

/** Whether the alert is open after all of it was told in this order. */
async function openAfter(events: readonly Told[]): Promise<boolean> {
  const tx = memory();
  let open = false;
  for (const { state, at } of events) if (await isNews(tx, 'key', state, at)) open = state === 'firing';
  return open;
}

describe('what is told in the wrong order', () => {
  test('ends as the newest event says, however the others are shuffled and repeated', async () => {
    let seed = 7;
    const random = (below: number) => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((seed / 2 ** 32) * below);
    };
    for (let round = 0; round < 2_000; round += 1) {
      const events = Array.from({ length: 1 + random(6) }, (): Told => ({ state: random(2) === 0 ? 'firing' : 'resolved', at: random(8) }));
      const told = [...events, ...events.slice(0, random(events.length + 1))];
      for (let i = told.length - 1; i > 0; i -= 1) {
        const j = random(i + 1);
        [told[i], told[j]] = [told[j] as Told, told[i] as Told];
      }
      const newest = Math.max(...events.map(({ at }) => at));
      // Of the same moment the end counts.
      const open = events.filter(({ at }) => at === newest).every(({ state }) => state === 'firing');
      expect({ told, open: await openAfter(told) }).toEqual({ told, open });
    }
  });

  test('a sender whose clock is ahead silences nothing that comes later', async () => {
    const tx = memory(10);
    expect(await isNews(tx, 'key', 'resolved', 99_999)).toBe(true);
    expect(await isNews(tx, 'key', 'firing', 5)).toBe(false);
    expect(await isNews({ ...tx, now: async () => 20 }, 'key', 'firing', 20)).toBe(true);
  });

  test('an alert that goes on after an end that was none fires again with its first beginning', async () => {
    const tx = memory();
    expect(await isNews(tx, 'key', 'firing', 10, true)).toBe(true);
    expect(await isNews(tx, 'key', 'resolved', 50)).toBe(true);
    expect(await isNews(tx, 'key', 'firing', 10, true)).toBe(true);
    expect(await isNews(tx, 'key', 'resolved', 60)).toBe(true);
    // A beginning that was never told comes late, and of others also one that was.
    expect(await isNews(tx, 'key', 'firing', 9, true)).toBe(false);
    expect(await isNews(tx, 'key', 'firing', 10)).toBe(false);
  });

  test('what does not say when it happened counts as it comes', async () => {
    const tx = memory();
    await isNews(tx, 'key', 'resolved', 50);
    expect(await isNews(tx, 'key', 'firing', null)).toBe(true);
  });
});
