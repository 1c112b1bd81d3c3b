import { hash } from 'node:crypto';
import { sql } from 'kysely';
import { TocsinError } from '../domain/errors.ts';
import type { Json, StoredRecord } from '../domain/record.ts';
import { LOG_STREAM, SYSTEM_STREAM } from '../domain/streams.ts';
import { TYPED } from '../lib/typed.ts';
import type { Database } from './database.ts';
import { forgetRotaLists } from './rota-lists.ts';
import { headParts, recordParts, type Seal } from './seal.ts';
import { FIRST_HASH } from './streams.ts';
import { inTransaction, outsideTransaction, type Trx } from './transaction.ts';

/** The record in `system` from which on everything in the database carries a MAC by the key that it names. */
const SEALED = 'database.sealed';

/** What adopting needs to know of evidence. */
export interface AdoptPorts {
  /** Reads a checkpoint and checks that a key of the evidence store signed it. Throws when it is not good. */
  readonly decodeCheckpoint: (bytes: Uint8Array, signature: Uint8Array) => Promise<{ readonly size: number; readonly head: string }>;
  /** The state after a record; `null` for streams that keep none. */
  readonly evolve: (stream: string, state: Json | null, record: StoredRecord) => Json | null;
}

const ROWS = 500;

/** Whether a record says, under this seal, that everything is sealed with the key. */
export async function isSealed(database: Database, keyId: string): Promise<boolean> {
  const rows = await outsideTransaction(database, (db) =>
    db.selectFrom('record').select(['seq', 'bytes', 'mac']).where('stream', '=', SYSTEM_STREAM).where('type', '=', SEALED).execute(),
  );
  return rows.some(({ seq, bytes, mac }) => {
    if (!database.seal.fits('record', recordParts(SYSTEM_STREAM, Number(seq), hash('sha256', bytes, 'hex')), mac)) return false;
    const { data } = JSON.parse(Buffer.from(bytes).toString('utf8')) as { data?: { key_id?: string } };
    return data?.key_id === keyId;
  });
}

/**
 * Gives what the database holds its MACs by this key: once after the upgrade to a release that has them, and after each change of the signing key.
 * A record counts when a signed checkpoint covers it or when it has its MAC already; states are made anew from the records. What runs have
 * behind them is taken as it is, so nothing should be under way. Each stream, and each part of the rest, is a transaction of its own: after a crash all of it
 * is done again, to the same end. Throws TocsinError `records-unsealed` or `database-altered`.
 */
export async function adoptDatabase(database: Database, ports: AdoptPorts): Promise<void> {
  const streams = await outsideTransaction(database, (db) => db.selectFrom('stream').select('name').orderBy('name').execute());
  for (const { name } of streams) {
    // The evidence store may take its time: no transaction is open meanwhile.
    const before = await adoptArchived(database, ports, name);
    await inTransaction(database, (trx) => adoptStream(trx, database, ports, { stream: name, before }));
  }
  await adoptWork(database);
}

/** What was archived of a stream: how many records, and what they come to. */
interface Archived {
  readonly archived: number;
  readonly state: Json | null;
  readonly prev: string;
}

async function adoptStream(
  trx: Trx,
  database: Database,
  ports: AdoptPorts,
  { stream, before }: { readonly stream: string; readonly before: Archived },
): Promise<void> {
  const { seal } = database;
  const head = await trx.selectFrom('stream').select(['seq', 'hash', 'archived']).where('name', '=', stream).forUpdate().executeTakeFirstOrThrow();
  const size = Number(head.seq);
  const covered = await newestCheckpoint(trx, seal, ports, stream);
  const { archived } = before;
  if (Number(head.archived) !== archived) throw seal.wrong(stream, `What is archived of ${stream}`);
  let { state, prev } = before;
  for (let from = archived + 1; from <= size; from += ROWS) {
    const to = Math.min(size, from + ROWS - 1);
    const rows = await trx
      .selectFrom('record')
      .select(['seq', 'bytes', 'mac'])
      .where('stream', '=', stream)
      .where('seq', '>=', String(from))
      .where('seq', '<=', String(to))
      .orderBy('seq')
      .execute();
    if (rows.length !== to - from + 1) throw seal.wrong(stream, `The content in place of record ${from} of ${stream}`);
    const macs: string[] = [];
    for (const { seq, bytes, mac } of rows) {
      const record = JSON.parse(Buffer.from(bytes).toString('utf8')) as StoredRecord;
      const own = hash('sha256', bytes, 'hex');
      const parts = recordParts(stream, Number(seq), own);
      if (record.prev !== prev || record.seq !== Number(seq) || record.incident_id !== stream) throw seal.wrong(stream, `Record ${seq} of ${stream}`);
      if (record.seq > covered.size && !seal.fits('record', parts, mac)) throw unsealed(stream, record.seq, size);
      if (record.seq === covered.size && covered.head !== own) throw seal.wrong(stream, `Record ${seq} of ${stream}`);
      macs.push(seal.mac('record', parts));
      state = ports.evolve(stream, state, record);
      prev = own;
    }
    const seqs = rows.map(({ seq }) => Number(seq));
    await sql`update record set mac = new.mac from unnest(${seqs}::bigint[], ${macs}::text[]) as new (seq, mac)
      where record.stream = ${stream} and record.seq = new.seq`.execute(trx);
  }
  if (prev !== head.hash || covered.size > size) throw seal.wrong(stream, `The head of ${stream}`);
  const text = state === null ? null : JSON.stringify(state);
  const mac = seal.mac('head', headParts(stream, size, head.hash, text));
  await trx.updateTable('stream').set({ state: text, mac }).where('name', '=', stream).execute();
}

/** What was archived, by the record behind it, which is checked after this as any other. Nobody looks at the log's: it keeps no state. */
async function adoptArchived({ db, seal, archive }: Database, { evolve }: AdoptPorts, stream: string): Promise<Archived> {
  const head = await db.selectFrom('stream').select('archived').where('name', '=', stream).executeTakeFirstOrThrow();
  const archived = Number(head.archived);
  if (archived === 0) return { archived, state: null, prev: FIRST_HASH };
  const kept = await db
    .selectFrom('record')
    .select('bytes')
    .where('stream', '=', stream)
    .where('seq', '=', String(archived + 1))
    .executeTakeFirst();
  if (kept === undefined) throw seal.wrong(stream, `The content in place of record ${archived + 1} of ${stream}`);
  const { prev } = JSON.parse(Buffer.from(kept.bytes).toString('utf8')) as StoredRecord;
  if (stream === LOG_STREAM) return { archived, state: null, prev };
  const records = await archive(stream, { size: archived, head: prev }, 1);
  return { archived, state: records.reduce((state: Json | null, { record }) => evolve(stream, state, record), null), prev };
}

async function newestCheckpoint(trx: Trx, seal: Seal, ports: AdoptPorts, stream: string): Promise<{ readonly size: number; readonly head: string }> {
  const row = await trx
    .selectFrom('checkpoint')
    .select(['size', 'bytes', 'signature'])
    .where('stream', '=', stream)
    .orderBy('size', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (row === undefined) return { size: 0, head: FIRST_HASH };
  const checkpoint = await ports.decodeCheckpoint(row.bytes, row.signature);
  if (checkpoint.size !== Number(row.size)) throw seal.wrong(stream, `Checkpoint ${row.size} of ${stream}`);
  return checkpoint;
}

/** A table of what is under way: what finds a row, in the order in which rows are read, what else its MAC is over, and which rows count. */
const WORK = [
  { table: 'run', keys: ['id'], more: ['kind', 'input'], only: sql`not ended` },
  { table: 'step', keys: ['run', 'name'], more: ['output'], only: sql`true` },
  { table: 'signal', keys: ['run', 'name'], more: ['payload'], only: sql`true` },
  { table: 'inbox', keys: ['id'], more: ['key', 'kind', 'payload'], only: sql`outcome is null` },
] as const;

/** What no signature speaks for: it is taken as it is, this once. A part of it that was done before a crash is done again, to the same end. */
async function adoptWork(database: Database): Promise<void> {
  for (const work of WORK) {
    let after: readonly string[] | null = work.keys.map(() => '');
    while (after !== null) {
      const from: readonly string[] = after;
      after = await inTransaction(database, (trx) => adoptRows(trx, database.seal, work, from));
    }
  }
  await inTransaction(database, async (trx) => {
    await forgetTold(trx);
    await forgetRotaLists(trx);
  });
}

/** Gives the next rows behind `after` their MACs; the keys of the last one, `null` where there are no more. */
async function adoptRows(
  trx: Trx,
  seal: Seal,
  { table, keys, more, only }: (typeof WORK)[number],
  after: readonly string[],
): Promise<readonly string[] | null> {
  const columns = sql.join(keys.map((key) => sql.ref(key)));
  const { rows } = await sql<{ parts: string[] }>`
    select array[${sql.join([...keys, ...more].map((column) => sql`${sql.ref(column)}::text`))}] as parts from ${sql.table(table)}
    where ${only} and (${columns}) > (${sql.join(after.map((key) => sql`${key}`))}) order by ${columns} limit ${ROWS}`.execute(trx);
  if (rows.length === 0) return null;
  const macs = rows.map(({ parts }) => seal.mac(table, parts));
  const given = sql.join([...keys.map((_, i) => sql`${rows.map(({ parts }) => parts[i] ?? '')}::text[]`), sql`${macs}::text[]`]);
  const same = sql.join(
    keys.map((key) => sql`${sql.ref(`${table}.${key}`)} = ${sql.ref(`new.${key}`)}`),
    sql` and `,
  );
  await sql`update ${sql.table(table)} set mac = new.mac
    from unnest(${given}) as new (${sql.join([...keys, 'mac'].map((name) => sql.ref(name)))}) where ${same}`.execute(trx);
  return rows.at(-1)?.parts.slice(0, keys.length) ?? null;
}

/** What is remembered of alerts' times is for an hour only: without it, what comes last counts. */
async function forgetTold(trx: Trx): Promise<void> {
  await trx.deleteFrom('told').execute();
}

function unsealed(stream: string, seq: number, size: number): TocsinError {
  const which = seq === size ? `Record ${seq}` : `Records ${seq} to ${size}`;
  return new TocsinError(
    'records-unsealed',
    `${which} of ${stream} in the database are covered by no signed checkpoint, so nothing vouches for them with this signing key. Start once with the release and the key that ran last and stop it in order (it signs what is left), or empty the database and run ${TYPED} restore: docs/how-to/rotate-the-signing-key.md`,
  );
}
