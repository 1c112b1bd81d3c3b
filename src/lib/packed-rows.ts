/** Rows of one block: blocks are made as they are needed, and none is ever copied. */
const BLOCK = 64;

/**
 * Rows of one width (bytes) in a few large buffers: what is kept of very many things costs no object for each. What begins with a number
 * (`UInt32BE`) and comes in ascending order is found by it.
 */
export class PackedRows {
  readonly #width: number;
  readonly #blocks: Buffer[] = [];
  #length = 0;

  constructor(width: number) {
    this.#width = width;
  }

  get length(): number {
    return this.#length;
  }

  /** A row of zeros behind the others, to be filled. */
  add(): Buffer {
    if (this.#length === this.#blocks.length * BLOCK) this.#blocks.push(Buffer.alloc(BLOCK * this.#width));
    this.#length += 1;
    return this.at(this.#length - 1);
  }

  /** A row by its place, from 0. Throws RangeError where there is none. */
  at(index: number): Buffer {
    const block = index < this.#length ? this.#blocks[Math.floor(index / BLOCK)] : undefined;
    if (block === undefined) throw new RangeError(`There is no row ${index}.`);
    const from = (index % BLOCK) * this.#width;
    return block.subarray(from, from + this.#width);
  }

  /** The row that begins with this number; `null` when there is none. */
  find(number: number): Buffer | null {
    const row = this.#length === 0 ? null : this.atOrAfter(number);
    return row?.readUInt32BE(0) === number ? row : null;
  }

  /** The first row whose number is not smaller; `null` when there is none. */
  atOrAfter(number: number): Buffer | null {
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.at(middle).readUInt32BE(0) < number) low = middle + 1;
      else high = middle;
    }
    return low < this.#length ? this.at(low) : null;
  }
}

/** Rows of one width by name, of each name in the order in which they came. */
export class PackedLists {
  readonly #width: number;
  /** Each row, and behind it the place (from 1) of the one of the same name before it; 0: none. */
  readonly #rows: PackedRows;
  /** Name -> the place of its last row. */
  readonly #last = new Map<string, number>();

  constructor(width: number) {
    this.#width = width;
    this.#rows = new PackedRows(width + 4);
  }

  /** A row of zeros behind the others of this name, to be filled. */
  add(name: string): Buffer {
    const row = this.#rows.add();
    row.writeUInt32BE(this.#last.get(name) ?? 0, this.#width);
    this.#last.set(name, this.#rows.length);
    return row.subarray(0, this.#width);
  }

  has(name: string): boolean {
    return this.#last.has(name);
  }

  names(): Iterable<string> {
    return this.#last.keys();
  }

  of(name: string): readonly Buffer[] {
    const found: Buffer[] = [];
    for (let place = this.#last.get(name) ?? 0; place > 0; ) {
      const row = this.#rows.at(place - 1);
      found.push(row.subarray(0, this.#width));
      place = row.readUInt32BE(this.#width);
    }
    return found.toReversed();
  }
}
