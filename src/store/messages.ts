import { type Selectable, sql } from 'kysely';
import type { MessageChange, MessageFilter, OutgoingMessage, SentMessage } from '../ports/store.ts';
import { oneClock } from './clock.ts';
import type { Schema } from './schema.ts';
import type { Sql, Trx } from './transaction.ts';

/** Stores a message to send; a key that is there already changes nothing. */
export async function addMessage(trx: Trx, message: OutgoingMessage): Promise<void> {
  const { key, stream, seq, lane, template, to, data } = message;
  await trx
    .insertInto('message')
    .values({ key, stream, seq, lane, template, to: JSON.stringify(to), data: JSON.stringify(data), added_at: sql<number>`${oneClock}` })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .execute();
}

export async function updateMessage(db: Sql, key: string, { shownSeq, shownDigest, data, ...change }: MessageChange): Promise<void> {
  const set = {
    ...change,
    ...(shownSeq !== undefined && { shown_seq: shownSeq }),
    ...(shownDigest !== undefined && { shown_digest: shownDigest }),
    ...(data !== undefined && { data: JSON.stringify(data) }),
  };
  if (Object.keys(set).length === 0) return;
  await db.updateTable('message').set(set).where('key', '=', key).execute();
}

export async function readMessage(db: Sql, key: string): Promise<SentMessage | null> {
  const row = await db.selectFrom('message').selectAll().where('key', '=', key).executeTakeFirst();
  return row === undefined ? null : toMessage(row);
}

/** The stream of the message that stands at a place; `null` for one that is not Tocsin’s. */
export async function readStreamAt(db: Sql, channel: string, ts: string): Promise<string | null> {
  const row = await db.selectFrom('message').select('stream').where('channel', '=', channel).where('ts', '=', ts).executeTakeFirst();
  return row?.stream ?? null;
}

/** Messages in the order in which they were stored. */
export async function readMessages(db: Sql, { stream, templates, state, without }: MessageFilter): Promise<SentMessage[]> {
  let query = db.selectFrom('message').selectAll().orderBy('ordinal');
  if (stream !== undefined) query = query.where('stream', '=', stream);
  if (templates !== undefined) query = query.where('template', 'in', templates);
  if (state !== undefined) query = query.where('state', '=', state);
  if (without !== undefined) query = query.where('shown_seq', '<', String(without));
  return (await query.execute()).map(toMessage);
}

function toMessage(row: Selectable<Schema['message']>): SentMessage {
  const { key, stream, lane, template, to, data, channel, ts, state } = row;
  const shown = { shownSeq: Number(row.shown_seq), shownDigest: row.shown_digest };
  return { key, stream, seq: Number(row.seq), lane, template, to, data, channel, ts, ...shown, state };
}
