import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import { TocsinError } from '../domain/errors.ts';
import type { Json } from '../domain/record.ts';
import { sha256 } from '../lib/hash.ts';
import type { Signer } from '../ports/evidence.ts';
import type { ChainHead } from './chain.ts';
import { canonicalBytes, isCanonical } from './json.ts';
import { type PublicKey, verifySignature } from './keys.ts';
import { MAX_SEQ } from './layout.ts';
import { hexSchema, streamSchema, timeSchema } from './record.ts';

/**
 * A signed head of a chain. `kind` keeps the signature from being taken for one over something else, and `closing` marks the
 * checkpoint after an incident was closed.
 */
const checkpointSchema = z.strictObject({
  v: z.literal(1),
  kind: z.enum(['checkpoint', 'closing']),
  incident_id: streamSchema,
  size: z.int().min(1).max(MAX_SEQ),
  head: hexSchema,
  time: timeSchema,
  key_id: hexSchema,
});

export type Checkpoint = Readonly<z.infer<typeof checkpointSchema>>;

/** A checkpoint with its exact bytes, their SHA-256 and the raw 64-byte signature over them. */
export interface SignedCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly bytes: Uint8Array;
  readonly sha256: string;
  readonly signature: Uint8Array;
}

/** Signs a stream's head. `time` is UTC with milliseconds and `Z`. */
export async function signCheckpoint(
  head: ChainHead,
  about: { stream: string; time: string; closing?: boolean },
  signer: Signer,
): Promise<SignedCheckpoint> {
  const checkpoint = checkpointSchema.parse({
    v: 1,
    kind: about.closing === true ? 'closing' : 'checkpoint',
    incident_id: about.stream,
    size: head.seq,
    head: head.hash,
    time: about.time,
    key_id: signer.keyId,
  });
  const bytes = canonicalBytes(checkpoint);
  return { checkpoint, bytes, sha256: sha256(bytes), signature: await signer.sign(bytes) };
}

/** Reads a checkpoint strictly; its signature is not checked here. Throws TocsinError `checkpoint-invalid`. */
export function decodeCheckpoint(bytes: Uint8Array): Checkpoint {
  try {
    if (!isUtf8(bytes)) throw new TypeError('not UTF-8');
    const text = Buffer.from(bytes).toString('utf8');
    const value = JSON.parse(text) as Json;
    const checkpoint = checkpointSchema.parse(value);
    if (!isCanonical(value, text)) throw new TypeError('not canonical JSON and one newline');
    return checkpoint;
  } catch (cause) {
    throw new TocsinError('checkpoint-invalid', 'This is no checkpoint in canonical form.', { cause });
  }
}

/** Whether the key that the checkpoint names signed exactly these bytes. */
export async function verifyCheckpoint(bytes: Uint8Array, signature: Uint8Array, publicKey: PublicKey): Promise<boolean> {
  return decodeCheckpoint(bytes).key_id === publicKey.keyId && verifySignature(publicKey, bytes, signature);
}
