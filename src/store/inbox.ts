import { type Selectable, sql } from 'kysely';
import type { Json } from '../domain/record.ts';
import type { InboxEntry } from '../engine/ports.ts';
import { oneClock } from './clock.ts';
import type { Database } from './database.ts';
import type { SendJobs } from './queue.ts';
import type { Schema } from './schema.ts';
import { inTransaction, type Sql, type Trx } from './transaction.ts';

/** A payload as it comes in. */
export interface NewEntry {
  readonly id: string;
  readonly key: string;
  readonly kind: string;
  readonly payload: Json;
}

/** Stores a payload; false when its key is there already, also when another transaction has just stored it. */
export async function addInbox(trx: Trx, entry: NewEntry): Promise<boolean> {
  return (await addAll(trx, [entry])).has(entry.id);
}

/** Stores payloads and returns the ids of those whose key was not there. */
async function addAll(trx: Trx, entries: readonly NewEntry[]): Promise<Set<string>> {
  const rows = await trx
    .insertInto('inbox')
    .values(entries.map(({ id, key, kind, payload }) => ({ id, key, kind, payload: JSON.stringify(payload), received_at: sql<number>`${oneClock}` })))
    .onConflict((conflict) => conflict.column('key').doNothing())
    .returning('id')
    .execute();
  return new Set(rows.map(({ id }) => id));
}

/**
 * Stores payloads that Slack waits for, each with the job that works on it, on a connection of their own. Those that come while a
 * transaction is under way share the next one, so that a crowd waits for two commits and not for as many as it has members.
 * Resolves once it is committed: true, or false for a redelivery.
 */
export function inboxWriter(database: Database, send: SendJobs, queue: string): (entry: NewEntry) => Promise<boolean> {
  let waiting: { entry: NewEntry; done: (fresh: boolean) => void; failed: (error: unknown) => void }[] = [];
  let writing = false;

  const write = (entries: readonly NewEntry[]) =>
    inTransaction(
      database,
      async (trx, topics) => {
        const fresh = await addAll(trx, entries);
        await send(trx, topics, queue, [...fresh].map((id) => ({ data: { id } })));
        return fresh;
      },
      database.intake,
    );

  async function writeWaiting(): Promise<void> {
    writing = true;
    while (waiting.length > 0) {
      // In one order whichever replica writes, or two that got the same redeliveries would wait for each other.
      const batch = waiting.toSorted((a, b) => (a.entry.key < b.entry.key ? -1 : 1));
      waiting = [];
      await write(batch.map(({ entry }) => entry)).then(
        (fresh) => {
          for (const { entry, done } of batch) done(fresh.has(entry.id));
        },
        (error: unknown) => {
          for (const { failed } of batch) failed(error);
        },
      );
    }
    writing = false;
  }

  return (entry) =>
    new Promise((done, failed) => {
      waiting.push({ entry, done, failed });
      if (!writing) void writeWaiting();
    });
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
