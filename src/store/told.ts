import { sql } from 'kysely';
import { SYSTEM_STREAM } from '../domain/streams.ts';
import type { ToldTimes } from '../ports/store.ts';
import { oneClock } from './clock.ts';
import type { Database } from './database.ts';
import type { Seal } from './seal.ts';
import { outsideTransaction, type Trx } from './transaction.ts';

/** When an alert was last said to fire and to be over. The caller holds the lock of `system`. Throws TocsinError `database-altered`. */
export async function readTold(trx: Trx, seal: Seal, key: string): Promise<ToldTimes> {
  const row = await trx.selectFrom('told').selectAll().where('key', '=', key).executeTakeFirst();
  if (row === undefined) return { firedAt: null, resolvedAt: null };
  const times = { firedAt: numberOf(row.fired_at), resolvedAt: numberOf(row.resolved_at) };
  seal.check('told', SYSTEM_STREAM, parts(key, times), row.mac);
  return times;
}

export async function writeTold(trx: Trx, seal: Seal, key: string, times: ToldTimes): Promise<void> {
  const columns = {
    fired_at: times.firedAt,
    resolved_at: times.resolvedAt,
    heard_at: sql<number>`${oneClock}`,
    mac: seal.mac('told', parts(key, times)),
  };
  await trx
    .insertInto('told')
    .values({ key, ...columns })
    .onConflict((conflict) => conflict.column('key').doUpdateSet(columns))
    .execute();
}

/** Forgets what was heard longer ago than `ms` of the one clock. Returns how many. */
export async function pruneTold(database: Database, ms: number): Promise<number> {
  const { numDeletedRows } = await outsideTransaction(database, (db) =>
    db.deleteFrom('told').where('heard_at', '<', sql<string>`${oneClock} - ${ms}::bigint`).executeTakeFirst(),
  );
  return Number(numDeletedRows);
}

function parts(key: string, { firedAt, resolvedAt }: ToldTimes): readonly (string | number)[] {
  return [key, firedAt ?? 'never', resolvedAt ?? 'never'];
}

function numberOf(value: string | null): number | null {
  return value === null ? null : Number(value);
}
