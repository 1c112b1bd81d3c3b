import { randomUUID } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
import { fromKysely, PgBoss } from 'pg-boss';
import { TocsinError } from '../domain/errors.ts';
import { inBackground } from '../lib/background.ts';
import type { Claim, Job, JobQueue, QueueSpec } from '../ports/queue.ts';
import { attemptOf, isIdle } from './attempts.ts';
import type { Database } from './database.ts';
import { startDuePoll } from './due.ts';
import { announce, topicOf } from './topics.ts';
import type { Trx } from './transaction.ts';
import { startWorkers, type Workers } from './workers.ts';

/** Puts jobs into their queues as part of a transaction, and their wake-up among the topics to publish after the commit. */
export type SendJobs = (trx: Trx, topics: Set<string>, jobs: readonly Job[]) => Promise<void>;

/** The job queue with what only the store needs of it. */
export interface StoreQueue extends JobQueue {
  readonly send: SendJobs;
  /** pg-boss' own statement that puts jobs into a queue, for a larger one to contain, and the topic to publish after its commit. */
  inserting(queue: string, jobs: readonly Job[]): Promise<{ text: string; values: readonly unknown[]; topic: string }>;
  /** Whether no job is at work or about to be; one that looks again after more than a moment is none. */
  isIdle(): Promise<boolean>;
}

export interface QueueOptions {
  /** Told of each failed attempt, and of what fails outside of jobs. */
  readonly onError?: (error: unknown, about: { queue?: string; failures?: number }) => void;
}

/** A worker that has not been heard of for this long (s) is dead; pg-boss takes no less. */
const HEARTBEAT = 10;
/** pg-boss' own look for dead workers is at least this long (s) after the one before. Ours (due.ts) says when: take-over after HEARTBEAT and a moment. */
const MONITOR = 2;
/** A handler that takes longer than this (s) is taken for hanging, and its job is given to another. */
const EXPIRE = 3_600;
/** For ever: a job that fails for good would block its key, and a job that is dropped for its age would be lost. */
const RETRY_LIMIT = 2 ** 31 - 1;
const RETENTION = 10 * 365 * 86_400;
/** Jobs that are done are kept this long (s) and are removed that often (s). Small, because the monitor reads the whole table. */
const KEEP_DONE = 60;
const MAINTENANCE = 60;
/** How often (s) pg-boss reads its queues again. */
const QUEUE_CACHE = 3_600;
/** Longer delays (ms) are left to the poll. */
const LONGEST_WAKE = 60_000;

/** Databases whose jobs of a killed predecessor were released: once per open handle. */
const released = new WeakSet<Database>();

/**
 * Starts pg-boss in the same database (its own schema `pgboss`) and makes the queues.
 * Throws TocsinError `queue-kind` for a queue that an earlier release made of another kind.
 */
export async function startQueue(database: Database, specs: readonly QueueSpec[], options: QueueOptions = {}): Promise<StoreQueue> {
  const onError = options.onError ?? (() => undefined);
  const boss = new PgBoss({
    ...database.boss,
    schedule: false,
    // By itself it would ask some ten questions each time, also when there is nothing at all: it is asked for (below).
    supervise: false,
    monitorIntervalSeconds: MONITOR,
    maintenanceIntervalSeconds: MAINTENANCE - 1,
    // What it keeps of queues never changes but for policies that are not used here.
    queueCacheIntervalSeconds: QUEUE_CACHE,
    // Both are about autovacuum, which PGlite has not: database.ts vacuums.
    monitorVacuum: database.kind === 'postgresql',
    reindex: database.kind === 'postgresql',
  });
  boss.on('error', (error) => onError(error, {}));
  await boss.start();
  const queues = new Map(specs.map((spec) => [spec.name, spec]));
  try {
    const made = new Map((await boss.getQueues([...queues.keys()])).map((queue) => [queue.name, queue]));
    for (const spec of specs) {
      const before = made.get(spec.name);
      // Most starts find everything as it should be.
      if (before === undefined || !hasSettings(before, SETTINGS)) await createQueue(boss, spec);
      else assertPolicy(spec, before.policy);
    }
    await releaseOrphans(database);
  } catch (error) {
    await boss.stop({ graceful: false });
    throw error;
  }
  const working: Workers[] = [];
  let atWork = 0;
  const wakes = new Map<string, () => void>();
  const tellError = (error: unknown) => onError(error, {});
  const stopPoll = startDuePoll({ database, queues: wakes, release: () => boss.supervise(), onError: tellError });
  // Removes jobs that are done, and those that take too long are given to others.
  const maintenance = setInterval(() => inBackground(boss.supervise(), tellError), MAINTENANCE * 1_000).unref();

  function specOf(name: string): QueueSpec {
    const spec = queues.get(name);
    if (spec === undefined) throw new TocsinError('queue-unknown', `There is no queue ${name}.`);
    return spec;
  }

  /** Wakes this process' workers when a delay is over, so that short delays do not become a whole poll. */
  function wakeLater(queue: string, ms: number): void {
    if (ms <= LONGEST_WAKE) setTimeout(() => database.bus.publish(topicOf(queue)), ms + 1).unref();
  }

  return {
    async inserting(queue, jobs) {
      assertKeys(specOf(queue), jobs);
      let statement = { text: '', values: [] as readonly unknown[] };
      const db = {
        async executeSql(text: string, values: unknown[] = []) {
          statement = { text, values };
          return { rows: [] };
        },
      };
      await boss.insert(queue, rowsOf(jobs), { db });
      return { ...statement, topic: topicOf(queue) };
    },
    async send(trx, topics, jobs) {
      for (const [queue, ofQueue] of Map.groupBy(jobs, (job) => job.queue)) {
        const spec = specOf(queue);
        assertKeys(spec, ofQueue);
        await insertJobs(boss, trx, spec, spec.kind === 'merge' ? onceEach(ofQueue) : ofQueue);
      }
      for (const { queue, delayMs = 0 } of jobs) {
        if (delayMs <= 0) announce(topics, queue);
        else wakeLater(queue, delayMs);
      }
    },
    async work({ queue, handle }) {
      const spec = specOf(queue);
      const attempt = attemptOf(database, spec, handle, onError, (ms) => wakeLater(queue, ms));
      const workers = await startWorkers(boss, database, spec, async (job) => {
        atWork += 1;
        try {
          await attempt(job);
        } finally {
          atWork -= 1;
        }
      });
      working.push(workers);
      wakes.set(queue, workers.wake);
    },
    async depths() {
      const { rows } = await sql<{ name: string; waiting: string; active: string }>`
        select name, count(*) filter (where state < 'active') as waiting, count(*) filter (where state = 'active') as active
        from pgboss.job where state <= 'active' group by name`.execute(database.db);
      const depths = Object.fromEntries(specs.map(({ name }) => [name, { waiting: 0, active: 0 }]));
      for (const { name, waiting, active } of rows) depths[name] = { waiting: Number(waiting), active: Number(active) };
      return depths;
    },
    // What this process is at needs no question, which would take time from it.
    isIdle: async () => atWork === 0 && (await isIdle(database)),
    async stop(timeoutMs) {
      stopPoll();
      clearInterval(maintenance);
      for (const workers of working) workers.end();
      await boss.stop({ graceful: timeoutMs > 0, timeout: timeoutMs });
    },
  };
}

/**
 * A heartbeat of a job at work, as pg-boss itself writes it. It keeps the job from being taken until the transaction ends; no row when another
 * attempt has it.
 */
export function heldBy({ queue, id, attempt }: Claim): RawBuilder<{ held: number }> {
  return sql`update pgboss.job set heartbeat_on = now()
    where name = ${queue} and id = ${id}::uuid and state = 'active' and retry_count = ${attempt} returning 1 as held`;
}

export function claimLost({ queue, id }: Claim): TocsinError {
  return new TocsinError('claim-lost', `Another attempt has taken over job ${id} of ${queue}.`);
}

const SETTINGS = {
  retryLimit: RETRY_LIMIT,
  retryDelay: 0,
  retryBackoff: false,
  heartbeatSeconds: HEARTBEAT,
  expireInSeconds: EXPIRE,
  retentionSeconds: RETENTION,
  deleteAfterSeconds: KEEP_DONE,
  // pg-boss would NOTIFY inside the transaction: see bus.ts.
  notify: false,
};

async function createQueue(boss: PgBoss, spec: QueueSpec): Promise<void> {
  const { name } = spec;
  await boss.createQueue(name, { ...SETTINGS, policy: policyOf(spec) });
  await boss.updateQueue(name, SETTINGS);
  assertPolicy(spec, (await boss.getQueue(name))?.policy);
  // Fills pg-boss' cache of queues, as its start does for those that were there. Otherwise the first send() asks for it beside our
  // transaction, which PGlite waits for for ever.
  await boss.findJobs(name, { id: randomUUID() });
}

function policyOf({ kind }: QueueSpec) {
  return kind === 'plain' ? 'standard' : 'key_strict_fifo';
}

function assertPolicy(spec: QueueSpec, policy: string | undefined): void {
  if (policy === policyOf(spec)) return;
  throw new TocsinError(
    'queue-kind',
    `The queue ${spec.name} exists with the policy ${policy}, which pg-boss cannot change. Give the new one another name.`,
  );
}

function hasSettings(queue: object, settings: object): boolean {
  const found = new Map(Object.entries(queue));
  return Object.entries(settings).every(([name, value]) => found.get(name) === value);
}

/**
 * Gives back the jobs that a killed process left at work. PGlite only: there the lock of the directory says that no other process
 * lives, so nobody has to wait for the heartbeats to run out.
 */
async function releaseOrphans(database: Database): Promise<void> {
  if (database.kind !== 'pglite' || released.has(database)) return;
  released.add(database);
  await sql`update pgboss.job set state = 'retry', start_after = now() where state = 'active'`.execute(database.db);
}

function assertKeys({ name, kind }: QueueSpec, jobs: readonly Job[]): void {
  for (const { key } of jobs) {
    if ((kind === 'plain') !== (key === undefined))
      throw new TocsinError('queue-key', `A job of the ${kind} queue ${name} ${key === undefined ? 'needs a key' : 'has no key'}.`);
  }
}

function rowsOf(jobs: readonly Job[]) {
  return jobs.map(({ data, key, delayMs = 0, priority = 0 }) => ({
    id: nextId(),
    data: { data },
    ...(priority !== 0 && { priority }),
    ...(key !== undefined && { singletonKey: key }),
    ...(delayMs > 0 && { startAfter: `${delayMs} milliseconds` }),
  }));
}

async function insertJobs(boss: PgBoss, trx: Trx, { name, kind }: QueueSpec, jobs: readonly Job[]): Promise<void> {
  // With our transaction: without it pg-boss would take a connection of its own, and PGlite has but one.
  const ids = await boss.insert(name, rowsOf(jobs), { db: fromKysely(trx), returnId: true });
  if (ids?.length !== jobs.length) throw new TocsinError('job-refused', `The queue ${name} did not take a job.`);
  // pg-boss orders by the time at which the transaction began; what counts is the order within it and behind its locks.
  if (kind === 'fifo')
    await sql`update pgboss.job set created_on = statement_timestamp() where name = ${name} and id = any(${ids}::uuid[])`.execute(trx);
}

/** Of jobs that will be merged into one anyway, the first. */
function onceEach(jobs: readonly Job[]): readonly Job[] {
  const known = new Set<string>();
  return jobs.filter(({ key, delayMs = 0 }) => {
    const name = `${delayMs} ${key}`;
    return known.has(name) ? false : known.add(name);
  });
}

let lastId = 0n;

/** A UUID (version 7 in form) that is greater than all before it in this process: pg-boss orders jobs of one instant by id. */
function nextId(): string {
  const fromClock = BigInt(Date.now()) << 12n;
  lastId = fromClock > lastId ? fromClock : lastId + 1n;
  const head = (lastId >> 12n).toString(16).padStart(12, '0');
  const count = (lastId & 0xfffn).toString(16).padStart(3, '0');
  return `${head.slice(0, 8)}-${head.slice(8)}-7${count}-${randomUUID().slice(19)}`;
}
