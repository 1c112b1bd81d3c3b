import { TIMER } from '../ports/engine-queues.ts';
import { type Bus, type JobQueue, type TimerTable, TOPIC } from '../ports/queue.ts';
import { type Loop, startLoop } from './loop.ts';

/** A timer whose time has come: `dueAt` in ms of the one clock. */
export interface DueTimer {
  readonly stream: string;
  readonly name: string;
  readonly dueAt: number;
}

export interface TimerOptions {
  readonly table: TimerTable;
  readonly queue: JobQueue;
  readonly bus: Bus;
  /** Acts on a timer. At least once: a replica that is killed meanwhile leaves it to another, and one that throws is called again. */
  readonly onDue: (timer: DueTimer) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

/** The longest (ms) that a lost wake-up can delay a timer. */
const LONGEST_PAUSE = 10_000;
/** Timers in one transaction. */
const BATCH = 200;
/** When what is due is locked by somebody who is changing it, look again after this long (ms). */
const LOCKED_PAUSE = 50;

/**
 * Fires timers, on every replica: what is due in the table becomes jobs, each once, and the jobs call `onDue`. Reads the database's
 * clock and sleeps for a difference, so a replica with a wrong clock fires neither early nor late.
 */
export async function startTimers({ table, queue, bus, onDue, onError }: TimerOptions): Promise<Loop> {
  const work = TIMER.does(async (timer) => {
    const now = await table.rearm(timer.stream, { name: timer.name, dueAt: timer.dueAt });
    if (now >= timer.dueAt) await onDue(timer);
  });
  await queue.work(work);

  async function pass(): Promise<number> {
    const { now, dueAt } = await table.next();
    if (dueAt === null) return LONGEST_PAUSE;
    if (dueAt > now) return dueAt - now;
    const fired = await table.fire(BATCH);
    return fired > 0 ? 0 : LOCKED_PAUSE;
  }

  return startLoop({ pass, longest: LONGEST_PAUSE, bus, wakesOn: (topic) => topic === TOPIC.timers || topic === TOPIC.clock, onError });
}
