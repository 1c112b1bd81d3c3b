import { PackedRows } from '../../lib/packed-rows.ts';

/** Number, and SHA-256. */
const WIDTH = 4 + 32;

/** Hashes of a chain by the number of the record, 36 bytes each: a log has one for each checkpoint of every stream. */
export class ChainHashes {
  readonly #rows = new PackedRows(WIDTH);

  /** Numbers come in ascending order. `hash` in hex. */
  add(seq: number, hash: string): void {
    const row = this.#rows.add();
    row.writeUInt32BE(seq, 0);
    row.write(hash, 4, 'hex');
  }

  get(seq: number): string | undefined {
    return this.#rows.find(seq)?.toString('hex', 4);
  }
}
