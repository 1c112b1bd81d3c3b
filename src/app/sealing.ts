import { TocsinError } from '../domain/errors.ts';
import { SYSTEM_STREAM, TOCSIN } from '../domain/streams.ts';
import { decodeCheckpoint, verifyCheckpoint } from '../evidence/checkpoint.ts';
import type { SystemRecord } from '../evidence/system-records.ts';
import { verifyKeys } from '../evidence/verify/verify-keys.ts';
import type { EvidenceStore } from '../ports/evidence.ts';
import { adoptDatabase, isSealed } from '../store/adopt.ts';
import type { Database } from '../store/database.ts';
import { stateAfter } from './replaying.ts';

/**
 * Makes sure that everything in the database carries its MAC by this key, before anything is read: at the first start, at the first of a release
 * that has them, and after each change of the key. Returns the record that says so, to append; `null` when there is one.
 * @throws TocsinError `records-unsealed`, `database-altered`
 */
export async function sealDatabase(database: Database, evidence: EvidenceStore, keyId: string): Promise<SystemRecord | null> {
  if (await isSealed(database, keyId)) return null;
  const { keys } = await verifyKeys(evidence);
  await adoptDatabase(database, {
    evolve: stateAfter,
    async decodeCheckpoint(bytes, signature) {
      const checkpoint = decodeCheckpoint(bytes);
      const key = keys.get(checkpoint.key_id);
      if (key !== undefined && (await verifyCheckpoint(bytes, signature, key))) return checkpoint;
      throw new TocsinError(
        'database-altered',
        `Checkpoint ${checkpoint.size} of ${checkpoint.incident_id} in the database is not signed by a key of the evidence store ${evidence.location}.`,
      );
    },
  });
  const data = { key_id: keyId };
  return { type: 'database.sealed', v: 1, actor: TOCSIN, subject: SYSTEM_STREAM, outcome: 'done', data };
}
