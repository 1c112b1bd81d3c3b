import { PackedRows } from '../../lib/packed-rows.ts';
import { toIso } from '../../lib/time.ts';
import type { Checkpoint } from '../checkpoint.ts';

/** A checkpoint whose signature is good, and the SHA-256 of its bytes. */
export interface CheckedCheckpoint extends Pick<Checkpoint, 'size' | 'kind' | 'time' | 'key_id'> {
  readonly sha256: string;
}

/** Where in a row: the size, the key's place in `#keys`, the time (ms), whether it is a closing one, the SHA-256. */
const AT = { size: 0, key: 4, time: 8, closing: 16, sha256: 17, end: 49 } as const;

/** The good checkpoints of a stream in ascending order of their sizes, 49 bytes each: the log has one for about each time that anything was signed. */
export class CheckedCheckpoints {
  readonly #rows = new PackedRows(AT.end);
  readonly #keys: string[] = [];

  get count(): number {
    return this.#rows.length;
  }

  add({ size, kind, time, key_id }: Checkpoint, sha256: string): void {
    const row = this.#rows.add();
    row.writeUInt32BE(size, AT.size);
    row.writeUInt32BE(this.#keyAt(key_id), AT.key);
    row.writeDoubleBE(Date.parse(time), AT.time);
    row.writeUInt8(kind === 'closing' ? 1 : 0, AT.closing);
    row.write(sha256, AT.sha256, 'hex');
  }

  /** The one that covers so many records. */
  get(size: number): CheckedCheckpoint | null {
    return this.#read(this.#rows.find(size));
  }

  /** The smallest that covers this record. */
  covering(seq: number): CheckedCheckpoint | null {
    return this.#read(this.#rows.atOrAfter(seq));
  }

  newest(): CheckedCheckpoint | null {
    return this.#rows.length === 0 ? null : this.#read(this.#rows.at(this.#rows.length - 1));
  }

  /** The one whose bytes have this SHA-256 (hex). */
  withDigest(sha256: string): CheckedCheckpoint | null {
    for (const checkpoint of this) if (checkpoint.sha256 === sha256) return checkpoint;
    return null;
  }

  *[Symbol.iterator](): Generator<CheckedCheckpoint> {
    for (let index = 0; index < this.#rows.length; index += 1) {
      const checkpoint = this.#read(this.#rows.at(index));
      if (checkpoint !== null) yield checkpoint;
    }
  }

  #read(row: Buffer | null): CheckedCheckpoint | null {
    if (row === null) return null;
    return {
      size: row.readUInt32BE(AT.size),
      kind: row.readUInt8(AT.closing) === 1 ? 'closing' : 'checkpoint',
      time: toIso(row.readDoubleBE(AT.time)),
      key_id: this.#keys[row.readUInt32BE(AT.key)] ?? '',
      sha256: row.toString('hex', AT.sha256),
    };
  }

  /** Few keys sign a stream. */
  #keyAt(keyId: string): number {
    const known = this.#keys.indexOf(keyId);
    return known >= 0 ? known : this.#keys.push(keyId) - 1;
  }
}
