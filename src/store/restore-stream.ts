import { hash } from 'node:crypto';
import { TocsinError } from '../domain/errors.ts';
import type { Json } from '../domain/record.ts';
import { eachOf } from '../lib/each.ts';
import type { ChainedRecord, CheckpointRow } from '../ports/evidence.ts';
import { broken, type Found, type Refused, type RestorePorts, type Signed, type UnsignedRecord } from './restore-ports.ts';
import type { RestoreRows } from './restore-rows.ts';
import { FIRST_HASH } from './streams.ts';

/** Objects that are read at a time. */
const READS = 16;
/** Records in memory at a time. */
const BATCH = 200;

/** A signed checkpoint as it is stored. */
type SignedRow = Signed & Pick<CheckpointRow, 'bytes' | 'signature'>;

/** One stream, from its first record to the last one that is taken. */
export class StreamRestore {
  /** How many records are taken. */
  records = 0;
  /** How many checkpoints are taken. */
  checkpoints = 0;
  readonly refused: Refused[] = [];
  readonly #rows: RestoreRows;
  readonly #ports: RestorePorts;
  readonly #found: Found;
  /** How many records the last signed checkpoint covers. */
  #signed = 0;
  /** The last signed checkpoint, which is read before the records that it covers. */
  #last: SignedRow | null = null;

  constructor(rows: RestoreRows, ports: RestorePorts, found: Found) {
    this.#rows = rows;
    this.#ports = ports;
    this.#found = found;
  }

  /** Returns the state that its records lead to. */
  async run(): Promise<Json | null> {
    const { stream } = this.#found;
    const last = await this.#lastSigned();
    this.#last = last;
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
      await this.#rows.records(batch);
      await this.#artifacts(batch);
      await this.#checkpoints(batch);
    }
    await this.#head(prev, state);
    return state;
  }

  /** The newest checkpoint that a trusted key signed; `null` when there is none. */
  async #lastSigned(): Promise<SignedRow | null> {
    for (const size of [...this.#found.checkpoints].sort((left, right) => right - left)) {
      const good = await this.#checkpoint(size);
      if (good !== null) return good;
    }
    return null;
  }

  /** A checkpoint that a trusted key signed, of this stream and number. One that is not is passed over, and named. */
  async #checkpoint(size: number): Promise<SignedRow | null> {
    if (this.#last?.size === size) return this.#last;
    const { stream, checkpoints } = this.#found;
    const { keys, decodeCheckpoint } = this.#ports;
    let why = `Checkpoint ${size} of ${stream} is not complete.`;
    const [signatures, candidates] = await Promise.all([
      this.#candidates(keys.signature(stream, size)),
      this.#candidates(keys.checkpoint(stream, size)),
    ]);
    for (const { name, bytes } of candidates) {
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
    const sizes = new Map(batch.flatMap(({ record }) => record.artifacts.map(({ sha256, size }) => [sha256, size])));
    if (sizes.size > 0) await this.#rows.artifacts(this.#found.stream, sizes);
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
    await this.#rows.checkpoints(rows);
  }

  #head(hash: string, state: Json | null): Promise<void> {
    const text = state === null ? null : JSON.stringify(state);
    return this.#rows.head({ stream: this.#found.stream, seq: this.records, hash, state: text, checkpointed: this.#signed });
  }
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
