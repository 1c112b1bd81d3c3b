import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import type { PgBoss } from 'pg-boss';
import type { BossJob } from '../../src/store/attempts.ts';
import { localBus } from '../../src/store/bus.ts';
import { topicOf } from '../../src/store/topics.ts';
import { startWorkers } from '../../src/store/workers.ts';

const QUEUE = { name: 'quiet', kind: 'fifo', concurrency: 2 } as const;

/** pg-boss as workers use it: a worker looks once when it starts and when it is notified, and each job in `jobs` is given to one of them. */
function counted() {
  const jobs: string[] = [];
  const held = new Set<string>();
  const loops = new Map<string, { woken: boolean; go: () => void }>();
  let looks = 0;

  async function run(id: string, handle: (jobs: BossJob[]) => Promise<void>): Promise<void> {
    const loop = { woken: false, go: () => undefined as void };
    loops.set(id, loop);
    for (;;) {
      loop.woken = false;
      looks += 1;
      await turn();
      // One job of each key at a time, as in a queue with keys.
      const found = jobs.find((key) => !held.has(key));
      if (found !== undefined) {
        jobs.splice(jobs.indexOf(found), 1);
        held.add(found);
        // What of a job workers look at: nothing, it is passed on.
        await handle([{ id: found } as BossJob]);
        held.delete(found);
      }
      if (!loop.woken)
        await new Promise<void>((resolve) => {
          loop.go = resolve;
        });
    }
  }

  const boss = {
    async work(_name: string, _options: unknown, handle: (jobs: BossJob[]) => Promise<void>) {
      const id = `worker ${loops.size + 1}`;
      void run(id, handle);
      return id;
    },
    notifyWorker(id: string) {
      const loop = loops.get(id);
      if (loop === undefined) throw new Error(`There is no ${id}.`);
      loop.woken = true;
      loop.go();
    },
  };
  return { boss: boss as unknown as PgBoss, jobs, looks: () => looks };
}

/** Long enough for everything that follows. */
async function quiet(): Promise<void> {
  for (let i = 0; i < 50; i += 1) await turn();
}

describe('workers of a queue', () => {
  async function started(attempt: (key: string) => Promise<void> = async () => undefined) {
    const { boss, jobs, looks } = counted();
    const bus = localBus();
    const done: string[] = [];
    const workers = await startWorkers(boss, { bus }, QUEUE, async ({ id }) => {
      await attempt(id);
      done.push(id);
    });
    await quiet();
    const before = looks();
    return {
      done,
      jobs,
      workers,
      since: () => looks() - before,
      add(...keys: string[]) {
        jobs.push(...keys);
        for (const _ of keys) bus.publish(topicOf(QUEUE.name));
      },
    };
  }

  test('one job costs one look', async () => {
    const { add, done, since } = await started();
    for (const key of ['a', 'b', 'c']) {
      add(key);
      await quiet();
    }
    expect(done).toEqual(['a', 'b', 'c']);
    expect(since()).toBe(3);
  });

  test('two that are announced at once begin at once', async () => {
    const both = Promise.withResolvers<void>();
    let begun = 0;
    const { add, done } = await started(async () => {
      begun += 1;
      if (begun === 2) both.resolve();
      await both.promise;
    });
    add('a', 'b');
    await quiet();
    expect(done.toSorted()).toEqual(['a', 'b']);
  });

  test('a job that stood behind another of its key is found when that is done', async () => {
    const first = Promise.withResolvers<void>();
    const { add, done, jobs } = await started(async () => first.promise);
    add('a');
    await quiet();
    add('a', 'a');
    await quiet();
    first.resolve();
    await quiet();
    expect(done).toEqual(['a', 'a', 'a']);
    expect(jobs).toEqual([]);
  });

  test('jobs that nobody announced are all found, however many, by one wake-up', async () => {
    const { done, jobs, workers } = await started();
    jobs.push('a', 'b', 'c', 'd', 'e');
    workers.wake();
    await quiet();
    expect(done.toSorted()).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('a wake-up while all are at work is kept until one is done', async () => {
    const held = Promise.withResolvers<void>();
    const { add, done, jobs, workers } = await started(async () => held.promise);
    add('a', 'b');
    await quiet();
    jobs.push('c', 'd');
    workers.wake();
    await quiet();
    held.resolve();
    await quiet();
    expect(done.toSorted()).toEqual(['a', 'b', 'c', 'd']);
  });

  test('what was announced and is gone costs one look more, and then none', async () => {
    const { add, done, jobs, since } = await started();
    add('a', 'b');
    jobs.pop();
    await quiet();
    const before = since();
    add('c');
    await quiet();
    add('d');
    await quiet();
    expect(done).toEqual(['a', 'c', 'd']);
    expect(since() - before).toBe(2);
  });
});
