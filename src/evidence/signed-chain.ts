import { TocsinError } from '../domain/errors.ts';
import { sha256 } from '../lib/hash.ts';
import { mapAhead } from '../lib/map-ahead.ts';
import type { ChainedRecord, EvidenceStore } from '../ports/evidence.ts';
import { type Checkpoint, decodeCheckpoint, verifyCheckpoint } from './checkpoint.ts';
import type { PublicKey } from './keys.ts';
import { checkpointKey, parseKey, recordKey, repairKey, signatureKey, streamPrefix } from './layout.ts';
import { decodeRecord } from './record.ts';

/** Reading alone. */
type Objects = Pick<EvidenceStore, 'get' | 'list'>;

/** All that may be Tocsin's own of a name: the object beside it, when there is one, and the one under it. */
export type Candidates = (key: string) => Promise<readonly Uint8Array[]>;

/** A checkpoint with the bytes and the signature that were found good. */
export interface SignedCheckpoint extends Checkpoint {
  readonly bytes: Uint8Array;
  readonly signature: Uint8Array;
}

const READ_AHEAD = 16;

/** Lists what lies beside a stream's objects, once. */
export async function candidatesOf(evidence: Objects, stream: string): Promise<Candidates> {
  const beside = new Set<string>();
  for await (const name of evidence.list(`${streamPrefix(stream)}repairs/`)) {
    const parsed = parseKey(name);
    if (parsed.kind === 'repair') beside.add(parsed.key);
  }
  return async (key) => {
    const both = await Promise.all([beside.has(key) ? evidence.get(repairKey(key)) : null, evidence.get(key)]);
    return both.filter((bytes) => bytes !== null);
  };
}

/**
 * A stream's checkpoints that one of these keys signed, largest first. Anybody who can write may have put anything under any name, and anything
 * beside it as if it were a repair: what does not hold is passed over.
 */
export async function* signedCheckpoints(
  evidence: Objects,
  stream: string,
  keyOf: (keyId: string) => PublicKey | undefined,
): AsyncGenerator<SignedCheckpoint> {
  const candidates = await candidatesOf(evidence, stream);
  const sizes: number[] = [];
  for await (const name of evidence.list(`${streamPrefix(stream)}checkpoints/`)) {
    const parsed = parseKey(name);
    if (parsed.kind === 'checkpoint') sizes.push(parsed.number);
  }
  for (const size of sizes.toReversed()) {
    const found = await signedCheckpoint(candidates, stream, size, keyOf);
    if (found !== null) yield found;
  }
}

/** The largest of them, which covers what the others do; `null` when there is none. */
export async function lastSigned(
  evidence: Objects,
  stream: string,
  keyOf: (keyId: string) => PublicKey | undefined,
): Promise<SignedCheckpoint | null> {
  for await (const checkpoint of signedCheckpoints(evidence, stream, keyOf)) return checkpoint;
  return null;
}

/** The records that lead to a signed head, the last first. Each names the one before by its digest, so nothing else can be taken for it. Ends where one is missing. */
export async function* recordsBefore(
  evidence: Objects,
  stream: string,
  { size, head }: Pick<Checkpoint, 'size' | 'head'>,
): AsyncGenerator<ChainedRecord> {
  const candidates = await candidatesOf(evidence, stream);
  let wanted = head;
  for await (const found of mapAhead(downFrom(size), READ_AHEAD, (seq) => candidates(recordKey(stream, seq)))) {
    const bytes = found.find((one) => sha256(one) === wanted);
    const chained = bytes === undefined ? null : orNull(() => decodeRecord(bytes));
    if (chained === null) return;
    yield chained;
    wanted = chained.record.prev;
  }
}

function* downFrom(size: number): Generator<number> {
  for (let seq = size; seq > 0; seq -= 1) yield seq;
}

async function signedCheckpoint(
  candidates: Candidates,
  stream: string,
  size: number,
  keyOf: (keyId: string) => PublicKey | undefined,
): Promise<SignedCheckpoint | null> {
  const signatures = await candidates(signatureKey(stream, size));
  for (const bytes of await candidates(checkpointKey(stream, size))) {
    const checkpoint = orNull(() => decodeCheckpoint(bytes));
    if (checkpoint === null || checkpoint.size !== size || checkpoint.incident_id !== stream) continue;
    const key = keyOf(checkpoint.key_id);
    if (key === undefined) continue;
    for (const signature of signatures) if (await verifyCheckpoint(bytes, signature, key)) return { ...checkpoint, bytes, signature };
  }
  return null;
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
