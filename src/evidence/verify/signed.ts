import { SYSTEM_STREAM } from '../../domain/streams.ts';
import { PackedRows } from '../../lib/packed-rows.ts';
import { toIso } from '../../lib/time.ts';
import { checkpointKey, MANIFEST, packPrefix } from '../layout.ts';

/** Something a key signed: a checkpoint of a stream, or the manifest of one of its packs. */
export interface Signed {
  readonly keyId: string;
  /** When, ms. */
  readonly at: number;
  readonly stream: string;
  /** How many records the checkpoint covers; of a pack, the record of `system` that names it, 0 without one. */
  readonly size: number;
  /** The number of the pack; 0: a checkpoint. */
  readonly pack: number;
}

/** Where in a row: the key's place, the stream's, the size, the pack, the time. */
const AT = { key: 0, stream: 4, size: 8, pack: 12, time: 16, end: 24 } as const;

/** All that was signed, 24 bytes each. */
export class Signatures {
  readonly #rows = new PackedRows(AT.end);
  readonly #keys = new Names();
  readonly #streams = new Names();

  add({ keyId, at, stream, size, pack }: Signed): void {
    const row = this.#rows.add();
    row.writeUInt32BE(this.#keys.placeOf(keyId), AT.key);
    row.writeUInt32BE(this.#streams.placeOf(stream), AT.stream);
    row.writeUInt32BE(size, AT.size);
    row.writeUInt32BE(pack, AT.pack);
    row.writeDoubleBE(at, AT.time);
  }

  *[Symbol.iterator](): Generator<Signed> {
    for (let index = 0; index < this.#rows.length; index += 1) {
      const row = this.#rows.at(index);
      yield {
        keyId: this.#keys.at(row.readUInt32BE(AT.key)),
        at: row.readDoubleBE(AT.time),
        stream: this.#streams.at(row.readUInt32BE(AT.stream)),
        size: row.readUInt32BE(AT.size),
        pack: row.readUInt32BE(AT.pack),
      };
    }
  }
}

/** The stream by which it was known, once it had `size` records: a pack's record is in `system`. */
export function knownBy({ stream, pack }: Signed): string {
  return pack === 0 ? stream : SYSTEM_STREAM;
}

/** The key of what was signed. */
export function keyOfSigned({ stream, size, pack }: Signed): string {
  return pack === 0 ? checkpointKey(stream, size) : packPrefix(stream, pack) + MANIFEST;
}

/** What was signed, and when, for people. */
export function saySigned({ stream, size, pack, at }: Signed): string {
  return `${pack === 0 ? `Checkpoint ${size} of ${stream}` : `The manifest of pack ${pack} of ${stream}`} (${toIso(at)})`;
}

/** Each name once, by its place. */
class Names {
  readonly #all: string[] = [];
  readonly #places = new Map<string, number>();

  placeOf(name: string): number {
    const known = this.#places.get(name);
    if (known !== undefined) return known;
    this.#places.set(name, this.#all.length);
    return this.#all.push(name) - 1;
  }

  at(place: number): string {
    return this.#all[place] ?? '';
  }
}
