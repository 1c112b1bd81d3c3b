import { hash } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
import { TocsinError } from '../domain/errors.ts';
import type { Json, StoredRecord } from '../domain/record.ts';
import type { ChainedRecord } from '../ports/evidence.ts';
import type { StreamHead } from '../ports/store.ts';
import { oneClock, realNow } from './clock.ts';
import type { Database } from './database.ts';
import { headParts, recordParts, type Seal } from './seal.ts';
import type { Sql, Trx } from './transaction.ts';

/** `prev` of a stream's first record (ADR 3). */
export const FIRST_HASH = '0'.repeat(64);
/** The highest number of a record (evidence/layout.ts). */
const MAX_SEQ = 99_999_999;

/** A locked head, and the one clock (ms) as it was read behind the lock: so a stream's times never go backwards. */
export interface LockedHead {
  readonly head: StreamHead;
  readonly now: number;
}

/** Locks a stream's head until the end of the transaction, creating the stream at seq 0. Throws TocsinError `database-altered`. */
export async function lockStream(trx: Trx, seal: Seal, stream: string): Promise<StreamHead> {
  return (await lockStreamAt(trx, seal, stream)).head;
}

/** The same, with the time at which it was locked. */
export async function lockStreamAt(trx: Trx, seal: Seal, stream: string): Promise<LockedHead> {
  const locked = await selectForUpdate(trx, seal, stream);
  if (locked !== null) return locked;
  await trx
    .insertInto('stream')
    .values({ name: stream, hash: FIRST_HASH, mac: seal.mac('head', headParts(stream, 0, FIRST_HASH, null)) })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const created = await selectForUpdate(trx, seal, stream);
  if (created === null) throw new TocsinError('stream-missing', `The stream ${stream} vanished while it was locked.`);
  return created;
}

/** How many streams one pass uploads or covers; the next one finds the others. With a limit the index is always the cheaper way. */
export const STREAMS_AT_ONCE = 1_000;

/** A head as it is stored: the state as text, over which its MAC is. */
interface HeadRow {
  readonly seq: string;
  readonly hash: string;
  readonly state: string | null;
  readonly mac: string | null;
}

async function selectForUpdate(trx: Trx, seal: Seal, stream: string): Promise<LockedHead | null> {
  // Materialized, so that the clock is read after the lock was got and not while it was waited for.
  const { rows } = await sql<HeadRow & { now: string }>`
    with head as materialized (select seq, hash, state, mac from stream where name = ${stream} for update)
    select seq, hash, state::text as state, mac, ${oneClock} as now from head`.execute(trx);
  const row = rows[0];
  return row === undefined ? null : { head: checkedHead(seal, stream, row), now: Number(row.now) };
}

/** A stream's head as it is, or `null`. Throws TocsinError `database-altered`. */
export async function readHead(db: Sql, seal: Seal, stream: string): Promise<StreamHead | null> {
  const { rows } = await sql<HeadRow>`select seq, hash, state::text as state, mac from stream where name = ${stream}`.execute(db);
  return rows[0] === undefined ? null : checkedHead(seal, stream, rows[0]);
}

/** The heads of many streams by one statement, in no order. Throws TocsinError `database-altered`. */
export async function readHeads(db: Sql, seal: Seal, streams: readonly string[]): Promise<StreamHead[]> {
  const { rows } = await sql<HeadRow & { name: string }>`
    select name, seq, hash, state::text as state, mac from stream where name = any(${[...streams]}::text[])`.execute(db);
  return rows.map((row) => checkedHead(seal, row.name, row));
}

/** A record is appended only to a head that fits, so that a record that fits vouches for all before it. */
function checkedHead(seal: Seal, stream: string, { seq, hash, state, mac }: HeadRow): StreamHead {
  seal.check('head', stream, headParts(stream, Number(seq), hash, state), mac);
  return { stream, seq: Number(seq), hash, state: state === null ? null : (JSON.parse(state) as Json) };
}

/** Stores records behind a locked head, and the state; the head that is there now. Throws TocsinError `append-not-next` when they do not follow it. */
export async function append(trx: Trx, seal: Seal, head: StreamHead, records: readonly ChainedRecord[], state: Json | null): Promise<StreamHead> {
  assertFollows(head, records);
  const { stream } = head;
  const last = records.at(-1);
  const next = { seq: last?.record.seq ?? head.seq, hash: last?.hash ?? head.hash, state: state === null ? null : JSON.stringify(state) };
  const moved = sql`update stream
    set seq = ${next.seq}, hash = ${next.hash}, state = ${next.state}, mac = ${seal.mac('head', headParts(stream, next.seq, next.hash, next.state))}
    where name = ${stream} and seq = ${head.seq} returning name`;
  // The head moves and its records come in one statement: a round trip costs more than the work.
  const { rows } = await (last === undefined ? moved : inserting(moved, seal, stream, records)).execute(trx);
  if (rows.length !== Math.max(1, records.length))
    throw new TocsinError('append-not-next', `${stream} is no longer at record ${head.seq}. Lock the stream first.`);
  return { stream, seq: next.seq, hash: next.hash, state };
}

function inserting(moved: RawBuilder<unknown>, seal: Seal, stream: string, records: readonly ChainedRecord[]): RawBuilder<unknown> {
  const values = records.map(({ record: { seq, type, time, event_id: event }, bytes, hash: own }) => {
    const mac = seal.mac('record', recordParts(stream, seq, own));
    return sql`(${seq}::bigint, ${type}, ${time}, ${event}, ${bytes}::bytea, ${mac})`;
  });
  return sql`with moved as (${moved})
    insert into record (stream, seq, type, time, event_id, bytes, appended_at, mac)
    select moved.name, made.seq, made.type, made.time, made.event_id, made.bytes, ${realNow}, made.mac
    from moved, (values ${sql.join(values)}) as made (seq, type, time, event_id, bytes, mac) returning seq`;
}

/** Stores records with their MACs, of whichever streams. */
export async function insertRecords(trx: Trx, seal: Seal, records: readonly ChainedRecord[]): Promise<void> {
  await trx
    .insertInto('record')
    .values(
      records.map(({ record, bytes, hash }) => ({
        stream: record.incident_id,
        seq: record.seq,
        type: record.type,
        time: record.time,
        event_id: record.event_id,
        bytes,
        appended_at: sql<number>`${realNow}`,
        mac: seal.mac('record', recordParts(record.incident_id, record.seq, hash)),
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

/** What vouches for records: the seal of those in the database, and the evidence store, which has the others. */
export type Sources = Pick<Database, 'seal' | 'archive'>;

/**
 * Records of a stream in order, `from` and `to` inclusive, read from their exact bytes; those that were archived from the evidence store. Throws
 * TocsinError `database-altered` when one is not as it was appended, or is not there, and what the archive throws.
 */
export async function readRecords(db: Sql, sources: Sources, stream: string, range: { from?: number; to?: number } = {}): Promise<StoredRecord[]> {
  return (await readRecordsAt(db, sources, stream, range)).records;
}

/** The same, with the time (ms of the one clock) at which they were read; `null` for a stream that does not exist. */
export async function readRecordsAt(
  db: Sql,
  sources: Sources,
  stream: string,
  range: { from?: number; to?: number } = {},
): Promise<{ readonly records: StoredRecord[]; readonly now: number | null }> {
  const { seal } = sources;
  const from = Math.max(1, range.from ?? 1);
  const to = range.to ?? MAX_SEQ;
  const { rows } = await sql<{ head: string; archived: string; now: string; seq: string | null; bytes: Uint8Array | null; mac: string | null }>`
    select s.seq as head, s.archived, ${oneClock} as now, r.seq, r.bytes, r.mac from stream s
    left join record r on r.stream = s.name and r.seq between ${from} and ${to}
    where s.name = ${stream} order by r.seq`.execute(db);
  const archived = Number(rows[0]?.archived ?? 0);
  const records = from > archived ? [] : (await readArchived(db, sources, stream, archived, from)).filter(({ seq }) => seq <= to);
  let next = from + records.length;
  for (const { seq, bytes, mac } of rows) {
    if (seq === null || bytes === null) continue;
    if (Number(seq) !== next) throw seal.wrong(stream, `The content in place of record ${next} of ${stream}`);
    records.push(checkedRecord(seal, stream, { seq: next, bytes, mac }));
    next += 1;
  }
  const last = Math.min(to, Number(rows[0]?.head ?? 0));
  if (next <= last) throw seal.wrong(stream, `The content in place of record ${next} of ${stream}`);
  return { records, now: rows[0] === undefined ? null : Number(rows[0].now) };
}

/** The first record that was kept names the last that was not by its hash, so nothing else is taken for it. */
async function readArchived(db: Sql, { seal, archive }: Sources, stream: string, archived: number, from: number): Promise<StoredRecord[]> {
  const row = await db
    .selectFrom('record')
    .select(['seq', 'bytes', 'mac'])
    .where('stream', '=', stream)
    .where('seq', '=', String(archived + 1))
    .executeTakeFirst();
  if (row === undefined) throw seal.wrong(stream, `The content in place of record ${archived + 1} of ${stream}`);
  const kept = checkedRecord(seal, stream, { ...row, seq: archived + 1 });
  return (await archive(stream, { size: archived, head: kept.prev }, from)).map(({ record }) => record);
}

/** A record from its exact bytes, if they fit its MAC. Throws TocsinError `database-altered`. */
export function checkedRecord(
  seal: Seal,
  stream: string,
  { seq, bytes, mac }: { readonly seq: number; readonly bytes: Uint8Array; readonly mac: string | null },
): StoredRecord {
  seal.check('record', stream, recordParts(stream, seq, hash('sha256', bytes, 'hex')), mac);
  return JSON.parse(Buffer.from(bytes).toString('utf8')) as StoredRecord;
}

/** Records that are checked at a time: a stream may be long. */
const FOLLOWED = 500;

/**
 * Checks that the records behind `from` up to `to` are what was appended, one after the other, and that the last one has `hash`.
 * Throws TocsinError `database-altered`.
 */
export async function followRecords(
  db: Sql,
  seal: Seal,
  stream: string,
  { from, to, hash: last }: { readonly from: number; readonly to: number; readonly hash: string },
): Promise<void> {
  let prev: string | null = from === 0 ? FIRST_HASH : null;
  for (let seq = Math.max(1, from); seq <= to; seq += FOLLOWED) {
    const { rows } = await sql<{ seq: string; bytes: Uint8Array; mac: string | null }>`
      select seq, bytes, mac from record where stream = ${stream} and seq between ${seq} and ${Math.min(to, seq + FOLLOWED - 1)} order by seq`.execute(
      db,
    );
    if (rows.length !== Math.min(to, seq + FOLLOWED - 1) - seq + 1) throw seal.wrong(stream, `The content in place of record ${seq} of ${stream}`);
    for (const row of rows) {
      const record = checkedRecord(seal, stream, { ...row, seq: Number(row.seq) });
      if (prev !== null && record.prev !== prev) throw seal.wrong(stream, `Record ${row.seq} of ${stream}`);
      prev = hash('sha256', row.bytes, 'hex');
    }
  }
  if (prev !== last) throw seal.wrong(stream, `The head of ${stream}`);
}
