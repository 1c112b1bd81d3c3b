import { TocsinError } from '../domain/errors.ts';
import { sha256 } from '../lib/hash.ts';
import type { EvidenceStore, ObjectTags } from '../ports/evidence.ts';

/** Different bytes lie under the name of an object that is written once: two histories exist. Alarm and stop (docs/how-to/repair-evidence.md). */
export class EvidenceForkError extends TocsinError {
  readonly key: string;
  /** SHA-256 of what should be there, and of what is. */
  readonly ours: string;
  readonly theirs: string;

  constructor(location: string, key: string, ours: string, theirs: string) {
    super(
      'evidence-fork',
      `${location} holds different bytes under ${key}: SHA-256 ${theirs}, expected ${ours}. Nothing was overwritten. Stop and compare both.`,
    );
    this.name = 'EvidenceForkError';
    this.key = key;
    this.ours = ours;
    this.theirs = theirs;
  }
}

/**
 * Puts one object. `already` means that the same bytes were there: a retry after a lost answer.
 * Throws EvidenceForkError for different bytes, and EvidenceStoreError when the store fails; that one is safe to try again.
 */
export async function uploadObject(store: EvidenceStore, key: string, bytes: Uint8Array, tags: ObjectTags): Promise<'uploaded' | 'already'> {
  const outcome = await store.put(key, bytes, tags);
  if (outcome.kind === 'created') return 'uploaded';
  if (Buffer.compare(outcome.bytes, bytes) === 0) return 'already';
  throw new EvidenceForkError(store.location, key, sha256(bytes), sha256(outcome.bytes));
}
