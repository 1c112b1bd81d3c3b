import { SYSTEM_STREAM } from '../../domain/streams.ts';
import type { EvidenceStore } from '../../ports/evidence.ts';
import type { PublicKey } from '../keys.ts';
import { keyIntroducedSchema } from '../log.ts';
import { lastSigned, recordsBefore } from '../signed-chain.ts';

/**
 * The pinned keys, and those that records speak of which a pinned key signed: each key names the one that it replaces. A key that merely lies
 * under keys/ is anybody's who can write there.
 */
export async function trustedKeys(evidence: EvidenceStore, keys: ReadonlyMap<string, PublicKey>, pinned: readonly string[]): Promise<Set<string>> {
  const trusted = new Set(pinned);
  const last = await lastSigned(evidence, SYSTEM_STREAM, (keyId) => (pinned.includes(keyId) ? keys.get(keyId) : undefined));
  if (last === null) return trusted;
  for await (const { record } of recordsBefore(evidence, SYSTEM_STREAM, last)) {
    const introduced = record.type === 'key.introduced' ? keyIntroducedSchema.safeParse(record.data) : null;
    if (introduced?.success !== true) continue;
    trusted.add(introduced.data.key_id);
    if (introduced.data.replaces !== null) trusted.add(introduced.data.replaces);
  }
  return trusted;
}
