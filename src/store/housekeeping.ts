import { sql } from 'kysely';
import { oneClock, readClock } from './clock.ts';
import type { Database } from './database.ts';
import { outsideTransaction } from './transaction.ts';

/** Rows that one statement removes. */
const ROWS = 1_000;

/**
 * Removes payloads that had their outcome and are older than `ms` of the one clock: what they led to is in the records, and Slack's
 * redeliveries, which they are kept for, are over within hours. Returns how many.
 */
export async function pruneInbox(database: Database, ms: number): Promise<number> {
  // A number that the planner sees: of a clock's it would guess that it takes in a third of all rows.
  const before = String((await outsideTransaction(database, readClock)) - ms);
  let all = 0;
  for (;;) {
    const { rows } = await outsideTransaction(database, (db) =>
      sql`delete from inbox where id in (
          select id from inbox where outcome is not null and received_at < ${before} order by received_at limit ${ROWS}
        ) returning id`.execute(db),
    );
    all += rows.length;
    if (rows.length < ROWS) return all;
  }
}

/**
 * Removes ended runs of a kind that was due (`at` of its input, ms of the one clock) longer ago than `ms`: those that begin again and again, each as the next
 * of the one before. Returns how many.
 */
export async function pruneRuns(database: Database, kind: string, ms: number): Promise<number> {
  return outsideTransaction(database, async (db) => {
    const due = sql<string>`(input ->> 'at')::bigint`;
    const { numDeletedRows } = await db
      .deleteFrom('run')
      .where('kind', '=', kind)
      .where('ended', '=', true)
      .where(due, '<', sql<string>`${oneClock} - ${ms}::bigint`)
      .executeTakeFirst();
    return Number(numDeletedRows);
  });
}
