import { randomUUID } from 'node:crypto';
import { afterEach, expect, test } from '@jest/globals';
import type { DueTimer } from '../../src/durable/timers.ts';
import { TIMER } from '../../src/ports/engine-queues.ts';
import { setClockOffset } from '../../src/store/clock.ts';
import { describeEachDatabase } from '../store/helpers/databases.ts';
import { eventually } from '../store/helpers/eventually.ts';
import { clearJobs } from '../store/helpers/jobs.ts';
import { type Replica, startReplica } from './helpers/engine.ts';

const HOUR = 3_600_000;

describeEachDatabase('timers', ({ database, open }) => {
  const replicas: Replica[] = [];
  const realNow = Date.now;

  afterEach(async () => {
    Date.now = realNow;
    for (const replica of replicas.splice(0)) await replica.stop();
    await setClockOffset(database(), 0);
    await database().db.deleteFrom('timer').execute();
    await clearJobs(database());
  });

  async function start(onDue: (timer: DueTimer) => Promise<void>, on = database()): Promise<Replica> {
    const replica = await startReplica(on, {}, onDue);
    replicas.push(replica);
    return replica;
  }

  async function quiet(): Promise<boolean> {
    // In this order: a timer is pending until it is a job.
    const pending = await database().db.selectFrom('timer').select('name').where('fired', '=', false).execute();
    const depths = await replicas[0]?.queue.depths();
    return pending.length === 0 && depths?.['timer']?.waiting === 0 && depths['timer'].active === 0;
  }

  test('each timer fires once, whatever the replicas and their local clocks say', async () => {
    // The local clock is an hour ahead of the database for this whole process.
    Date.now = () => realNow() + HOUR;
    const fired: string[] = [];
    const onDue = async ({ stream, name }: DueTimer) => void fired.push(`${stream} ${name}`);
    const one = await start(onDue);
    await start(onDue, await open());
    const now = await one.store.now();
    const stream = `INC-${randomUUID()}`;
    await one.store.transaction(async (tx) => {
      await tx.setTimers(
        stream,
        Array.from({ length: 300 }, (_, index) => ({ name: `t${index}`, dueAt: now - index })),
      );
      await tx.setTimers(`${stream}-later`, [{ name: 'later', dueAt: now + HOUR / 2 }]);
    });
    await eventually('all have fired', () => fired.length >= 300);
    expect(new Set(fired).size).toBe(300);
    expect(fired).toHaveLength(300);
    expect(fired).not.toContain(`${stream}-later later`);
  });

  test('a timer wakes the loop, at its moment and by the moved clock', async () => {
    const fired: DueTimer[] = [];
    const { store } = await start(async (timer) => void fired.push(timer));
    const now = await store.now();
    await store.transaction((tx) =>
      tx.setTimers('INC-A', [
        { name: 'soon', dueAt: now + 150 },
        { name: 'tomorrow', dueAt: now + 24 * HOUR },
      ]),
    );
    await eventually('the first', () => fired.length === 1);
    expect(fired).toEqual([{ stream: 'INC-A', name: 'soon', dueAt: now + 150 }]);
    expect(await store.now()).toBeGreaterThanOrEqual(now + 150);
    await setClockOffset(database(), 25 * HOUR);
    await eventually('the second', () => fired.length === 2);
    expect(fired[1]).toMatchObject({ name: 'tomorrow' });
  });

  test('timers are replaced: what is gone or moved does not fire, what has fired does not fire again', async () => {
    const fired: string[] = [];
    const { store } = await start(async ({ name }) => void fired.push(name));
    const now = await store.now();
    await store.transaction((tx) =>
      tx.setTimers('INC-B', [
        { name: 'past', dueAt: now - 5 },
        { name: 'gone', dueAt: now + HOUR },
        { name: 'moved', dueAt: now + HOUR },
      ]),
    );
    await eventually('the past one', () => fired.length === 1);
    await store.transaction((tx) =>
      tx.setTimers('INC-B', [
        { name: 'past', dueAt: now - 5 },
        { name: 'moved', dueAt: now + 3 * HOUR },
      ]),
    );
    await setClockOffset(database(), 2 * HOUR);
    await store.transaction((tx) => tx.setTimers('INC-C', [{ name: 'witness', dueAt: now }]));
    await eventually('the witness', () => fired.includes('witness'));
    expect(fired).toEqual(['past', 'witness']);
    await setClockOffset(database(), 4 * HOUR);
    await eventually('quiet', quiet);
    expect(fired).toEqual(['past', 'witness', 'moved']);
    await store.transaction((tx) => tx.setTimers('INC-B', [{ name: 'past', dueAt: now - 6 }]));
    await eventually('a new moment fires anew', () => fired.length === 4);
  });

  test('a handler that fails is called again', async () => {
    const fired: string[] = [];
    const { store } = await start(async ({ name }) => {
      fired.push(name);
      if (fired.length === 1) throw new Error('not now');
    });
    await store.transaction((tx) => tx.setTimers('INC-D', [{ name: 'again', dueAt: 1 }]));
    await eventually('twice', () => fired.length === 2);
    await eventually('quiet', quiet);
    expect(fired).toEqual(['again', 'again']);
  });

  test('a timer that fired early, because the clock was moved back, waits for its moment', async () => {
    const fired: string[] = [];
    const { store, queue } = await start(async ({ name }) => void fired.push(name));
    const dueAt = (await store.now()) + HOUR;
    await database().db.insertInto('timer').values({ stream: 'INC-E', name: 'early', due_at: dueAt, fired: true }).execute();
    await store.transaction((tx) => tx.enqueue(TIMER.job({ stream: 'INC-E', name: 'early', dueAt })));
    await eventually('the job is done', async () => (await queue.depths())['timer']?.waiting === 0);
    await eventually(
      'it is armed again',
      async () => (await database().db.selectFrom('timer').select('fired').where('stream', '=', 'INC-E').executeTakeFirst())?.fired === false,
    );
    expect(fired).toEqual([]);
    await setClockOffset(database(), 2 * HOUR);
    await eventually('it fires', () => fired.length === 1);
  });
});
