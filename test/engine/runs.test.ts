import { afterEach, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { z } from 'zod';
import { runKinds, startRuns } from '../../src/durable/runs.ts';
import { FLOW } from '../../src/ports/engine-queues.ts';
import { type Claim, RetryLater } from '../../src/ports/queue.ts';
import type { RunJournal, RunKind } from '../../src/ports/runs.ts';
import { defineRun } from '../../src/ports/runs.ts';
import { setClockOffset } from '../../src/store/clock.ts';
import { runJournal } from '../../src/store/journal.ts';
import { throughStore } from '../../src/store/store.ts';
import { describeEachDatabase } from '../store/helpers/databases.ts';
import { eventually } from '../store/helpers/eventually.ts';
import { clearJobs, jobsForLater, repeatJobs } from '../store/helpers/jobs.ts';
import { handlersOnly, type Replica, sealed, startReplica } from './helpers/engine.ts';

const HOUR = 3_600_000;
/** An attempt that no worker of the queue makes. */
const ATTEMPT = 1_000;

describeEachDatabase('runs', ({ database, open }) => {
  const replicas: Replica[] = [];

  async function start(kinds: Readonly<Record<string, RunKind>>, on = database()): Promise<Replica> {
    const replica = await startReplica(on, kinds);
    replicas.push(replica);
    return replica;
  }

  async function ended(id: string): Promise<boolean> {
    const run = await database().db.selectFrom('run').select('ended').where('id', '=', id).executeTakeFirst();
    return run?.ended === true;
  }

  afterEach(async () => {
    for (const replica of replicas.splice(0)) await replica.stop();
    await setClockOffset(database(), 0);
    await clearJobs(database());
  });

  test('a crash before or after any write of the journal repeats at most the step it hit', async () => {
    const { store, queue: fenced } = await start({});
    const real = runJournal(sealed(database()), fenced, throughStore);
    for (let crashAt = 1; ; crashAt += 1) {
      const id = `crash-${crashAt}`;
      const calls: string[] = [];
      const seen: unknown[] = [];
      const flow: RunKind = async (run, input) => {
        const one = await run.step('one', async (key) => call(calls, key));
        const two = await run.step('two', async (key) => call(calls, key));
        await run.sleep('nap', 0);
        const answer = await run.signal('answer', HOUR);
        const three = await run.step('three', async (key) => call(calls, key));
        seen.push({ input, one, two, answer, three });
      };
      await store.transaction(async (tx) => {
        await tx.startRun({ id, kind: 'crashing', input: 7 });
        await tx.signalRun(id, 'answer', 'yes');
      });
      const crash = { left: crashAt };
      const { queue, handler } = handlersOnly();
      await startRuns({ queue, journal: crashing(real, crash), kinds: new Map([['crashing', flow]]), onError: () => undefined });
      const { rows } = await sql<{ id: string }>`update pgboss.job set state = 'active', retry_count = ${ATTEMPT} where id = (
        select id from pgboss.job where name = ${FLOW.name} and singleton_key = ${id} limit 1) returning id`.execute(database().db);
      const claim: Claim = { queue: FLOW.name, id: rows[0]?.id ?? '', attempt: ATTEMPT, failures: 0, signal: new AbortController().signal };
      let attempts = 0;
      while (!(await ended(id))) {
        attempts += 1;
        if (attempts > 3) throw new Error(`crash ${crashAt} is never got over`);
        await handler(FLOW.name)({ id }, claim).catch(() => undefined);
      }
      const outcome = seen.at(-1) as Record<string, string>;
      expect(outcome).toMatchObject({ input: 7, answer: 'yes' });
      // What a step gave when it was journalled is what every later attempt got.
      for (const name of ['one', 'two', 'three']) {
        const times = calls.filter((key) => key === `${id}:${name}`).length;
        expect(times).toBeGreaterThanOrEqual(1);
        expect(outcome[name]).toBe(`${id}:${name} ${times}`);
      }
      expect(calls.length).toBeLessThanOrEqual(4);
      if (crash.left > 0) break; // the crash lay beyond the end: every place was tried
      expect(attempts).toBeLessThanOrEqual(2);
    }
  });

  test('a sleep ends when the clock moves, and not before', async () => {
    const steps: string[] = [];
    const { store } = await start({
      nap: async (run) => {
        await run.step('before', async () => steps.push('before'));
        await run.sleep('hour', HOUR);
        await run.step('after', async () => steps.push('after'));
      },
    });
    await store.transaction((tx) => tx.startRun({ id: 'nap-1', kind: 'nap', input: null }));
    await eventually(
      'it sleeps',
      async () => (await database().db.selectFrom('timer').selectAll().where('stream', '=', 'run:nap-1').execute()).length === 1,
    );
    await setClockOffset(database(), HOUR - 60_000);
    await store.transaction((tx) => tx.signalRun('nap-1', 'stir', null));
    await eventually('it stirs', async () => (await replicas[0]?.queue.depths())?.['flow']?.waiting === 0);
    expect(await ended('nap-1')).toBe(false);
    await setClockOffset(database(), HOUR + 60_000);
    await eventually('it ends', () => ended('nap-1'));
    expect(steps).toEqual(['before', 'after']);
    expect(await database().db.selectFrom('timer').selectAll().where('stream', '=', 'run:nap-1').execute()).toEqual([]);
  });

  test('a wait is as long as it should be when the clock is moved back before it, in the same attempt', async () => {
    const { store } = await start({
      nap: async (run) => {
        await run.step('back', async () => {
          await setClockOffset(database(), 0);
          return true;
        });
        await run.sleep('hour', HOUR);
      },
    });
    await setClockOffset(database(), 5 * HOUR);
    await store.transaction((tx) => tx.startRun({ id: 'nap-4', kind: 'nap', input: null }));
    await eventually('it sleeps', async () => {
      const timers = await database().db.selectFrom('timer').selectAll().where('stream', '=', 'run:nap-4').execute();
      return timers.length === 1 && (await replicas[0]?.queue.depths())?.['flow']?.active === 0;
    });
    expect(await ended('nap-4')).toBe(false);
    await setClockOffset(database(), HOUR + 60_000);
    await eventually('it ends', () => ended('nap-4'));
  });

  test('a wait whose timer fired before the clock was moved back is armed again', async () => {
    const { store } = await start({ nap: async (run) => run.sleep('hour', HOUR) });
    await store.transaction((tx) => tx.startRun({ id: 'nap-2', kind: 'nap', input: null }));
    const timer = () => database().db.selectFrom('timer').selectAll().where('stream', '=', 'run:nap-2').executeTakeFirst();
    await eventually('it sleeps', timer);
    await database().db.updateTable('timer').set({ fired: true }).where('stream', '=', 'run:nap-2').execute();
    await store.transaction((tx) => tx.signalRun('nap-2', 'stir', null));
    await eventually('it is armed', async () => (await timer())?.fired === false);
    await setClockOffset(database(), 2 * HOUR);
    await eventually('it ends', () => ended('nap-2'));
  });

  test('a signal is heard before the run, before the wait, during it, and not after its time', async () => {
    const heard: Record<string, unknown> = {};
    const gate = Promise.withResolvers<void>();
    const { store } = await start({
      listen: async (run) => {
        const early = await run.signal('early', HOUR);
        await run.step('gate', async () => {
          await gate.promise;
          return null;
        });
        const between = await run.signal('between', HOUR);
        const during = await run.signal('during', HOUR);
        const never = await run.signal('never', HOUR);
        await run.step('tell', async () => {
          Object.assign(heard, { early, between, during, never });
          return null;
        });
      },
    });
    await store.transaction((tx) => tx.signalRun('listen-1', 'early', { n: 1 }));
    await store.transaction((tx) => tx.startRun({ id: 'listen-1', kind: 'listen', input: null }));
    await store.transaction(async (tx) => {
      await tx.signalRun('listen-1', 'between', 'first');
      await tx.signalRun('listen-1', 'between', 'second');
    });
    gate.resolve();
    const waits = (name: string) => async () =>
      (await database().db.selectFrom('timer').selectAll().where('stream', '=', 'run:listen-1').where('name', '=', name).execute()).length === 1;
    await eventually('it waits', waits('during.due'));
    await store.transaction((tx) => tx.signalRun('listen-1', 'during', null));
    await eventually('it waits again', waits('never.due'));
    await setClockOffset(database(), 2 * HOUR);
    await eventually('it ends', () => ended('listen-1'));
    expect(heard).toEqual({ early: { n: 1 }, between: 'first', during: null, never: null });
  });

  test('starting twice runs once, and a signal after the end changes nothing', async () => {
    let runs = 0;
    const { store, queue } = await start({ once: async (run) => void (await run.step('count', async () => (runs += 1))) });
    for (let index = 0; index < 3; index += 1) await store.transaction((tx) => tx.startRun({ id: 'once-1', kind: 'once', input: index }));
    await eventually('it ends', () => ended('once-1'));
    await store.transaction((tx) => tx.startRun({ id: 'once-1', kind: 'once', input: 9 }));
    await store.transaction((tx) => tx.signalRun('once-1', 'late', 1));
    await eventually('the queue is empty', async () => (await queue.depths())['flow']?.waiting === 0);
    expect(runs).toBe(1);
    expect(await database().db.selectFrom('signal').selectAll().where('run', '=', 'once-1').execute()).toEqual([]);
  });

  test('branches run side by side, and a race of a signal and a sleep goes to the first', async () => {
    const both = Promise.withResolvers<void>();
    let inside = 0;
    const branch = async () => {
      inside += 1;
      if (inside === 2) both.resolve();
      await both.promise;
      return inside;
    };
    let winner: unknown = null;
    const { store } = await start({
      fork: async (run) => {
        await Promise.all([run.step('left', branch), run.step('right', branch)]);
        const first = await Promise.race([run.signal('answer', HOUR), run.sleep('soon', 60_000).then(() => 'nobody')]);
        winner = first;
        await run.step('end', async () => null);
      },
    });
    await store.transaction((tx) => tx.startRun({ id: 'fork-1', kind: 'fork', input: null }));
    await eventually(
      'it waits',
      async () => (await database().db.selectFrom('timer').selectAll().where('stream', '=', 'run:fork-1').execute()).length === 2,
    );
    await setClockOffset(database(), 120_000);
    await eventually('it ends', () => ended('fork-1'));
    expect(winner).toBe('nobody');
  });

  test('a step that fails is done again, and what was done before is not', async () => {
    const calls: string[] = [];
    const { store, errors } = await start({
      stumble: async (run) => {
        await run.step('good', async (key) => call(calls, key));
        await run.step('bad', async (key) => {
          if (call(calls, key).endsWith(' 1')) throw new Error('not yet');
          return null;
        });
      },
    });
    await store.transaction((tx) => tx.startRun({ id: 'stumble-1', kind: 'stumble', input: null }));
    await eventually('it ends', () => ended('stumble-1'));
    expect(calls).toEqual(['stumble-1:good', 'stumble-1:bad', 'stumble-1:bad']);
    expect(errors).toMatchObject([{ message: 'not yet' }]);
  });

  test('an attempt that was replaced cannot write', async () => {
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let calls = 0;
    const later: unknown[] = [];
    const { store } = await start({
      slow: async (run) => {
        const who = await run.step('who', async () => {
          const own = calls;
          calls += 1;
          await gates[own]?.promise;
          return own;
        });
        await run.step('after', async () => later.push(who));
      },
    });
    await store.transaction((tx) => tx.startRun({ id: 'slow-1', kind: 'slow', input: null }));
    await eventually('the first attempt is at work', () => calls === 1);
    await repeatJobs(database(), 'flow');
    await eventually('the second attempt is at work', () => calls === 2);
    gates[0]?.resolve();
    gates[1]?.resolve();
    await eventually('it ends', () => ended('slow-1'));
    expect(later).toEqual([1]);
  });

  test('a run of an unknown kind waits for a replica that knows it', async () => {
    const { store, queue } = await start({});
    await store.transaction((tx) => tx.startRun({ id: 'new-1', kind: 'new@2', input: null }));
    await eventually('it was put back', async () => (await jobsForLater(database(), 'flow')) === 1);
    expect(await ended('new-1')).toBe(false);
    await queue.stop(1_000);
    await start({ 'new@2': async (run) => void (await run.step('only', async () => 1)) }, await open());
    await eventually('it ends', () => ended('new-1'));
  });

  test('a replica that is going down hands a run over between two steps', async () => {
    const calls: string[] = [];
    const gate = Promise.withResolvers<void>();
    const kinds = (who: string): Record<string, RunKind> => ({
      relay: async (run) => {
        await run.step('first', async () => {
          calls.push(`${who} first`);
          await gate.promise;
          return null;
        });
        await run.step('second', async () => calls.push(`${who} second`));
      },
    });
    const leaving = await start(kinds('old'));
    await leaving.store.transaction((tx) => tx.startRun({ id: 'relay-1', kind: 'relay', input: null }));
    await eventually('the first step', () => calls.length === 1);
    leaving.runs.drain();
    gate.resolve();
    await leaving.queue.stop(5_000);
    await start(kinds('new'), await open());
    await eventually('it ends', () => ended('relay-1'));
    expect(calls).toEqual(['old first', 'new second']);
  });

  test('RetryLater in a step is no failure', async () => {
    let calls = 0;
    const { store, errors } = await start({
      busy: async (run) => {
        await run.step('post', async () => {
          calls += 1;
          if (calls === 1) throw new RetryLater(5);
          return null;
        });
      },
    });
    await store.transaction((tx) => tx.startRun({ id: 'busy-1', kind: 'busy', input: null }));
    await eventually('it ends', () => ended('busy-1'));
    expect(calls).toBe(2);
    expect(errors).toEqual([]);
  });

  test('names of kinds and of steps are checked', async () => {
    expect(() => defineRun('Not A Kind', z.null())).toThrow(/no name/);
    const twice = defineRun('twice', z.null()).does(async () => undefined);
    expect(() => runKinds([twice, twice])).toThrow(/one name/);
    const { store, errors } = await start({
      twice: async (run) => {
        await run.step('same', async () => 1);
        await run.step('same', async () => 2);
      },
    });
    await store.transaction((tx) => tx.startRun({ id: 'twice-1', kind: 'twice', input: null }));
    await eventually('it is refused', () => errors.length > 0);
    expect(errors[0]).toMatchObject({ code: 'step-twice' });
  });
});

/** Notes a call and returns how often this key was called, so that results tell attempts apart. */
function call(calls: string[], key: string): string {
  calls.push(key);
  return `${key} ${calls.filter((other) => other === key).length}`;
}

/** A journal that breaks once: before or after the write that `crash.left` counts down to. */
function crashing(journal: RunJournal, crash: { left: number }): RunJournal {
  const guard = async <T>(write: () => Promise<T>): Promise<T> => {
    hit(crash);
    const result = await write();
    hit(crash);
    return result;
  };
  return {
    ...journal,
    record: (...args) => guard(() => journal.record(...args)),
    recordWait: (...args) => guard(() => journal.recordWait(...args)),
    end: (...args) => guard(() => journal.end(...args)),
  };
}

function hit(crash: { left: number }): void {
  if (crash.left === 0) return;
  crash.left -= 1;
  if (crash.left === 0) throw new Error('crash');
}
