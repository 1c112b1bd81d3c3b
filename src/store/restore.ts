import { sql } from 'kysely';
import { TocsinError } from '../domain/errors.ts';
import type { Json, StoredRecord } from '../domain/record.ts';
import {
  type ChainedRecord,
  type CheckpointRow,
  type EvidenceKeys,
  type EvidenceStore,
  type IncidentIndex,
  type Timer,
  TOPIC,
} from '../engine/ports.ts';
import { realNow } from './clock.ts';
import type { Database } from './database.ts';
import { saveIncidentIndex } from './incidents.ts';
import { FIRST_HASH } from './streams.ts';
import { upsertTimers } from './timers.ts';
import { assertOutsideTransaction, inTransaction, type Trx } from './transaction.ts';

/** What one key of the evidence store is (evidence/layout.ts: parseKey). */
type ParseKey = (key: string) => { readonly kind: string; readonly stream?: string | null; readonly number?: number };

export interface RestorePorts {
  readonly evidence: EvidenceStore;
  readonly keys: EvidenceKeys;
  readonly parseKey: ParseKey;
  /** The prefixes below which streams lie (evidence/layout.ts: STREAM_ROOTS). */
  readonly roots: readonly string[];
  /** Reads a record strictly from its exact bytes (evidence/record.ts: decodeRecord). */
  readonly decodeRecord: (bytes: Uint8Array) => ChainedRecord;
  /** Reads a checkpoint and checks its signature; throws when it is not good. `sha256` is that of `bytes`. */
  readonly decodeCheckpoint: (
    bytes: Uint8Array,
    signature: Uint8Array,
  ) => Promise<{ readonly size: number; readonly head: string; readonly sha256: string }>;
  /** The state after a record; `null` for streams that keep none. */
  readonly evolve: (stream: string, state: Json | null, record: StoredRecord) => Json | null;
  /** The counter that gave a stream its number: `INC-2026-0042` is number 42 of `INC-2026`; `null` for streams without number. */
  readonly counterOf: (stream: string) => { readonly counter: string; readonly number: number } | null;
  readonly incidentIndex: (stream: string, state: Json | null) => IncidentIndex | null;
  readonly timers: (stream: string, state: Json | null) => readonly Timer[];
}

export interface Restored {
  readonly streams: number;
  readonly records: number;
  readonly checkpoints: number;
}

/** Objects that are read at a time. */
const READS = 16;
const INSERTS = 200;

/**
 * Whether the evidence store holds records that the database does not know, which says that the database was lost or is an old copy.
 * Looks behind the head of the global log, of `system`, of all open streams and of those not yet stored, and for the incident after
 * the last one of each counter; `counters` are those of the current year, which an empty database does not have.
 * Throws TocsinError `store-ahead`.
 */
export async function compareWithEvidence(
  database: Database,
  evidence: EvidenceStore,
  keys: EvidenceKeys,
  counters: readonly { readonly counter: string; readonly streamOf: (number: number) => string }[],
): Promise<void> {
  assertOutsideTransaction();
  const { rows } = await sql<{ name: string; seq: string }>`
    select name, seq from stream
    where name in ('log', 'system') or seq > uploaded or name in (select id from incident where open)`.execute(database.db);
  const next = new Map(rows.map(({ name, seq }) => [name, Number(seq) + 1]));
  for (const stream of ['log', 'system']) if (!next.has(stream)) next.set(stream, 1);
  for (const { counter, streamOf } of counters) {
    const row = await database.db.selectFrom('counter').select('value').where('name', '=', counter).executeTakeFirst();
    next.set(streamOf(Number(row?.value ?? 0) + 1), 1);
  }
  await eachOf([...next], READS, async ([stream, seq]) => {
    if ((await evidence.get(keys.record(stream, seq))) === null) return;
    // Another replica may have appended and stored it since the heads were read: the database knows a record before the store does.
    const known = await database.db.selectFrom('stream').select('seq').where('name', '=', stream).executeTakeFirst();
    if (Number(known?.seq ?? 0) >= seq) return;
    throw new TocsinError(
      'store-ahead',
      `The evidence store ${evidence.location} holds record ${seq} of ${stream}, which the database does not know: the database is lost or an old copy. Stop, empty the database and run: tocsin restore`,
    );
  });
}

/**
 * Rebuilds an empty database from the evidence store, in one transaction: records with their exact bytes, heads and states,
 * checkpoints, counters, the incident index and timers, all marked as stored. Checks every link of each chain and every checkpoint.
 * Throws TocsinError `restore-not-empty` or `restore-broken`, or what the ports throw.
 */
export async function restoreFromEvidence(database: Database, ports: RestorePorts): Promise<Restored> {
  const found = await listStreams(ports);
  return inTransaction(database, async (trx, topics) => {
    await assertEmpty(trx);
    const restored = { streams: 0, records: 0, checkpoints: 0 };
    for (const [stream, { records, checkpoints }] of found) {
      const chain = await restoreRecords(trx, ports, stream, records);
      const state = await restoreState(trx, ports, stream, chain);
      await restoreCheckpoints(trx, ports, stream, chain, checkpoints);
      await restoreDerived(trx, ports, stream, state);
      restored.streams += 1;
      restored.records += chain.length;
      restored.checkpoints += checkpoints.length;
    }
    topics.add(TOPIC.timers);
    return restored;
  });
}

interface Found {
  readonly records: number;
  readonly checkpoints: readonly number[];
}

/** The streams of the evidence store, with how many records they have and the sizes of their checkpoints. */
async function listStreams({ evidence, roots, parseKey }: RestorePorts): Promise<Map<string, Found>> {
  const found = new Map<string, { records: number; checkpoints: number[] }>();
  for (const root of roots) {
    for await (const key of evidence.list(root)) {
      const { kind, stream, number } = parseKey(key);
      if (stream == null || number === undefined) continue;
      const entry = found.get(stream) ?? { records: 0, checkpoints: [] };
      found.set(stream, entry);
      if (kind === 'record') entry.records = Math.max(entry.records, number);
      if (kind === 'checkpoint') entry.checkpoints.push(number);
    }
  }
  return found;
}

async function assertEmpty(trx: Trx): Promise<void> {
  // Nobody appends meanwhile.
  await sql`lock table stream in exclusive mode`.execute(trx);
  const row = await trx.selectFrom('stream').select('name').where('seq', '>', '0').limit(1).executeTakeFirst();
  if (row !== undefined) throw new TocsinError('restore-not-empty', `The database holds records (of ${row.name}). Restore into an empty one.`);
}

async function restoreRecords(trx: Trx, { evidence, keys, decodeRecord }: RestorePorts, stream: string, count: number): Promise<ChainedRecord[]> {
  const chain: ChainedRecord[] = [];
  let prev = FIRST_HASH;
  for (let from = 1; from <= count; from += INSERTS) {
    const numbers = Array.from({ length: Math.min(INSERTS, count - from + 1) }, (_, index) => from + index);
    const batch = new Map<number, Uint8Array | null>();
    await eachOf(numbers, READS, async (seq) => {
      batch.set(seq, await evidence.get(keys.record(stream, seq)));
    });
    for (const seq of numbers) {
      const bytes = batch.get(seq) ?? null;
      if (bytes === null) throw broken(stream, `record ${seq} is missing`);
      const chained = decodeRecord(bytes);
      if (chained.record.incident_id !== stream || chained.record.seq !== seq || chained.record.prev !== prev)
        throw broken(stream, `record ${seq} does not follow the one before`);
      prev = chained.hash;
      chain.push(chained);
    }
    await insertRecords(trx, stream, chain.slice(from - 1));
  }
  return chain;
}

async function insertRecords(trx: Trx, stream: string, records: readonly ChainedRecord[]): Promise<void> {
  await trx
    .insertInto('record')
    .values(
      records.map(({ record, bytes }) => ({
        stream,
        seq: record.seq,
        type: record.type,
        time: record.time,
        event_id: record.event_id,
        bytes,
        appended_at: sql<number>`${realNow}`,
      })),
    )
    .execute();
  const artifacts = new Map(records.flatMap(({ record }) => record.artifacts.map(({ sha256, size }) => [sha256, size])));
  if (artifacts.size === 0) return;
  await trx
    .insertInto('artifact')
    .values([...artifacts].map(([sha256, size]) => ({ stream, sha256, size, bytes: null, stored: true, added_at: sql<number>`${realNow}` })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

async function restoreState(trx: Trx, { evolve }: RestorePorts, stream: string, chain: readonly ChainedRecord[]): Promise<Json | null> {
  const state = chain.reduce<Json | null>((before, { record }) => evolve(stream, before, record), null);
  const head = {
    seq: chain.length,
    hash: chain.at(-1)?.hash ?? FIRST_HASH,
    state: state === null ? null : JSON.stringify(state),
    uploaded: chain.length,
  };
  await trx
    .insertInto('stream')
    .values({ name: stream, ...head })
    .onConflict((conflict) => conflict.column('name').doUpdateSet(head))
    .execute();
  return state;
}

async function restoreCheckpoints(
  trx: Trx,
  { evidence, keys, decodeCheckpoint }: RestorePorts,
  stream: string,
  chain: readonly ChainedRecord[],
  sizes: readonly number[],
): Promise<void> {
  const rows: CheckpointRow[] = [];
  await eachOf(sizes, READS, async (size) => {
    const [bytes, signature] = await Promise.all([evidence.get(keys.checkpoint(stream, size)), evidence.get(keys.signature(stream, size))]);
    if (bytes === null || signature === null) throw broken(stream, `checkpoint ${size} is not complete`);
    const { size: covers, head, sha256 } = await decodeCheckpoint(bytes, signature);
    if (covers !== size || chain[size - 1]?.hash !== head) throw broken(stream, `checkpoint ${size} is of another chain`);
    rows.push({ stream, size, bytes, signature, sha256 });
  });
  for (let from = 0; from < rows.length; from += INSERTS) {
    const values = rows.slice(from, from + INSERTS).map((row) => ({ ...row, stored: true, made_at: sql<number>`${realNow}` }));
    await trx.insertInto('checkpoint').values(values).execute();
  }
  await trx
    .updateTable('stream')
    .set({ checkpointed: Math.max(0, ...sizes) })
    .where('name', '=', stream)
    .execute();
}

async function restoreDerived(trx: Trx, { counterOf, incidentIndex, timers }: RestorePorts, stream: string, state: Json | null): Promise<void> {
  const given = counterOf(stream);
  if (given !== null) {
    await trx
      .insertInto('counter')
      .values({ name: given.counter, value: given.number })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: sql<number>`greatest(counter.value, excluded.value)` }))
      .execute();
  }
  const index = incidentIndex(stream, state);
  if (index !== null) await saveIncidentIndex(trx, index);
  const waits = timers(stream, state);
  if (waits.length > 0) await upsertTimers(trx, stream, waits);
}

function broken(stream: string, what: string): TocsinError {
  return new TocsinError('restore-broken', `${stream} in the evidence store cannot be restored: ${what}. Run: tocsin evidence verify`);
}

/** Does something for each item, `width` at a time; the first error ends it once what is under way has ended. */
async function eachOf<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  const workers = Array.from({ length: Math.min(width, items.length) }, async () => {
    for (const item of rest) await work(item);
  });
  const failed = (await Promise.allSettled(workers)).find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
