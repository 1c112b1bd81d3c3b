import type { z } from 'zod';
import type { Json } from '../domain/record.ts';
import type { Timer } from './store.ts';

/**
 * Thrown by a job's handler: nothing failed, come back in `ms` (429 of Slack, a wave of edits to merge). The count of failures
 * starts anew, so the handler's own delay is what counts.
 */
export class RetryLater extends Error {
  readonly ms: number;

  constructor(ms: number, options: { cause?: unknown } = {}) {
    super(`retry in ${ms} ms`, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'RetryLater';
    this.ms = ms;
  }
}

/**
 * `fifo`: jobs of one key run one after another in the order in which they were enqueued; a failing one holds up its key.
 * `merge`: one job per key at a time, and all that wait when it starts are done by it, so `data` may depend on the key only.
 * `plain`: no key, no order.
 */
export interface QueueSpec {
  readonly name: string;
  readonly kind: 'fifo' | 'merge' | 'plain';
  /** Of a `merge` queue: the handler removes the other jobs of its key in the statement by which it reads what they tell of. */
  readonly mergedByHandler?: true;
  /** Jobs at a time in one process; 4 unless told. */
  readonly concurrency?: number;
}

/** One attempt at one job. Another replica's attempt takes it away: `signal` aborts, and what is fenced by it is refused. */
export interface Claim {
  readonly queue: string;
  readonly id: string;
  readonly attempt: number;
  /** How often the handler has failed before this attempt, RetryLater not counted. */
  readonly failures: number;
  readonly signal: AbortSignal;
}

/** A job to put into a queue: `tx.enqueue(MESSAGE.job({ key }, { key: lane }))`. */
export interface Job extends JobOptions {
  readonly queue: string;
  readonly data: Json;
}

export interface JobOptions {
  /** Jobs with the same key run one after another in order (`fifo` queues) or are merged while waiting (`merge` queues). */
  readonly key?: string;
  readonly delayMs?: number;
  /** Of the jobs that may run, those with the greater number go first; 0 unless told. Within a key the order stays what it is. */
  readonly priority?: number;
}

/** A queue with what a replica does with its jobs. */
export interface Worker {
  readonly queue: string;
  readonly handle: (data: Json, claim: Claim) => Promise<void>;
}

/** A queue: the name that it is stored under, and what its jobs carry. */
export interface QueueDefinition<Schema extends z.ZodType> extends QueueSpec {
  job(data: z.input<Schema>, options?: JobOptions): Job;
  /** What is done with each job. Its data is read by the schema: another release may have stored it. */
  does(handle: (data: z.output<Schema>, claim: Claim) => Promise<void>): Worker;
}

/** Names a queue. Names are stored: never rename one, and never change its kind. */
export function defineQueue<Schema extends z.ZodType>(spec: QueueSpec, schema: Schema): QueueDefinition<Schema> {
  const { name: queue } = spec;
  return {
    ...spec,
    job: (data, options = {}) => ({ queue, data: data as Json, ...options }),
    does: (handle) => ({ queue, handle: (data, claim) => handle(schema.parse(data), claim) }),
  };
}

/** The job queue as its workers see it; jobs are put in by `StoreTx.enqueue`. At least once: a job of a killed replica runs again. */
export interface JobQueue {
  /** Starts to work on a queue: `queue.work(MESSAGE.does(send))`. A worker that throws is called again, after RetryLater's delay or 1 s, 2 s, 4 s ... 60 s, for ever. */
  work(worker: Worker): Promise<void>;
  /** Jobs that wait and jobs at work, by queue. */
  depths(): Promise<Record<string, { waiting: number; active: number }>>;
  /** Takes no more jobs and waits for those at work, at most `timeoutMs`; the rest goes to the other replicas at once. */
  stop(timeoutMs: number): Promise<void>;
}

/** What is published on the bus after a commit: records were appended, evidence was acknowledged, timers were set, the clock was moved. */
export const TOPIC = { appended: 'appended', stored: 'stored', timers: 'timers', clock: 'clock' } as const;

/** Wakes whoever waits, in this process at once and in the other replicas soon. A hint that may get lost: always poll as well. */
export interface Bus {
  publish(topic: string): void;
  /** Calls back with each topic, or with `*` when topics may have been missed. Returns the end of it. */
  subscribe(listener: (topic: string) => void): () => void;
}

/** The timer table as the timer loop sees it. */
export interface TimerTable {
  /** The one clock and the next timer that has not fired. */
  next(): Promise<{ readonly now: number; readonly dueAt: number | null }>;
  /** Turns timers that are due into jobs, each exactly once, at most `limit`; returns how many. */
  fire(limit: number): Promise<number>;
  /** The time (ms of the one clock). Before its moment, a timer that fired, because the clock was moved back, is armed once more. */
  rearm(stream: string, timer: Timer): Promise<number>;
}

/** Work that one replica at a time does. Times are the database's, so a wrong local clock neither steals nor keeps a lease. */
export interface Leases {
  /** Takes or prolongs a lease for `ms`; false while another holder has it. */
  acquire(name: string, holder: string, ms: number): Promise<boolean>;
  release(name: string, holder: string): Promise<void>;
}
