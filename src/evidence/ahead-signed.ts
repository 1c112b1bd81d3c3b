import type { EvidenceStore, Signer } from '../ports/evidence.ts';
import { parsePublicKey } from './keys.ts';
import { recordsBefore, signedCheckpoints } from './signed-chain.ts';

/** Whether this key signed a checkpoint of a chain that this record is part of: only then did Tocsin write it for certain. */
export async function isSignedAhead(evidence: EvidenceStore, signer: Signer, stream: string, seq: number): Promise<boolean> {
  const key = parsePublicKey(signer.publicKeyPem);
  for await (const checkpoint of signedCheckpoints(evidence, stream, (keyId) => (keyId === signer.keyId ? key : undefined))) {
    if (checkpoint.size < seq) return false;
    for await (const { record } of recordsBefore(evidence, stream, checkpoint)) if (record.seq === seq) return true;
  }
  return false;
}
