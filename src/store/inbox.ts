import { type Selectable, sql } from 'kysely';
import type { Json } from '../domain/record.ts';
import type { InboxEntry } from '../engine/ports.ts';
import { oneClock } from './clock.ts';
import type { Schema } from './schema.ts';
import type { Sql, Trx } from './transaction.ts';

/** Stores a payload; false when its key is there already, also when another transaction has just stored it. */
export async function addInbox(trx: Trx, entry: { id: string; key: string; kind: string; payload: Json }): Promise<boolean> {
  const added = await trx
    .insertInto('inbox')
    .values({ id: entry.id, key: entry.key, kind: entry.kind, payload: JSON.stringify(entry.payload), received_at: sql<number>`${oneClock}` })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .returning('id')
    .executeTakeFirst();
  return added !== undefined;
}

/** Locks a payload that has no outcome yet; `null` when it has one. */
export async function takeInbox(trx: Trx, id: string): Promise<InboxEntry | null> {
  const row = await trx.selectFrom('inbox').selectAll().where('id', '=', id).where('outcome', 'is', null).forUpdate().executeTakeFirst();
  return row === undefined ? null : toEntry(row);
}

export async function finishInbox(trx: Trx, id: string, outcome: Json): Promise<void> {
  await trx
    .updateTable('inbox')
    .set({ outcome: JSON.stringify(outcome) })
    .where('id', '=', id)
    .execute();
}

export async function readInbox(db: Sql, id: string): Promise<InboxEntry | null> {
  const row = await db.selectFrom('inbox').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? null : toEntry(row);
}

function toEntry(row: Selectable<Schema['inbox']>): InboxEntry {
  return { id: row.id, key: row.key, kind: row.kind, payload: row.payload, receivedAt: Number(row.received_at), outcome: row.outcome };
}
