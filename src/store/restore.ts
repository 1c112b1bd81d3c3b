import { hash } from 'node:crypto';
import { sql } from 'kysely';
import { TocsinError } from '../domain/errors.ts';
import type { Json, StoredRecord } from '../domain/record.ts';
import { eachOf } from '../lib/each.ts';
import { TYPED } from '../lib/typed.ts';
import {
  type ChainedRecord,
  type CheckpointRow,
  type EvidenceKeys,
  type EvidenceStore,
  type IncidentIndex,
  type Timer,
  TOPIC,
} from '../ports/index.ts';
import { realNow } from './clock.ts';
import type { Database } from './database.ts';
import { saveIncidentIndex } from './incidents.ts';
import { headParts, type Seal } from './seal.ts';
import { FIRST_HASH, insertRecords } from './streams.ts';
import { upsertTimers } from './timers.ts';
import { inTransaction, type Trx } from './transaction.ts';

/** What one key of the evidence store is (evidence/layout.ts: parseKey). */
type ParseKey = (key: string) => { readonly kind: string; readonly stream?: string | null; readonly number?: number; readonly key?: string };

export interface RestorePorts {
  readonly evidence: EvidenceStore;
  readonly keys: EvidenceKeys;
  readonly parseKey: ParseKey;
  /** Where an object lies whose name somebody else has taken (evidence/layout.ts: repairKey). */
  readonly repairKey: (key: string) => string;
  /** The prefixes below which streams lie (evidence/layout.ts: STREAM_ROOTS). */
  readonly roots: readonly string[];
  /** Reads a record strictly from its exact bytes (evidence/record.ts: decodeRecord). */
  readonly decodeRecord: (bytes: Uint8Array) => ChainedRecord;
  /** Reads a checkpoint and checks that a key that is trusted signed it. `sha256` is that of `bytes`. @throws TocsinError when it is not good */
  readonly decodeCheckpoint: (bytes: Uint8Array, signature: Uint8Array) => Promise<Signed>;
  /** The state after a record; `null` for streams that keep none. */
  readonly evolve: (stream: string, state: Json | null, record: StoredRecord) => Json | null;
  /** The counter that gave a stream its number: `INC-2026-0042` is number 42 of `INC-2026`; `null` for streams without number. */
  readonly counterOf: (stream: string) => { readonly counter: string; readonly number: number } | null;
  readonly incidentIndex: (stream: string, state: Json | null) => IncidentIndex | null;
  readonly timers: (stream: string, state: Json | null) => readonly Timer[];
  /** A checkpoint of the global log that was published; `size` is `null` when only the digest is known. */
  readonly anchor?: { readonly size: number | null; readonly sha256: string } | null;
  /** Whether records behind the last signed checkpoint are taken too. They are listed either way. */
  readonly acceptUnsigned?: boolean;
}

/** What a trusted key signed. */
interface Signed {
  readonly stream: string;
  readonly size: number;
  readonly head: string;
  readonly sha256: string;
}

/** An object that nothing is built on: somebody else's, or damaged. */
export interface Refused {
  readonly key: string;
  readonly why: string;
}

/** A record that no signed checkpoint covers: anybody who can write into the evidence store may have put it there. */
export interface UnsignedRecord {
  readonly stream: string;
  readonly seq: number;
  /** `unreadable` for what is no record. */
  readonly type: string;
  readonly time: string;
  readonly sha256: string;
}

export interface Restored {
  readonly streams: number;
  readonly records: number;
  readonly checkpoints: number;
  /** What no signature covers: taken when that was asked for, else left out. */
  readonly unsigned: readonly UnsignedRecord[];
  /** What was passed over. Whoever can write into the evidence store could otherwise keep it from ever being restored. */
  readonly refused: readonly Refused[];
}

/** Objects that are read at a time. */
const READS = 16;
/** Records in memory at a time. */
const BATCH = 200;

/**
 * Rebuilds an empty database from the evidence store, in one transaction: records with their exact bytes, heads and states,
 * checkpoints, counters, the incident index and timers, all marked as stored. Checks every link of each chain and every checkpoint.
 * A stream ends with its last signed checkpoint, unless `acceptUnsigned`; a checkpoint that no trusted key signed is none. Holds a batch of records
 * at a time, however many there are.
 * Throws TocsinError `restore-not-empty` or `restore-broken`, or what the ports throw.
 */
export async function restoreFromEvidence(database: Database, ports: RestorePorts): Promise<Restored> {
  return inTransaction(database, async (trx, topics) => {
    await assertEmpty(trx);
    const restored = { streams: 0, records: 0, checkpoints: 0, unsigned: [] as UnsignedRecord[], refused: [] as Refused[] };
    for (const root of ports.roots) {
      for await (const found of listStreams(ports, root)) {
        const stream = new StreamRestore(trx, database.seal, ports, found);
        const state = await stream.run();
        for (const one of await stream.tail()) restored.unsigned.push(one);
        for (const one of stream.refused) restored.refused.push(one);
        if (stream.records === 0) continue;
        await restoreDerived(trx, ports, found.stream, state);
        restored.streams += 1;
        restored.records += stream.records;
        restored.checkpoints += stream.checkpoints;
      }
    }
    // Nothing at all that is trusted: a key that is not named, more likely than an attack.
    const [first] = restored.refused;
    if (restored.streams === 0 && first !== undefined) throw new TocsinError('restore-broken', first.why);
    if (ports.anchor != null) await assertAnchored(trx, ports.anchor);
    topics.add(TOPIC.timers);
    return restored;
  });
}

/** What lies in the folder of a stream. */
interface Found {
  readonly stream: string;
  /** The numbers of its records, ascending: names are listed in order. */
  readonly records: number[];
  /** By how many records they cover. */
  readonly checkpoints: Set<number>;
  /** Names that somebody else has taken. */
  readonly repaired: Set<string>;
}

/** The streams below a root, one after the other as their names are listed. */
async function* listStreams({ evidence, parseKey }: RestorePorts, root: string): AsyncGenerator<Found> {
  let current: Found | null = null;
  for await (const name of evidence.list(root)) {
    const { kind, stream, number, key } = parseKey(name);
    if (stream == null) continue;
    if (current !== null && current.stream !== stream) yield current;
    if (current?.stream !== stream) current = nothingFound(stream);
    if (kind === 'record' && number !== undefined) current.records.push(number);
    if (kind === 'checkpoint' && number !== undefined) current.checkpoints.add(number);
    if (kind === 'repair' && key !== undefined) current.repaired.add(key);
  }
  if (current !== null) yield current;
}

function nothingFound(stream: string): Found {
  return { stream, records: [], checkpoints: new Set(), repaired: new Set() };
}

async function assertEmpty(trx: Trx): Promise<void> {
  // Nobody appends meanwhile.
  await sql`lock table stream in exclusive mode`.execute(trx);
  const row = await trx.selectFrom('stream').select('name').where('seq', '>', '0').limit(1).executeTakeFirst();
  if (row !== undefined) throw new TocsinError('restore-not-empty', `The database holds records (of ${row.name}). Restore into an empty one.`);
}

async function assertAnchored(trx: Trx, { size, sha256 }: { readonly size: number | null; readonly sha256: string }): Promise<void> {
  let query = trx.selectFrom('checkpoint').select('size').where('stream', '=', 'log').where('sha256', '=', sha256);
  if (size !== null) query = query.where('size', '=', String(size));
  if ((await query.executeTakeFirst()) !== undefined) return;
  throw broken('log', 'the checkpoint that was published is not in it, so the store was set back or rewritten');
}

/** One stream, from its first record to the last one that is taken. */
class StreamRestore {
  /** How many records are taken. */
  records = 0;
  /** How many checkpoints are taken. */
  checkpoints = 0;
  readonly refused: Refused[] = [];
  readonly #trx: Trx;
  readonly #seal: Seal;
  readonly #ports: RestorePorts;
  readonly #found: Found;
  /** How many records the last signed checkpoint covers. */
  #signed = 0;

  constructor(trx: Trx, seal: Seal, ports: RestorePorts, found: Found) {
    this.#trx = trx;
    this.#seal = seal;
    this.#ports = ports;
    this.#found = found;
  }

  /** Returns the state that its records lead to. */
  async run(): Promise<Json | null> {
    const { stream } = this.#found;
    const last = await this.#lastSigned();
    this.#signed = last?.size ?? 0;
    if (last !== null) await this.#passOverFalseRepairs(last);
    const count = this.#ports.acceptUnsigned === true ? this.#endOfTail() : this.#signed;
    this.records = count;
    if (count === 0) return null;
    let state: Json | null = null;
    let prev = FIRST_HASH;
    for (let from = 1; from <= count; from += BATCH) {
      const batch = await this.#read(from, Math.min(count, from + BATCH - 1));
      for (const [index, chained] of batch.entries()) {
        const { record } = chained;
        if (record.incident_id !== stream || record.seq !== from + index || record.prev !== prev)
          throw broken(stream, `record ${from + index} does not follow the one before`);
        prev = chained.hash;
        state = this.#ports.evolve(stream, state, record);
      }
      await insertRecords(this.#trx, this.#seal, stream, batch);
      await this.#artifacts(batch);
      await this.#checkpoints(batch);
    }
    await this.#head(prev, state);
    return state;
  }

  /** The newest checkpoint that a trusted key signed; `null` when there is none. */
  async #lastSigned(): Promise<Signed | null> {
    for (const size of [...this.#found.checkpoints].sort((left, right) => right - left)) {
      const good = await this.#checkpoint(size);
      if (good !== null) return good;
    }
    return null;
  }

  /** A checkpoint that a trusted key signed, of this stream and number. One that is not is passed over, and named. */
  async #checkpoint(size: number): Promise<(Signed & Pick<CheckpointRow, 'bytes' | 'signature'>) | null> {
    const { stream, checkpoints } = this.#found;
    const { keys, decodeCheckpoint } = this.#ports;
    let why = `Checkpoint ${size} of ${stream} is not complete.`;
    const signatures = await this.#candidates(keys.signature(stream, size));
    for (const { name, bytes } of await this.#candidates(keys.checkpoint(stream, size))) {
      for (const { bytes: signature } of signatures) {
        try {
          const signed = await decodeCheckpoint(bytes, signature);
          if (signed.stream === stream && signed.size === size) return { ...signed, bytes, signature };
          why = `What lies there as checkpoint ${size} of ${stream} is checkpoint ${signed.size} of ${signed.stream}.`;
        } catch (error) {
          if (!(error instanceof TocsinError)) throw error;
          why = error.message;
        }
      }
      if (!this.refused.some(({ key }) => key === name)) this.refused.push({ key: name, why });
    }
    checkpoints.delete(size);
    return null;
  }

  /** A record beside another counts when the signed chain leads to it. From the end on: each record says what comes before. */
  async #passOverFalseRepairs({ size, head }: Signed): Promise<void> {
    const { stream, records, repaired } = this.#found;
    if (repaired.size === 0) return;
    const { keys, evidence, repairKey } = this.#ports;
    for (const seq of records.toReversed()) {
      const key = keys.record(stream, seq);
      if (seq > size || !repaired.has(key)) continue;
      const beside = await evidence.get(repairKey(key));
      const wanted = seq === size ? head : await this.#prevOf(seq + 1);
      if (beside !== null && hash('sha256', beside, 'hex') === wanted) continue;
      repaired.delete(key);
      this.refused.push({ key: repairKey(key), why: `${repairKey(key)} is not part of the chain that is signed.` });
    }
  }

  async #prevOf(seq: number): Promise<string | null> {
    const bytes = await this.#get(this.#ports.keys.record(this.#found.stream, seq));
    try {
      return bytes === null ? null : this.#ports.decodeRecord(bytes).record.prev;
    } catch (error) {
      if (!(error instanceof TocsinError)) throw error;
      return null;
    }
  }

  /** The last record of those that follow the signed ones without a gap. */
  #endOfTail(): number {
    let last = this.#signed;
    for (const seq of this.#found.records) if (seq === last + 1) last = seq;
    return last;
  }

  /** What comes after the last signed checkpoint. */
  async tail(): Promise<UnsignedRecord[]> {
    const { stream, records } = this.#found;
    const { keys, acceptUnsigned } = this.#ports;
    const tail: UnsignedRecord[] = [];
    for (const seq of records) {
      if (seq <= this.#signed) continue;
      const key = keys.record(stream, seq);
      if (acceptUnsigned === true && seq > this.records) {
        this.refused.push({ key, why: `Record ${seq} of ${stream} does not follow the ones before.` });
        continue;
      }
      const bytes = await this.#get(key);
      if (bytes !== null) tail.push({ stream, seq, ...this.#describe(bytes) });
    }
    return tail;
  }

  #describe(bytes: Uint8Array): Pick<UnsignedRecord, 'type' | 'time' | 'sha256'> {
    try {
      const chained = this.#ports.decodeRecord(bytes);
      return { type: chained.record.type, time: chained.record.time, sha256: chained.hash };
    } catch (error) {
      if (!(error instanceof TocsinError)) throw error;
      return { type: 'unreadable', time: '', sha256: hash('sha256', bytes, 'hex') };
    }
  }

  async #read(from: number, to: number): Promise<ChainedRecord[]> {
    const { stream } = this.#found;
    const batch: ChainedRecord[] = [];
    await eachOf(range(from, to), READS, async (seq) => {
      const bytes = await this.#get(this.#ports.keys.record(stream, seq));
      if (bytes === null) throw broken(stream, `record ${seq} is missing`);
      batch[seq - from] = this.#ports.decodeRecord(bytes);
    });
    return batch;
  }

  /** What may be Tocsin's own of a name: the one beside it, and the one under it. */
  async #candidates(key: string): Promise<readonly { readonly name: string; readonly bytes: Uint8Array }[]> {
    const { evidence, repairKey } = this.#ports;
    const names = this.#found.repaired.has(key) ? [repairKey(key), key] : [key];
    const found: { name: string; bytes: Uint8Array }[] = [];
    for (const name of names) {
      const bytes = await evidence.get(name);
      if (bytes !== null) found.push({ name, bytes });
    }
    return found;
  }

  /** Tocsin's own object, wherever it lies. */
  #get(key: string): Promise<Uint8Array | null> {
    const { evidence, repairKey } = this.#ports;
    return evidence.get(this.#found.repaired.has(key) ? repairKey(key) : key);
  }

  async #artifacts(batch: readonly ChainedRecord[]): Promise<void> {
    const { stream } = this.#found;
    const artifacts = new Map(batch.flatMap(({ record }) => record.artifacts.map(({ sha256, size }) => [sha256, size])));
    if (artifacts.size === 0) return;
    await this.#trx
      .insertInto('artifact')
      .values([...artifacts].map(([sha256, size]) => ({ stream, sha256, size, bytes: null, stored: true, added_at: sql<number>`${realNow}` })))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }

  async #checkpoints(batch: readonly ChainedRecord[]): Promise<void> {
    const { stream, checkpoints } = this.#found;
    const rows: CheckpointRow[] = [];
    const covered = batch.filter(({ record }) => checkpoints.has(record.seq));
    await eachOf(covered, READS, async ({ record: { seq: size }, hash: own }) => {
      const signed = await this.#checkpoint(size);
      if (signed === null) return;
      const { head, bytes, signature, sha256 } = signed;
      if (own !== head) throw broken(stream, `checkpoint ${size} is of another chain`);
      rows.push({ stream, size, bytes, signature, sha256 });
    });
    if (rows.length === 0) return;
    this.checkpoints += rows.length;
    const values = rows.map((row) => ({ ...row, stored: true, made_at: sql<number>`${realNow}` }));
    await this.#trx.insertInto('checkpoint').values(values).execute();
  }

  async #head(last: string, state: Json | null): Promise<void> {
    const { stream } = this.#found;
    const { records } = this;
    const text = state === null ? null : JSON.stringify(state);
    const mac = this.#seal.mac('head', headParts(stream, records, last, text));
    const head = { seq: records, hash: last, state: text, mac, uploaded: records, checkpointed: this.#signed };
    await this.#trx
      .insertInto('stream')
      .values({ name: stream, ...head })
      .onConflict((conflict) => conflict.column('name').doUpdateSet(head))
      .execute();
  }
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
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
  return new TocsinError('restore-broken', `${stream} in the evidence store cannot be restored: ${what}. Run: ${TYPED} evidence verify`);
}
