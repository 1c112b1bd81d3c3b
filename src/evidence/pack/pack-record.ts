import { z } from 'zod';
import type { Actor, NewRecord, StoredRecord } from '../../domain/record.ts';
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

/** A pack that a record speaks of, and that record's number in the stream `system`. */
export interface PackClaim extends PackMade {
  readonly seq: number;
}

/** The packs that the stream `system` speaks of. */
export class PackLedger {
  readonly #claims = new Map<string, PackClaim[]>();

  read(record: StoredRecord): void {
    const made = record.type === 'pack.made' ? packMadeSchema.safeParse(record.data) : null;
    if (made?.success !== true) return;
    const { incident_id } = made.data;
    this.#claims.set(incident_id, [...this.of(incident_id), { ...made.data, seq: record.seq }]);
  }

  of(stream: string): readonly PackClaim[] {
    return this.#claims.get(stream) ?? [];
  }

  streams(): string[] {
    return [...this.#claims.keys()];
  }
}
