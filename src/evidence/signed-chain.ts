import { TocsinError } from '../domain/errors.ts';
import type { StoredRecord } from '../domain/record.ts';
import type { EvidenceStore } from '../engine/ports.ts';
import { type Checkpoint, decodeCheckpoint, verifyCheckpoint } from './checkpoint.ts';
import { sha256 } from './hash.ts';
import type { PublicKey } from './keys.ts';
import { checkpointKey, parseKey, recordKey, repairKey, signatureKey, streamPrefix } from './layout.ts';
import { decodeRecord } from './record.ts';

/** Reading alone. */
type Objects = Pick<EvidenceStore, 'get' | 'list'>;

/**
 * A stream's checkpoints that one of these keys signed, largest first. Anybody who can write may have put anything under any name, and anything
 * beside it as if it were a repair: what does not hold is passed over.
 */
export async function* signedCheckpoints(
  evidence: Objects,
  stream: string,
  keyOf: (keyId: string) => PublicKey | undefined,
): AsyncGenerator<Checkpoint> {
  const sizes: number[] = [];
  for await (const name of evidence.list(`${streamPrefix(stream)}checkpoints/`)) {
    const parsed = parseKey(name);
    if (parsed.kind === 'checkpoint') sizes.push(parsed.number);
  }
  for (const size of sizes.toReversed()) {
    const found = await signedCheckpoint(evidence, stream, size, keyOf);
    if (found !== null) yield found;
  }
}

/** The largest of them, which covers what the others do; `null` when there is none. */
export async function lastSigned(evidence: Objects, stream: string, keyOf: (keyId: string) => PublicKey | undefined): Promise<Checkpoint | null> {
  for await (const checkpoint of signedCheckpoints(evidence, stream, keyOf)) return checkpoint;
  return null;
}

/** The records that lead to a signed head, the last first. Each names the one before by its digest, so nothing else can be taken for it. Ends where one is missing. */
export async function* recordsBefore(
  evidence: Objects,
  stream: string,
  { size, head }: Pick<Checkpoint, 'size' | 'head'>,
): AsyncGenerator<StoredRecord> {
  let wanted = head;
  for (let seq = size; seq > 0; seq -= 1) {
    const bytes = (await candidates(evidence, recordKey(stream, seq))).find((one) => sha256(one) === wanted);
    const record = bytes === undefined ? null : orNull(() => decodeRecord(bytes).record);
    if (record === null) return;
    yield record;
    wanted = record.prev;
  }
}

async function signedCheckpoint(
  evidence: Objects,
  stream: string,
  size: number,
  keyOf: (keyId: string) => PublicKey | undefined,
): Promise<Checkpoint | null> {
  const signatures = await candidates(evidence, signatureKey(stream, size));
  for (const bytes of await candidates(evidence, checkpointKey(stream, size))) {
    const checkpoint = orNull(() => decodeCheckpoint(bytes));
    if (checkpoint === null || checkpoint.size !== size || checkpoint.incident_id !== stream) continue;
    const key = keyOf(checkpoint.key_id);
    if (key === undefined) continue;
    for (const signature of signatures) if (await verifyCheckpoint(bytes, signature, key)) return checkpoint;
  }
  return null;
}

/** What may be Tocsin's own of a name: the object beside it, and the one under it. */
async function candidates(evidence: Objects, key: string): Promise<readonly Uint8Array[]> {
  const both = await Promise.all([evidence.get(repairKey(key)), evidence.get(key)]);
  return both.filter((bytes) => bytes !== null);
}

/** `null` for what is not what it should be. */
function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof TocsinError) return null;
    throw error;
  }
}
