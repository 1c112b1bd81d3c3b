import type { Loop } from '../../../src/durable/loop.ts';
import { type Runs, startRuns } from '../../../src/durable/runs.ts';
import { type DueTimer, startTimers } from '../../../src/durable/timers.ts';
import { ENGINE_QUEUES } from '../../../src/ports/engine-queues.ts';
import type { JobQueue, Worker } from '../../../src/ports/queue.ts';
import type { RunJournal, RunKind } from '../../../src/ports/runs.ts';
import type { Store } from '../../../src/ports/store.ts';
import { type Database, withSeal } from '../../../src/store/database.ts';
import { runJournal } from '../../../src/store/journal.ts';
import { type StoreQueue, startQueue } from '../../../src/store/queue.ts';
import { createSeal } from '../../../src/store/seal.ts';
import { createStore, throughStore } from '../../../src/store/store.ts';
import { timerTable } from '../../../src/store/timers.ts';

/** One replica: queue, runs and timers on a database, as main wires them. */
export interface Replica extends AsyncDisposable {
  readonly queue: StoreQueue;
  readonly store: Store;
  readonly journal: RunJournal;
  readonly runs: Runs;
  readonly timers: Loop;
  readonly errors: unknown[];
  stop(): Promise<void>;
}

/** A database with the seal that all replicas of the tests share, which may be processes of their own. */
export function sealed(database: Database): Database {
  return withSeal(database, createSeal(Buffer.alloc(32, 7)));
}

export async function startReplica(
  given: Database,
  kinds: Readonly<Record<string, RunKind>> = {},
  onDue: (timer: DueTimer) => Promise<void> = async () => undefined,
): Promise<Replica> {
  const errors: unknown[] = [];
  const database = sealed(given);
  const queue = await startQueue(database, ENGINE_QUEUES, { onError: (error) => errors.push(error) });
  const store = createStore(database, queue);
  const journal = runJournal(database, queue, throughStore);
  const runs = await startRuns({ queue, journal, kinds: new Map(Object.entries(kinds)), onError: (error) => errors.push(error) });
  const timers = await startTimers({
    table: timerTable(database, queue.send),
    queue,
    bus: database.bus,
    onDue,
    onError: (error) => errors.push(error),
  });
  async function stop(): Promise<void> {
    runs.drain();
    await timers.stop();
    await queue.stop(1_000);
  }
  return { queue, store, journal, runs, timers, errors, stop, [Symbol.asyncDispose]: stop };
}

/** A queue that only keeps its handlers, for tests that call them by hand. */
export function handlersOnly(): { queue: JobQueue; handler(queue: string): Worker['handle'] } {
  const handlers = new Map<string, Worker['handle']>();
  return {
    queue: {
      work: async ({ queue, handle }) => void handlers.set(queue, handle),
      depths: async () => ({}),
      stop: async () => undefined,
    },
    handler(name) {
      const handler = handlers.get(name);
      if (handler === undefined) throw new Error(`nobody works on ${name}`);
      return handler;
    },
  };
}
