import { TocsinError } from '../domain/errors.ts';
import type { EvidenceStore, Signer } from '../engine/ports.ts';
import { decodeCheckpoint, verifyCheckpoint } from './checkpoint.ts';
import { sha256 } from './hash.ts';
import { parsePublicKey } from './keys.ts';
import { checkpointKey, parseKey, recordKey, repairKey, signatureKey, streamPrefix } from './layout.ts';
import { readRecord } from './record.ts';

/** Whether this key signed a checkpoint of a chain that this record is part of: only then did Tocsin write it for certain. */
export async function isSignedAhead(evidence: EvidenceStore, signer: Signer, stream: string, seq: number): Promise<boolean> {
  const sizes: number[] = [];
  for await (const key of evidence.list(`${streamPrefix(stream)}checkpoints/`)) {
    const parsed = parseKey(key);
    if (parsed.kind === 'checkpoint' && parsed.number >= seq) sizes.push(parsed.number);
  }
  for (const size of sizes) {
    const head = await signedHead(evidence, signer, stream, size);
    if (head !== null && (await leadsTo(evidence, stream, seq, { size, head }))) return true;
  }
  return false;
}

async function signedHead(evidence: EvidenceStore, signer: Signer, stream: string, size: number): Promise<string | null> {
  const bytes = await own(evidence, checkpointKey(stream, size));
  const signature = await own(evidence, signatureKey(stream, size));
  if (bytes === null || signature === null) return null;
  try {
    const checkpoint = decodeCheckpoint(bytes);
    const good = checkpoint.size === size && checkpoint.incident_id === stream;
    return good && (await verifyCheckpoint(bytes, signature, parsePublicKey(signer.publicKeyPem))) ? checkpoint.head : null;
  } catch (error) {
    if (error instanceof TocsinError) return null;
    throw error;
  }
}

async function leadsTo(evidence: EvidenceStore, stream: string, from: number, { size, head }: { size: number; head: string }): Promise<boolean> {
  let prev: string | null = null;
  for (let seq = from; seq <= size; seq += 1) {
    const bytes = await own(evidence, recordKey(stream, seq));
    if (bytes === null || (prev !== null && prevOf(bytes) !== prev)) return false;
    prev = sha256(bytes);
  }
  return prev === head;
}

function prevOf(bytes: Uint8Array): string | null {
  try {
    return readRecord(bytes).prev;
  } catch (error) {
    if (error instanceof TocsinError) return null;
    throw error;
  }
}

async function own(evidence: EvidenceStore, key: string): Promise<Uint8Array | null> {
  return (await evidence.get(repairKey(key))) ?? evidence.get(key);
}
