import { type RawBuilder, sql } from 'kysely';
import { TocsinError } from '../domain/errors.ts';
import { LOG_STREAM, SYSTEM_STREAM } from '../domain/streams.ts';
import { FLOW } from '../ports/engine-queues.ts';
import type { Database } from './database.ts';
import { checkedRecord } from './streams.ts';
import { runTimers } from './timers.ts';
import { inTransaction, outsideTransaction, type Trx } from './transaction.ts';

/** Where a batch of incidents ended: the next one goes on behind it. */
export interface Place {
  readonly declaredAt: number;
  readonly id: string;
}

/** What an archived incident keeps of its messages: the card, which shows it as it stands and is edited when it is reopened. */
const KEPT_TEMPLATE = 'card';
/** Rows that one statement removes. */
const ROWS = 1_000;
/** Records of the log that are archived in one go. */
const OF_LOG = 2_000;

/** Incidents that are closed and not archived, declared before a moment (ms): the oldest first, those behind `after`. */
export async function incidentsToArchive(
  database: Database,
  { before, after, limit }: { readonly before: number; readonly after: Place | null; readonly limit: number },
): Promise<readonly Place[]> {
  const { rows } = await outsideTransaction(database, (db) =>
    sql<{ id: string; declared_at: string }>`
      select id, declared_at from incident
      where status = 'closed' and not archived and declared_at < ${before}
        and (declared_at, id) > (${after?.declaredAt ?? 0}, ${after?.id ?? ''})
      order by declared_at, id limit ${limit}`.execute(db),
  );
  return rows.map(({ id, declared_at }) => ({ id, declaredAt: Number(declared_at) }));
}

/** Streams behind `after`, in order, of which records were archived and whose state begins otherwise: another release stored it. */
export async function archivedStates(
  database: Database,
  { begins, after, limit }: { readonly begins: string; readonly after: string; readonly limit: number },
): Promise<readonly string[]> {
  const { rows } = await outsideTransaction(database, (db) =>
    // As text: a JSON function would refuse what holds U+0000.
    sql<{ name: string }>`
      select name from stream
      where archived > 0 and name > ${after} and name <> ${LOG_STREAM} and left(state::text, ${begins.length}) <> ${begins}
      order by name limit ${limit}`.execute(db),
  );
  return rows.map(({ name }) => name);
}

/**
 * A head that is to be archived as it was looked at, the keys of what its reverts needed, and runs that go with it though they have not ended, each with
 * those whose ids begin with its own and a colon.
 */
interface ToArchive {
  readonly stream: string;
  readonly seq: number;
  readonly hash: string;
  readonly snapshots: readonly string[];
  readonly resting?: readonly string[];
}

/**
 * Takes out of the database what an incident needed while it was worked on, in one transaction: its records but the last, checkpoints but the newest,
 * messages but the card, runs, signals and snapshots. False when something of it is not stored, not sealed, not sent or still under way, or when
 * it has grown since it was looked at: nothing is removed then. Whoever calls it has just read its records back from the evidence store.
 */
export async function archiveIncident(database: Database, toArchive: ToArchive): Promise<boolean> {
  const { stream, seq, snapshots } = toArchive;
  return inTransaction(database, async (trx) => {
    if (!(await isAtRest(trx, toArchive))) return false;
    await trx.deleteFrom('record').where('stream', '=', stream).where('seq', '<', String(seq)).execute();
    await trx.deleteFrom('checkpoint').where('stream', '=', stream).where('size', '<', String(seq)).execute();
    await trx.deleteFrom('artifact').where('stream', '=', stream).where('stored', '=', true).execute();
    await trx.deleteFrom('message').where('stream', '=', stream).where('template', '<>', KEPT_TEMPLATE).execute();
    const runs = await trx.deleteFrom('run').where('incident', '=', stream).returning('id').execute();
    const ids = runs.map(({ id }) => id);
    for (const table of ['step', 'signal'] as const) await sql`delete from ${sql.table(table)} where run = any(${ids}::text[])`.execute(trx);
    await sql`delete from timer where stream = any(${ids.map(runTimers)}::text[])`.execute(trx);
    await sql`delete from snapshot where key = any(${[...snapshots]}::text[])`.execute(trx);
    await trx
      .updateTable('stream')
      .set({ archived: seq - 1 })
      .where('name', '=', stream)
      .execute();
    await trx.updateTable('incident').set({ archived: true }).where('id', '=', stream).execute();
    return true;
  });
}

/** Locks the stream. What is under way would go on writing, so all of it is looked at behind the lock; a run that only waits has no job. */
async function isAtRest(trx: Trx, { stream, seq, hash, resting = [] }: ToArchive): Promise<boolean> {
  const { rows } = await sql<{ name: string }>`
    select name from stream where name = ${stream} and seq = ${seq} and hash = ${hash}
      and uploaded = seq and checkpointed = seq and fork is null for update`.execute(trx);
  if (rows.length === 0) return false;
  const { rows: found } = await sql<{ busy: boolean }>`
    select
      not exists (select from checkpoint where stream = ${stream} and size = ${seq} and stored)
      or exists (select from checkpoint where stream = ${stream} and not stored)
      or exists (select from timer where stream = ${stream} and not fired)
      or exists (select from run where incident = ${stream} and not ended and not ${isOneOf(sql.ref('run.id'), resting)})
      or exists (select from message where stream = ${stream} and state in ('waiting', 'sending')) as busy`.execute(trx);
  return found[0]?.busy === false && !(await areAtWork(trx, resting));
}

/** Whether an id is that of one of these runs, or begins with it and a colon. */
function isOneOf(id: RawBuilder<unknown>, runs: readonly string[]): RawBuilder<boolean> {
  return sql<boolean>`exists (select from unnest(${[...runs]}::text[]) as one (id) where one.id = ${id} or starts_with(${id}, one.id || ':'))`;
}

/** Whether somebody is at work on one of these runs, or about to be. */
async function areAtWork(trx: Trx, runs: readonly string[]): Promise<boolean> {
  if (runs.length === 0) return false;
  const { rows } = await sql<{ busy: boolean }>`
    select exists (
      select from pgboss.job where name = ${FLOW.name} and ${isOneOf(sql.ref('singleton_key'), runs)} and state <= 'active'
    ) as busy`.execute(trx);
  return rows[0]?.busy !== false;
}

/** Up to where the log may be archived: records of before a moment that are stored and covered. `null` when there are none. */
interface LogToArchive {
  /** The first record that is kept. */
  readonly kept: number;
  /** The hash of the record before it. */
  readonly head: string;
  /** The first record that goes. */
  readonly from: number;
}

/** Finds them. `before`: a time as records have it. Throws TocsinError `database-altered`. */
export async function logToArchive(database: Database, before: string): Promise<LogToArchive | null> {
  return outsideTransaction(database, async (db) => {
    const head = await db
      .selectFrom('stream')
      .select(['archived', 'uploaded', 'checkpointed', 'fork'])
      .where('name', '=', LOG_STREAM)
      .executeTakeFirst();
    if (head === undefined || head.fork !== null) return null;
    const from = Number(head.archived) + 1;
    // The last record that is covered stays: what comes next is checked from there.
    const last = Math.min(Number(head.uploaded), Number(head.checkpointed), from + OF_LOG);
    const rows = await db
      .selectFrom('record')
      .select(['seq', 'bytes', 'mac'])
      .where('stream', '=', LOG_STREAM)
      .where('seq', '>=', String(from))
      .where('seq', '<=', String(last))
      .where('time', '<', before)
      .orderBy('seq', 'desc')
      .limit(1)
      .execute();
    const [row] = rows;
    if (row === undefined || Number(row.seq) <= from) return null;
    const kept = Number(row.seq);
    return { kept, head: checkedRecord(database.seal, LOG_STREAM, { ...row, seq: kept }).prev, from };
  });
}

/** Takes records of the log out of the database, and the checkpoints that cover no others. Whoever calls it has just read them back. */
export async function archiveLog(database: Database, { kept, from }: LogToArchive): Promise<void> {
  await inTransaction(database, async (trx) => {
    const { rows } = await sql<{ name: string }>`
      select name from stream where name = ${LOG_STREAM} and archived = ${from - 1} and uploaded >= ${kept} and checkpointed >= ${kept}
        and fork is null for update`.execute(trx);
    if (rows.length === 0) throw new TocsinError('append-not-next', `${LOG_STREAM} has changed while it was archived.`);
    await trx.deleteFrom('record').where('stream', '=', LOG_STREAM).where('seq', '<', String(kept)).execute();
    await sql`delete from checkpoint where stream = ${LOG_STREAM} and stored and size < ${kept}
      and size < (select max(size) from checkpoint where stream = ${LOG_STREAM} and stored)`.execute(trx);
    await trx
      .updateTable('stream')
      .set({ archived: kept - 1 })
      .where('name', '=', LOG_STREAM)
      .execute();
  });
}

/** Removes runs that belong to no incident and ended before a moment (ms of the one clock); how many, at most ROWS. */
export async function pruneRuns(database: Database, before: number): Promise<number> {
  const { rows } = await outsideTransaction(database, (db) =>
    sql`with over as (
        delete from run where id in (
          select id from run where incident is null and ended and ended_at < ${before} order by ended_at limit ${ROWS}
        ) returning id
      ), signals as (delete from signal using over where signal.run = over.id)
      select id from over`.execute(db),
  );
  return rows.length;
}

/** Removes messages that belong to no incident and no alert and were added before a moment (ms of the one clock); how many, at most ROWS. */
export async function pruneMessages(database: Database, before: number, cards: readonly string[]): Promise<number> {
  const { rows } = await outsideTransaction(database, (db) =>
    sql`delete from message where key in (
        select key from message
        where stream = ${SYSTEM_STREAM} and added_at < ${before} and state in ('sent', 'failed') and key <> all(${[...cards]}::text[])
        order by added_at limit ${ROWS}
      ) returning key`.execute(db),
  );
  return rows.length;
}
