import { z } from 'zod';
import type { Actor, NewRecord } from '../domain/record.ts';
import type { EvidenceStore } from '../ports/evidence.ts';
import { repairKey, tagsFor } from './layout.ts';
import { hexSchema } from './record.ts';
import { EvidenceForkError, uploadObject } from './uploader.ts';

/**
 * `evidence.repaired`, in the stream `system`: somebody else's object lies under a name of Tocsin's. It is left there, and Tocsin's own lies under
 * `repairs/`. Both stay visible.
 */
export const REPAIRED = 'evidence.repaired';
export const repairedSchema = z.strictObject({ key: z.string().min(1), sha256: hexSchema });
export type Repaired = Readonly<z.infer<typeof repairedSchema>>;

/** The record of an object of somebody else's: where it lies, and the SHA-256 of its bytes. */
export function repaired(stream: string, { key, sha256 }: Repaired, actor: Actor): NewRecord<typeof REPAIRED, Repaired> {
  return { type: 'evidence.repaired', v: 1, actor, subject: stream, outcome: 'done', data: repairedSchema.parse({ key, sha256 }) };
}

/** Puts one object; one whose name is taken goes beside it when a record says so. Throws like uploadObject. */
export async function uploadRepaired(
  store: EvidenceStore,
  key: string,
  bytes: Uint8Array,
  isRepaired: (object: Repaired) => Promise<boolean>,
): Promise<'uploaded' | 'already'> {
  try {
    return await uploadObject(store, key, bytes, tagsFor(key));
  } catch (error) {
    if (!(error instanceof EvidenceForkError) || !(await isRepaired({ key, sha256: error.theirs }))) throw error;
    return uploadObject(store, repairKey(key), bytes, tagsFor(key));
  }
}
