import { setTimeout as sleep } from 'node:timers/promises';
import { type RawBuilder, sql } from 'kysely';
import type { JobWithMetadata } from 'pg-boss';
import type { Json } from '../domain/record.ts';
import { type Claim, type QueueSpec, RetryLater, type Worker } from '../ports/queue.ts';
import type { Database } from './database.ts';
import { isConnectionLost } from './transaction.ts';

const FIRST_RETRY = 1_000;
const LAST_RETRY = 60_000;
/** How often (ms) a database that is away is asked again to take a job back. */
const REACH_AGAIN = 250;

export type BossJob = JobWithMetadata<{ data: Json }>;
export type Attempt = (job: BossJob) => Promise<void>;

/** What pg-boss calls: the handler, its retries and, for `merge` queues, the merging. Never throws but when the database is away. */
export function attemptOf(
  database: Database,
  spec: QueueSpec,
  handle: Worker['handle'],
  onError: (error: unknown, about: { queue?: string; failures?: number }) => void,
  wakeLater: (ms: number) => void,
): Attempt {
  return async (job) => {
    const failures = failuresOf(job);
    const claim: Claim = { queue: spec.name, id: job.id, attempt: job.retryCount, failures, signal: job.signal };
    try {
      if (spec.kind === 'merge' && spec.mergedByHandler !== true) await mergingInto(job).execute(database.db);
      await handle(job.data.data, claim);
    } catch (error) {
      const later = error instanceof RetryLater;
      if (!later) onError(error, { queue: spec.name, failures: failures + 1 });
      const ms = later ? error.ms : retryDelay(failures + 1);
      await untilReached(() => defer(database, claim, ms, later ? 0 : failures + 1, error));
      wakeLater(ms);
    }
  };
}

/** Looks again after a while at something that takes hours: nothing failed, and nobody waits for it. */
const LOOKS_AGAIN = sql`state = 'retry' and output->>'failures' = '0' and start_after > clock_timestamp() + interval '3 seconds'`;

/** Whether no job is at work or about to be; one that looks again after more than a moment is none. */
export async function isIdle({ db }: Database): Promise<boolean> {
  const { rows } = await sql<{ idle: boolean }>`
    select not exists (select from pgboss.job where state <= 'active' and not (${LOOKS_AGAIN})) as idle`.execute(db);
  return rows[0]?.idle ?? true;
}

/**
 * Does `work`, and again while the database is away: a job that is not given back would wait for its heartbeat to run out. Harmless when
 * another attempt took the job meanwhile: `defer` changes nothing then.
 */
async function untilReached(work: () => Promise<void>): Promise<void> {
  for (const end = performance.now() + LAST_RETRY; ; ) {
    try {
      return await work();
    } catch (error) {
      if (!isConnectionLost(error) || performance.now() > end) throw error;
      await sleep(REACH_AGAIN, undefined, { ref: false });
    }
  }
}

/** 1 s, 2 s, 4 s ... 60 s, less up to a quarter at random so that a crowd does not come back as one. */
function retryDelay(failures: number): number {
  return Math.min(LAST_RETRY, FIRST_RETRY * 2 ** Math.min(failures - 1, 16)) * (1 - Math.random() / 4);
}

function failuresOf({ output }: BossJob): number {
  return typeof output === 'object' && output !== null && 'failures' in output ? Number(output.failures) : 0;
}

/**
 * Removes the other jobs of the key that wait. They are committed, so this attempt, which has not looked yet or looks in the same statement, sees
 * all that they were to tell of; a job whose transaction is still open is not seen here, stays, and runs next. No wake-up is lost.
 */
export function mergingInto({ name, id, singletonKey }: Pick<BossJob, 'name' | 'id' | 'singletonKey'>): RawBuilder<unknown> {
  return sql`delete from pgboss.job
    where name = ${name} and singleton_key = ${singletonKey} and state = 'created' and start_after <= now() and id <> ${id}::uuid`;
}

/** Gives a job back for later, unless another attempt has it. pg-boss' own retry counts whole seconds and cannot tell failures apart. */
async function defer(database: Database, claim: Claim, ms: number, failures: number, error: unknown): Promise<void> {
  const output = JSON.stringify({ failures, message: error instanceof Error ? error.message : String(error) });
  await sql`
    update pgboss.job
    set state = 'retry', start_after = clock_timestamp() + ${ms / 1000}::float8 * interval '1 second', heartbeat_on = null, output = ${output}::jsonb
    where name = ${claim.queue} and id = ${claim.id} and state = 'active' and retry_count = ${claim.attempt}`.execute(database.db);
}
