import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kysely, Transaction } from 'kysely';
import { isDiskFull, TocsinError } from '../domain/errors.ts';
import { NETWORK_CODES } from '../lib/network.ts';
import type { Database } from './database.ts';
import type { Schema } from './schema.ts';

/** What a query runs on: the database, or a transaction. */
export type Sql = Kysely<Schema>;
export type Trx = Transaction<Schema>;

/** Tries when the connection broke, and when transactions undid each other: of those one always gets through, so more of them may have to wait. */
const ATTEMPTS = { lost: 6, conflict: 20 };
/** The longest wait, in ms. */
const LAST_WAIT = 1_000;
/** The wait before the second attempt, in ms; it doubles, and is spread so that two that collided do not collide again. */
const FIRST_WAIT = 8;

/** serialization_failure and deadlock_detected: PostgreSQL undid the transaction, and the same again may succeed. */
const CONFLICT = new Set(['40001', '40P01']);
/** Class 08 and the shutdown codes of class 57, no connection left, a stand-by that is not promoted yet (PostgreSQL, Appendix A). */
const LOST_STATES = ['08000', '08001', '08003', '08004', '08006', '57P01', '57P02', '57P03', '53300', '25006'];
const LOST = new Set([...LOST_STATES, ...NETWORK_CODES]);
/** What `pg` says of work that stood in line for a connection as long as a statement may take: that was patience enough. */
const STOOD_IN_LINE = 'timeout exceeded when trying to connect';
/** What `pg` says without a code. */
const BROKEN =
  /^(Connection terminated|timeout expired|timeout exceeded when trying to connect|Client (has encountered a connection error|was closed))/;

const current = new AsyncLocalStorage<{ open: boolean }>();

/**
 * Refuses a query beside the open transaction of the same flow of control: PGlite has one connection and would wait for itself
 * for ever, PostgreSQL would silently take a second one. Throws TocsinError `query-in-transaction`.
 */
export function assertOutsideTransaction(): void {
  if (current.getStore()?.open !== true) return;
  throw new TocsinError('query-in-transaction', 'A query was made on the store inside one of its transactions. Use the transaction.');
}

/** A query outside of any transaction. Throws TocsinError `database-unavailable` or `query-in-transaction`, or what the query throws. */
export async function outsideTransaction<T>(database: Database, query: (db: Sql) => Promise<T>): Promise<T> {
  assertOutsideTransaction();
  try {
    return await query(database.db);
  } catch (error) {
    throw named(error);
  }
}

/**
 * One statement outside of any transaction that is harmless when it is done twice: a transaction around it would be two round trips more.
 * Throws TocsinError `database-unavailable` or `query-in-transaction`, or what the statement throws.
 */
export async function harmless<T>(database: Database, statement: (db: Sql) => Promise<T>): Promise<T> {
  assertOutsideTransaction();
  return repeated(
    () => statement(database.db),
    () => true,
  );
}

/**
 * Runs `work` in one transaction, and again when it conflicted with another or the connection broke before the commit: `work` must
 * have no effect but through `trx`. `topics` that it adds are published after the commit.
 * Throws TocsinError `database-unavailable`, or what `work` throws.
 */
export async function inTransaction<T>(database: Database, work: (trx: Trx, topics: Set<string>) => Promise<T>): Promise<T> {
  assertOutsideTransaction();
  let committing = false;
  async function attempt(): Promise<T> {
    const scope = { open: true };
    const topics = new Set<string>();
    committing = false;
    try {
      const result = await current.run(scope, () =>
        database.db.transaction().execute(async (trx) => {
          const value = await work(trx, topics);
          committing = true;
          return value;
        }),
      );
      scope.open = false;
      for (const topic of topics) database.bus.publish(topic);
      return result;
    } finally {
      scope.open = false;
    }
  }
  // A connection that broke during the commit leaves open whether it happened: that is for the caller to find out.
  return repeated(attempt, () => !committing);
}

/**
 * Does `attempt`, and again when it conflicted with another transaction, or when the connection broke and `isHarmless` says that doing
 * it twice changes nothing. Throws TocsinError `database-unavailable`, or what `attempt` throws.
 */
export async function repeated<T>(attempt: () => Promise<T>, isHarmless: () => boolean): Promise<T> {
  for (let count = 1; ; count += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (count >= attemptsAfter(error, isHarmless())) throw named(error);
      await sleep(Math.min(LAST_WAIT, FIRST_WAIT * 2 ** (count - 1)) * (0.5 + Math.random()));
    }
  }
}

/** How often in all something is tried that failed so. */
function attemptsAfter(error: unknown, isHarmless: boolean): number {
  if (isConflict(error)) return ATTEMPTS.conflict;
  if (!isConnectionLost(error) || !isHarmless) return 1;
  return error instanceof Error && error.message.startsWith(STOOD_IN_LINE) ? 1 : ATTEMPTS.lost;
}

/** The error by its own code where it concerns the whole database. */
function named(cause: unknown): unknown {
  if (isConnectionLost(cause)) return new TocsinError('database-unavailable', 'The database cannot be reached.', { cause });
  if (isDiskFull(cause)) return new TocsinError('database-full', 'The disk of the database has no space left.', { cause });
  return cause;
}

function isConflict(error: unknown): boolean {
  return CONFLICT.has(codeOf(error));
}

/** Whether the database could not be reached or the connection to it broke. */
export function isConnectionLost(error: unknown): boolean {
  return LOST.has(codeOf(error)) || (error instanceof Error && BROKEN.test(error.message));
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
