import { type Selectable, sql } from 'kysely';
import { TocsinError } from '../domain/errors.ts';
import type { Json } from '../domain/record.ts';
import { inBackground } from '../lib/background.ts';
import type { Job } from '../ports/queue.ts';
import type { InboxEntry } from '../ports/store.ts';
import { NOW, oneClock } from './clock.ts';
import type { Database } from './database.ts';
import type { StoreQueue } from './queue.ts';
import type { Schema } from './schema.ts';
import type { Seal } from './seal.ts';
import { repeated, type Sql, type Trx } from './transaction.ts';

/** A queue of stored payloads. */
interface InboxQueue {
  readonly name: string;
  job(data: { id: string }): Job;
}

/** A payload as it comes in. */
export interface NewEntry {
  readonly id: string;
  readonly key: string;
  readonly kind: string;
  readonly payload: Json;
}

/** Stores a payload; false when its key is there already, also when another transaction has just stored it. */
export async function addInbox(trx: Trx, seal: Seal, { id, key, kind, payload }: NewEntry): Promise<boolean> {
  const text = JSON.stringify(payload);
  const added = await trx
    .insertInto('inbox')
    .values({ id, key, kind, payload: text, mac: seal.mac('inbox', [id, key, kind, text]), received_at: sql<number>`${oneClock}` })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .returning('id')
    .executeTakeFirst();
  return added !== undefined;
}

/**
 * Stores payloads that Slack waits for, each with the job that works on it: in one statement on a connection of their own. Those that
 * come while it is under way share the next, so that a crowd waits for two commits and not for as many as it has members.
 * Resolves once it is committed: true, or false for a redelivery (whose job finds no payload, and ends).
 */
export function inboxWriter(database: Database, { inserting }: StoreQueue, queue: InboxQueue): (entry: NewEntry) => Promise<boolean> {
  let waiting: { entry: NewEntry; done: (fresh: boolean) => void; failed: (error: unknown) => void }[] = [];
  let writing = false;

  async function write(entries: readonly NewEntry[]): Promise<Set<string>> {
    const jobs = await inserting(
      queue.name,
      entries.map(({ id }) => queue.job({ id })),
    );
    const first = jobs.values.length + 1;
    // Column by column, each payload a text of its own: as one JSON document, what one payload holds could make all of them fail.
    const text = `
      with job as (${jobs.text}), added as (
        insert into inbox (id, key, kind, payload, mac, received_at)
        select id, key, kind, payload::json, mac, ${NOW}
        from unnest($${first}::text[], $${first + 1}::text[], $${first + 2}::text[], $${first + 3}::text[], $${first + 4}::text[])
          as entry (id, key, kind, payload, mac)
        on conflict (key) do nothing returning id
      ) select id from added`;
    const texts = entries.map(({ payload }) => JSON.stringify(payload));
    const columns = [
      entries.map(({ id }) => id),
      entries.map(({ key }) => key),
      entries.map(({ kind }) => kind),
      texts,
      entries.map(({ id, key, kind }, i) => database.seal.mac('inbox', [id, key, kind, texts[i] ?? ''])),
    ];
    const rows = await repeated(
      () => database.intake(text, [...jobs.values, ...columns]),
      () => true,
    );
    database.bus.publish(jobs.topic);
    return new Set(rows.map(({ id }) => String(id)));
  }

  /** Writes them together; when the database refuses that, one by one, so that what it refuses takes no other with it. */
  async function settle(batch: typeof waiting): Promise<void> {
    try {
      const fresh = await write(batch.map(({ entry }) => entry));
      for (const { entry, done } of batch) done(fresh.has(entry.id));
    } catch (error) {
      const away = error instanceof TocsinError && ['database-unavailable', 'database-full'].includes(error.code);
      if (batch.length === 1 || away) for (const { failed } of batch) failed(error);
      else for (const one of batch) await settle([one]);
    }
  }

  async function writeWaiting(): Promise<void> {
    writing = true;
    try {
      while (waiting.length > 0) {
        // In one order whichever replica writes, or two that got the same redeliveries would wait for each other.
        const batch = waiting.toSorted((a, b) => (a.entry.key < b.entry.key ? -1 : 1));
        waiting = [];
        await settle(batch);
      }
    } finally {
      writing = false;
    }
  }

  return (entry) =>
    new Promise((done, failed) => {
      waiting.push({ entry, done, failed });
      if (!writing) inBackground(writeWaiting(), failed);
    });
}

/** Locks a payload that has no outcome yet; `null` when it has one. Throws TocsinError `database-altered`. */
export async function takeInbox(trx: Trx, seal: Seal, id: string): Promise<InboxEntry | null> {
  const row = await columns(trx).where('id', '=', id).where('outcome', 'is', null).forUpdate().executeTakeFirst();
  return row === undefined ? null : toEntry(seal, row);
}

export async function finishInbox(trx: Trx, id: string, outcome: Json): Promise<void> {
  await trx
    .updateTable('inbox')
    .set({ outcome: JSON.stringify(outcome) })
    .where('id', '=', id)
    .execute();
}

export async function readInbox(db: Sql, seal: Seal, id: string): Promise<InboxEntry | null> {
  const row = await columns(db).where('id', '=', id).executeTakeFirst();
  return row === undefined ? null : toEntry(seal, row);
}

/** The payload as text, over which its MAC is. */
function columns(db: Sql) {
  return db.selectFrom('inbox').select(['id', 'key', 'kind', 'received_at', 'outcome', 'mac', sql<string>`payload::text`.as('payload')]);
}

type Row = Omit<Selectable<Schema['inbox']>, 'payload'> & { readonly payload: string };

/** A payload says who did something: one that this bot did not take in is nobody's. */
function toEntry(seal: Seal, { id, key, kind, payload, mac, received_at, outcome }: Row): InboxEntry {
  if (outcome === null) seal.check('inbox', id, [id, key, kind, payload], mac);
  return { id, key, kind, payload: JSON.parse(payload) as Json, receivedAt: Number(received_at), outcome };
}
