import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { z } from 'zod';
import { type Claim, defineQueue, RetryLater } from '../../src/ports/queue.ts';
import type { Store } from '../../src/ports/store.ts';
import { heldBy, type StoreQueue, startQueue } from '../../src/store/queue.ts';
import { createStore } from '../../src/store/store.ts';
import { describeEachDatabase } from './helpers/databases.ts';
import { eventually } from './helpers/eventually.ts';
import { clearJobs, repeatJobs } from './helpers/jobs.ts';

const PLAIN = defineQueue({ name: 'plain', kind: 'plain' }, z.json());
const FIFO = defineQueue({ name: 'fifo', kind: 'fifo' }, z.json());
const MERGE = defineQueue({ name: 'merge', kind: 'merge' }, z.json());
/** A queue that nobody has started. */
const NONE = defineQueue({ name: 'none', kind: 'plain' }, z.json());
const SPECS = [PLAIN, FIFO, MERGE];

describeEachDatabase('queue', ({ kind, database, open }) => {
  /** PGlite has one connection: no two transactions at a time, and nothing that breaks. */
  /** What only a server has, such as a second process, is not registered for PGlite. */
  const testOnServer: (name: string, run: () => Promise<void>, timeoutMs?: number) => void = kind === 'postgresql' ? test : () => undefined;
  let queue: StoreQueue;
  let store: Store;

  beforeEach(async () => {
    queue = await startQueue(database(), SPECS);
    store = createStore(database(), queue);
  });
  afterEach(async () => {
    await queue.stop(1_000);
    await clearJobs(database());
  });

  async function empty(): Promise<boolean> {
    const depths = await queue.depths();
    return Object.values(depths).every(({ waiting, active }) => waiting + active === 0);
  }

  test('a job exists if and only if its transaction commits', async () => {
    const seen: unknown[] = [];
    await queue.work(PLAIN.does(async (data) => void seen.push(data)));
    await expect(
      store.transaction(async (tx) => {
        await tx.enqueue(PLAIN.job('rolled back'));
        throw new Error('undo');
      }),
    ).rejects.toThrow('undo');
    await store.transaction((tx) => tx.enqueue(PLAIN.job('committed')));
    await eventually('the queue is empty', empty);
    expect(seen).toEqual(['committed']);
  });

  test.each([
    ['plain', PLAIN, false],
    ['merge', MERGE, true],
    ['fifo', FIFO, true],
  ] as const)('of a %s queue’s jobs that wait, the one with the greater priority goes first', async (_, queued, keyed) => {
    await store.transaction(async (tx) => {
      for (const [name, priority] of [
        ['edit', 0],
        ['card', 1],
        ['page', 3],
        ['reply', 2],
      ] as const)
        await tx.enqueue(queued.job(name, { priority, ...(keyed ? { key: name } : {}) }));
    });
    const seen: unknown[] = [];
    await queue.work({ ...queued.does(async (data) => void seen.push(data)) });
    await eventually('four jobs', () => seen.length === 4);
    expect(seen[0]).toBe('page');
  });

  test('any JSON is a job, and a job without its key, or for no queue, is refused', async () => {
    const seen: unknown[] = [];
    await queue.work(PLAIN.does(async (data) => void seen.push(data)));
    await store.transaction(async (tx) => {
      for (const data of [null, 1, 'two', [3], { four: 4 }]) await tx.enqueue(PLAIN.job(data));
    });
    await eventually('five jobs', () => seen.length === 5);
    expect(seen).toEqual(expect.arrayContaining([null, 1, 'two', [3], { four: 4 }]));
    await expect(store.transaction((tx) => tx.enqueue(FIFO.job(1)))).rejects.toMatchObject({ code: 'queue-key' });
    await expect(store.transaction((tx) => tx.enqueue(PLAIN.job(1, { key: 'k' })))).rejects.toMatchObject({ code: 'queue-key' });
    await expect(store.transaction((tx) => tx.enqueue(NONE.job(1)))).rejects.toMatchObject({ code: 'queue-unknown' });
  });

  test('a queue cannot become one of another kind', async () => {
    await expect(startQueue(database(), [{ name: 'plain', kind: 'fifo' }])).rejects.toMatchObject({ code: 'queue-kind' });
  });

  test('a worker gets what the schema reads: of another release, too, and nothing else', async () => {
    const seen: unknown[] = [];
    const counted = defineQueue({ name: 'plain', kind: 'plain' }, z.object({ id: z.string(), times: z.number().default(1) }));
    let refused = 0;
    await queue.work(counted.does(async (data) => void seen.push(data)));
    await store.transaction(async (tx) => {
      await tx.enqueue(counted.job({ id: 'a' }));
      await tx.enqueue(PLAIN.job({ id: 'b', times: 2, later: true }));
    });
    await eventually('both', () => seen.length === 2);
    expect(seen).toEqual([
      { id: 'a', times: 1 },
      { id: 'b', times: 2 },
    ]);
    const { handle } = counted.does(async () => void (refused += 1));
    expect(() => handle({ times: 1 }, {} as Claim)).toThrow('id');
    expect(refused).toBe(0);
  });

  test('fifo: one key in order through retries, other keys go on', async () => {
    const seen: string[] = [];
    const failed = new Set<string>();
    await queue.work(
      FIFO.does(async (data) => {
        const { key, number } = data as { key: string; number: number };
        const name = `${key}${number}`;
        if (key === 'a' && number % 3 === 1 && !failed.has(name)) {
          failed.add(name);
          throw new RetryLater(30);
        }
        seen.push(name);
      }),
    );
    // Two transactions, each with several jobs of one key: pg-boss alone would order those at random.
    for (const numbers of [
      [1, 2, 3, 4],
      [5, 6, 7],
    ]) {
      await store.transaction(async (tx) => {
        for (const number of numbers) for (const key of ['a', 'b']) await tx.enqueue(FIFO.job({ key, number }, { key }));
      });
    }
    await eventually('all jobs', () => seen.length === 14);
    for (const key of ['a', 'b']) expect(seen.filter((name) => name.startsWith(key))).toEqual([1, 2, 3, 4, 5, 6, 7].map((number) => key + number));
    expect(failed.size).toBe(3);
  });

  test('a handler that throws is called again and learns how often it failed', async () => {
    const failures: number[] = [];
    await queue.work(
      PLAIN.does(async (_data, claim) => {
        failures.push(claim.failures);
        if (failures.length === 1) throw new Error('first');
        if (failures.length === 2) throw new RetryLater(1);
      }),
    );
    await store.transaction((tx) => tx.enqueue(PLAIN.job({})));
    await eventually('three attempts', () => failures.length === 3);
    expect(failures).toEqual([0, 1, 0]);
    await eventually('the queue is empty', empty);
  });

  test('merge: what waits is done by one job, one at a time', async () => {
    let running = 0;
    let most = 0;
    let runs = 0;
    const gate = Promise.withResolvers<void>();
    await queue.work(
      MERGE.does(async () => {
        running += 1;
        most = Math.max(most, running);
        runs += 1;
        if (runs === 1) await gate.promise;
        running -= 1;
      }),
    );
    await store.transaction((tx) => tx.enqueue(MERGE.job({}, { key: 'card' })));
    await eventually('the first run', () => runs === 1);
    for (let index = 0; index < 10; index += 1) await store.transaction((tx) => tx.enqueue(MERGE.job({}, { key: 'card' })));
    gate.resolve();
    await eventually('the queue is empty', empty);
    expect(runs).toBe(2);
    expect(most).toBe(1);
  });

  test('merge: a wake-up that is committed while the job runs is not lost', async () => {
    const other = createStore(await open(), queue);
    let shown = -1;
    const started = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    await queue.work(
      MERGE.does(async () => {
        const { rows } = await sql<{ seq: string }>`select seq from stream where name = 'race'`.execute(database().db);
        started.resolve();
        await gate.promise;
        shown = Number(rows[0]?.seq ?? 0);
      }),
    );
    await store.transaction((tx) => tx.enqueue(MERGE.job({}, { key: 'race' })));
    await started.promise;
    // The running job has read the stream; what comes now it cannot show.
    await other.transaction(async (tx) => {
      await tx.lockStream('race');
      await tx.enqueue(MERGE.job({}, { key: 'race' }));
    });
    await sql`update stream set seq = 1 where name = 'race'`.execute(database().db);
    gate.resolve();
    await eventually('the second run shows it', () => shown === 1);
  });

  testOnServer('merge: a job whose transaction is still open when its elder starts is not merged away', async () => {
    let runs = 0;
    await queue.work(MERGE.does(async () => void (runs += 1)));
    const inserted = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const open = store.transaction(async (tx) => {
      await tx.enqueue(MERGE.job({}, { key: 'open' }));
      inserted.resolve();
      await gate.promise;
    });
    await inserted.promise;
    await store.transaction((tx) => tx.enqueue(MERGE.job({}, { key: 'open' })));
    await eventually('the younger one ran', () => runs === 1);
    gate.resolve();
    await open;
    await eventually('the elder one ran too', () => runs === 2);
  });

  test('a burst is worked at full width, and a delayed job comes after its delay', async () => {
    let running = 0;
    let most = 0;
    const gate = Promise.withResolvers<void>();
    await queue.work(
      PLAIN.does(async () => {
        running += 1;
        most = Math.max(most, running);
        if (most === 4) gate.resolve();
        await gate.promise;
        running -= 1;
      }),
    );
    await store.transaction(async (tx) => {
      for (let index = 0; index < 40; index += 1) await tx.enqueue(PLAIN.job(index));
    });
    await eventually('the queue is empty', empty);
    expect(most).toBe(4);
    const begun = new Map<unknown, number>();
    await queue.work(FIFO.does(async (data) => void begun.set(data, performance.now())));
    const sent = performance.now();
    await store.transaction(async (tx) => {
      await tx.enqueue(FIFO.job('later', { key: 'x', delayMs: 300 }));
      await tx.enqueue(FIFO.job('now', { key: 'y' }));
    });
    await eventually('both', () => begun.size === 2);
    expect((begun.get('later') ?? 0) - sent).toBeGreaterThan(290);
  });

  test('a claim holds for one attempt only', async () => {
    const claims: Claim[] = [];
    const gate = Promise.withResolvers<void>();
    await queue.work(
      PLAIN.does(async (_data, claim) => {
        claims.push(claim);
        if (claims.length === 2) await gate.promise;
      }),
    );
    await store.transaction((tx) => tx.enqueue(PLAIN.job({})));
    await eventually('the first attempt is over', empty);
    await repeatJobs(database(), 'plain');
    await eventually('a second attempt', () => claims.length === 2);
    const [stale, live] = claims;
    if (stale === undefined || live === undefined) throw new Error('no claims');
    expect((await heldBy(stale).execute(database().db)).rows).toEqual([]);
    expect((await heldBy(live).execute(database().db)).rows).toEqual([{ held: 1 }]);
    gate.resolve();
    await eventually('the queue is empty', empty);
  });

  testOnServer('all connections may break: jobs, wake-ups and transactions go on over new ones', async () => {
    const seen: unknown[] = [];
    await queue.work(PLAIN.does(async (data) => void seen.push(data)));
    await store.transaction((tx) => tx.enqueue(PLAIN.job('before')));
    await eventually('the first job', () => seen.length === 1);
    const other = await open();
    const heard: string[] = [];
    other.bus.subscribe((topic) => heard.push(topic));
    await eventually('the other replica listens', async () => {
      await store.transaction((tx) => tx.enqueue(PLAIN.job('listen')));
      return heard.includes('queue:plain');
    });
    heard.length = 0;
    await sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`.execute(
      database().db,
    );
    await store.transaction((tx) => tx.enqueue(PLAIN.job('after')));
    await eventually('the second job', () => seen.includes('after'));
    await eventually('the other replica listens again', () => heard.includes('*'));
    await store.transaction((tx) => tx.enqueue(PLAIN.job('heard')));
    await eventually('it hears of a job', () => heard.includes('queue:plain'));
  });
});
