import { type Selectable, sql } from 'kysely';
import { TocsinError } from '../domain/errors.ts';
import type { Json, StoredRecord } from '../domain/record.ts';
import type { ChainedRecord, StreamHead } from '../engine/ports.ts';
import { oneClock, realNow } from './clock.ts';
import type { Schema } from './schema.ts';
import type { Sql, Trx } from './transaction.ts';

/** `prev` of a stream's first record (DESIGN, Evidence). */
export const FIRST_HASH = '0'.repeat(64);

/** A locked head, and the one clock (ms) as it was read behind the lock: so a stream's times never go backwards. */
export interface LockedHead {
  readonly head: StreamHead;
  readonly now: number;
}

/** Locks a stream's head until the end of the transaction, creating the stream at seq 0. */
export async function lockStream(trx: Trx, stream: string): Promise<StreamHead> {
  return (await lockStreamAt(trx, stream)).head;
}

/** The same, with the time at which it was locked. */
export async function lockStreamAt(trx: Trx, stream: string): Promise<LockedHead> {
  const locked = await selectForUpdate(trx, stream);
  if (locked !== null) return locked;
  await trx
    .insertInto('stream')
    .values({ name: stream, hash: FIRST_HASH })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const created = await selectForUpdate(trx, stream);
  if (created === null) throw new TocsinError('stream-missing', `The stream ${stream} vanished while it was locked.`);
  return created;
}

async function selectForUpdate(trx: Trx, stream: string): Promise<LockedHead | null> {
  // Materialized, so that the clock is read after the lock was got and not while it was waited for.
  const { rows } = await sql<Selectable<Pick<Schema['stream'], 'seq' | 'hash' | 'state'>> & { now: string }>`
    with head as materialized (select seq, hash, state from stream where name = ${stream} for update)
    select seq, hash, state, ${oneClock} as now from head`.execute(trx);
  const row = rows[0];
  return row === undefined ? null : { head: { stream, seq: Number(row.seq), hash: row.hash, state: row.state }, now: Number(row.now) };
}

/** A stream's head as it is, or `null`. */
export async function readHead(db: Sql, stream: string): Promise<StreamHead | null> {
  const row = await db.selectFrom('stream').select(['seq', 'hash', 'state']).where('name', '=', stream).executeTakeFirst();
  return row === undefined ? null : { stream, seq: Number(row.seq), hash: row.hash, state: row.state };
}

/** Stores records behind a locked head, and the state. Throws TocsinError `append-not-next` when they do not follow it. */
export async function append(trx: Trx, head: StreamHead, records: readonly ChainedRecord[], state: Json | null): Promise<void> {
  assertFollows(head, records);
  const last = records.at(-1);
  const { numUpdatedRows } = await trx
    .updateTable('stream')
    .set({ seq: last?.record.seq ?? head.seq, hash: last?.hash ?? head.hash, state: state === null ? null : JSON.stringify(state) })
    .where('name', '=', head.stream)
    .where('seq', '=', String(head.seq))
    .executeTakeFirst();
  if (numUpdatedRows !== 1n) throw new TocsinError('append-not-next', `${head.stream} is no longer at record ${head.seq}. Lock the stream first.`);
  if (last === undefined) return;
  await trx
    .insertInto('record')
    .values(
      records.map(({ record, bytes }) => ({
        stream: head.stream,
        seq: record.seq,
        type: record.type,
        time: record.time,
        event_id: record.event_id,
        bytes,
        appended_at: sql<number>`${realNow}`,
      })),
    )
    .execute();
}

function assertFollows(head: StreamHead, records: readonly ChainedRecord[]): void {
  let { seq, hash } = head;
  for (const { record, hash: own } of records) {
    if (record.incident_id !== head.stream || record.seq !== seq + 1 || record.prev !== hash) {
      throw new TocsinError('append-not-next', `Record ${record.seq} of ${record.incident_id} does not follow record ${seq} of ${head.stream}.`);
    }
    seq = record.seq;
    hash = own;
  }
}

/** Records of a stream in order, `from` and `to` inclusive, read from their exact bytes. */
export async function readRecords(db: Sql, stream: string, range: { from?: number; to?: number } = {}): Promise<StoredRecord[]> {
  let query = db.selectFrom('record').select('bytes').where('stream', '=', stream).orderBy('seq');
  if (range.from !== undefined) query = query.where('seq', '>=', String(range.from));
  if (range.to !== undefined) query = query.where('seq', '<=', String(range.to));
  const rows = await query.execute();
  return rows.map(({ bytes }) => JSON.parse(Buffer.from(bytes).toString('utf8')) as StoredRecord);
}
