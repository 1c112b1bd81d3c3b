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
 * behind them is taken as it is, so nothing should be under way. Throws TocsinError `records-unsealed` or `database-altered`.
 */
export async function adoptDatabase(database: Database, ports: AdoptPorts): Promise<void> {
  const streams = await outsideTransaction(database, (db) => db.selectFrom('stream').select('name').orderBy('name').execute());
  for (const { name } of streams) await inTransaction(database, (trx) => adoptStream(trx, database, ports, name));
  await inTransaction(database, (trx) => adoptWork(trx, database.seal));
}

async function adoptStream(trx: Trx, database: Database, ports: AdoptPorts, stream: string): Promise<void> {
  const { seal } = database;
  const head = await trx.selectFrom('stream').select(['seq', 'hash', 'archived']).where('name', '=', stream).forUpdate().executeTakeFirstOrThrow();
  const size = Number(head.seq);
  const covered = await newestCheckpoint(trx, seal, ports, stream);
  const archived = Number(head.archived);
  let { state, prev } = await adoptArchived(trx, database, ports, { stream, archived });
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

/**
 * What was archived, by the record behind it, which is checked after this as any other. Nobody looks at the log's: it keeps no state.
 */
async function adoptArchived(
  trx: Trx,
  { seal, archive }: Database,
  { evolve }: AdoptPorts,
  { stream, archived }: { readonly stream: string; readonly archived: number },
): Promise<{ state: Json | null; prev: string }> {
  if (archived === 0) return { state: null, prev: FIRST_HASH };
  const kept = await trx
    .selectFrom('record')
    .select('bytes')
    .where('stream', '=', stream)
    .where('seq', '=', String(archived + 1))
    .executeTakeFirst();
  if (kept === undefined) throw seal.wrong(stream, `The content in place of record ${archived + 1} of ${stream}`);
  const { prev } = JSON.parse(Buffer.from(kept.bytes).toString('utf8')) as StoredRecord;
  if (stream === LOG_STREAM) return { state: null, prev };
  const records = await archive(stream, { size: archived, head: prev }, 1);
  return { state: records.reduce((state: Json | null, { record }) => evolve(stream, state, record), null), prev };
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

/** What no signature speaks for: it is taken as it is, this once. */
async function adoptWork(trx: Trx, seal: Seal): Promise<void> {
  const runs = await trx
    .selectFrom('run')
    .select(['id', 'kind', sql<string>`input::text`.as('input')])
    .where('ended', '=', false)
    .execute();
  for (const { id, kind, input } of runs)
    await trx
      .updateTable('run')
      .set({ mac: seal.mac('run', [id, kind, input]) })
      .where('id', '=', id)
      .execute();
  const steps = await trx
    .selectFrom('step')
    .select(['run', 'name', sql<string>`output::text`.as('output')])
    .execute();
  for (const { run, name, output } of steps)
    await trx
      .updateTable('step')
      .set({ mac: seal.mac('step', [run, name, output]) })
      .where('run', '=', run)
      .where('name', '=', name)
      .execute();
  const signals = await trx
    .selectFrom('signal')
    .select(['run', 'name', sql<string>`payload::text`.as('payload')])
    .execute();
  for (const { run, name, payload } of signals)
    await trx
      .updateTable('signal')
      .set({ mac: seal.mac('signal', [run, name, payload]) })
      .where('run', '=', run)
      .where('name', '=', name)
      .execute();
  await forgetTold(trx);
  await forgetRotaLists(trx);
  const entries = await trx
    .selectFrom('inbox')
    .select(['id', 'key', 'kind', sql<string>`payload::text`.as('payload')])
    .where('outcome', 'is', null)
    .execute();
  for (const { id, key, kind, payload } of entries)
    await trx
      .updateTable('inbox')
      .set({ mac: seal.mac('inbox', [id, key, kind, payload]) })
      .where('id', '=', id)
      .execute();
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
