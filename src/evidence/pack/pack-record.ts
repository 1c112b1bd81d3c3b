import { z } from 'zod';
import type { Actor, NewRecord, StoredRecord } from '../../domain/record.ts';
import { PackedLists } from '../../lib/packed-rows.ts';
import { MAX_SEQ, packPrefix } from '../layout.ts';
import { hexSchema, streamSchema } from '../record.ts';

/**
 * `pack.made`, in the stream `system`, which never closes: this pack exists, with these bytes. `size` and `head`: the chain it was made
 * from; `key_id`: who signed its manifest. A pack that is gone, or another one, is found out by it.
 */
export const packMadeSchema = z.strictObject({
  incident_id: streamSchema,
  number: z.int().min(1).max(MAX_SEQ),
  path: z.string(),
  size: z.int().min(1).max(MAX_SEQ),
  head: hexSchema,
  manifest_sha256: hexSchema,
  key_id: hexSchema,
});
export type PackMade = Readonly<z.infer<typeof packMadeSchema>>;

/** The record of a pack. */
export function packMade(data: Omit<PackMade, 'path'>, actor: Actor): NewRecord<'pack.made', PackMade> {
  const made = packMadeSchema.parse({ ...data, path: packPrefix(data.incident_id, data.number) });
  return { type: 'pack.made', v: 1, actor, subject: data.incident_id, outcome: 'done', data: made };
}

/** What verification needs of a pack that a record speaks of, and that record's number in the stream `system`. */
export interface PackClaim extends Pick<PackMade, 'number' | 'manifest_sha256'> {
  readonly seq: number;
}

/** Where in a row: the record, the pack's number, the manifest's SHA-256. */
const AT = { seq: 0, number: 4, sha256: 8, end: 40 } as const;

/** The packs that the stream `system` speaks of: every closed incident has one. */
export class PackLedger {
  readonly #claims = new PackedLists(AT.end);

  read(record: StoredRecord): void {
    const made = record.type === 'pack.made' ? packMadeSchema.safeParse(record.data) : null;
    if (made?.success !== true) return;
    const row = this.#claims.add(made.data.incident_id);
    row.writeUInt32BE(record.seq, AT.seq);
    row.writeUInt32BE(made.data.number, AT.number);
    row.write(made.data.manifest_sha256, AT.sha256, 'hex');
  }

  /** In the order of their records. */
  of(stream: string): readonly PackClaim[] {
    return this.#claims.of(stream).map((row) => ({
      seq: row.readUInt32BE(AT.seq),
      number: row.readUInt32BE(AT.number),
      manifest_sha256: row.toString('hex', AT.sha256),
    }));
  }

  streams(): Iterable<string> {
    return this.#claims.names();
  }
}
