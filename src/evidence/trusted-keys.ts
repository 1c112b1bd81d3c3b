import type { EvidenceStore } from '../engine/ports.ts';
import { checkLink, EMPTY_HEAD } from './chain.ts';
import { decodeCheckpoint, verifyCheckpoint } from './checkpoint.ts';
import type { PublicKey } from './keys.ts';
import { checkpointKey, parseKey, recordKey, repairKey, SYSTEM_STREAM, signatureKey } from './layout.ts';
import { keyIntroducedSchema } from './log.ts';
import { decodeRecord } from './record.ts';

/**
 * The pinned keys, and those that records speak of which a pinned key signed: each key names the one that it replaces. A key that merely lies
 * under keys/ is anybody's who can write there.
 */
export async function trustedKeys(evidence: EvidenceStore, keys: ReadonlyMap<string, PublicKey>, pinned: readonly string[]): Promise<Set<string>> {
  const trusted = new Set(pinned);
  const heads = await signedHeads(evidence, keys, trusted);
  const said: string[] = [];
  let head: { seq: number; hash: string } = EMPTY_HEAD;
  for (let seq = 1; seq <= Math.max(0, ...heads.keys()); seq += 1) {
    const bytes = await own(evidence, recordKey(SYSTEM_STREAM, seq));
    if (bytes === null) break;
    const { record, hash } = decodeRecord(bytes);
    if (checkLink(head, record, SYSTEM_STREAM) !== null) break;
    head = { seq, hash };
    const introduced = record.type === 'key.introduced' ? keyIntroducedSchema.safeParse(record.data) : null;
    if (introduced?.success === true) said.push(introduced.data.key_id, ...(introduced.data.replaces === null ? [] : [introduced.data.replaces]));
    // What was read up to here is what a pinned key signed.
    if (heads.get(seq) === hash) for (const keyId of said.splice(0)) trusted.add(keyId);
  }
  return trusted;
}

/** The heads of `system` that a trusted key signed, by how many records they cover. */
async function signedHeads(
  evidence: EvidenceStore,
  keys: ReadonlyMap<string, PublicKey>,
  trusted: ReadonlySet<string>,
): Promise<Map<number, string>> {
  const heads = new Map<number, string>();
  for await (const name of evidence.list(`${SYSTEM_STREAM}/checkpoints/`)) {
    const parsed = parseKey(name);
    if (parsed.kind !== 'checkpoint') continue;
    const bytes = await own(evidence, checkpointKey(SYSTEM_STREAM, parsed.number));
    const signature = await own(evidence, signatureKey(SYSTEM_STREAM, parsed.number));
    if (bytes === null || signature === null) continue;
    const checkpoint = decodeCheckpoint(bytes);
    const key = trusted.has(checkpoint.key_id) ? keys.get(checkpoint.key_id) : undefined;
    if (key !== undefined && (await verifyCheckpoint(bytes, signature, key))) heads.set(checkpoint.size, checkpoint.head);
  }
  return heads;
}

async function own(evidence: EvidenceStore, key: string): Promise<Uint8Array | null> {
  return (await evidence.get(repairKey(key))) ?? evidence.get(key);
}
