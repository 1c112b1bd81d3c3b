import { sql } from 'kysely';
import { TOPIC } from '../ports/queue.ts';
import type { Database } from './database.ts';
import { inTransaction, type Sql } from './transaction.ts';

/** The database's own time in ms, as a piece of SQL: for ages and leases, which must not jump when the workspace's clock is moved. */
export const realNow = sql<string>`floor(extract(epoch from clock_timestamp()) * 1000)::bigint`;

/** The one clock in ms, as SQL in plain text. */
export const NOW = '(floor(extract(epoch from clock_timestamp()) * 1000)::bigint + (select offset_ms from clock))';
/** The same as a piece of a query. */
export const oneClock = sql.raw<string>(NOW);

/** Milliseconds of the one clock: the database's time plus the workspace's offset (ADR 5). */
export async function readClock(db: Sql): Promise<number> {
  const { rows } = await sql<{ now: string }>`select ${oneClock} as now`.execute(db);
  return Number(rows[0]?.now);
}

/** How far the one clock is ahead of the database's time, in ms. */
export async function clockOffset(database: Database): Promise<number> {
  const row = await database.db.selectFrom('clock').select('offset_ms').executeTakeFirstOrThrow();
  return Number(row.offset_ms);
}

/** Sets the offset (ms) and wakes every replica, so that what is due by the new clock fires now. For drills and the local workspace. */
export async function setClockOffset(database: Database, ms: number): Promise<void> {
  await inTransaction(database, async (trx, topics) => {
    await trx.updateTable('clock').set({ offset_ms: ms }).execute();
    topics.add(TOPIC.clock);
  });
}
