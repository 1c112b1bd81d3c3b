import type { Actor } from '../../../src/domain/record.ts';
import { nextRecord } from '../../../src/evidence/chain.ts';
import { signCheckpoint } from '../../../src/evidence/checkpoint.ts';
import { createSigner } from '../../../src/evidence/keys.ts';
import { artifactKey, checkpointKey, publicKeyKey, recordKey, signatureKey, tagsFor } from '../../../src/evidence/layout.ts';
import { logHead } from '../../../src/evidence/log.ts';
import { uploadObject } from '../../../src/evidence/uploader.ts';
import type { ChainRecord, EvidenceKeys, EvidenceStore, MakeCheckpoint, PutOutcome, Signer, UploadObject } from '../../../src/ports/evidence.ts';

const BOT: Actor = { kind: 'tocsin', id: 'tocsin' };

export const keys: EvidenceKeys = { record: recordKey, checkpoint: checkpointKey, signature: signatureKey, artifact: artifactKey };

export const chainRecord: ChainRecord = nextRecord;

/** Evidence in memory, which can be down and remembers the order of its writes. */
export class MemoryEvidence implements EvidenceStore {
  readonly location = 'memory';
  readonly objects = new Map<string, Uint8Array>();
  down = false;
  refusals = 0;

  async put(key: string, bytes: Uint8Array): Promise<PutOutcome> {
    if (this.down) {
      this.refusals += 1;
      throw new Error('the evidence store is down');
    }
    const there = this.objects.get(key);
    if (there !== undefined) return { kind: 'exists', bytes: there };
    this.objects.set(key, Uint8Array.from(bytes));
    return { kind: 'created' };
  }

  async replace(): Promise<void> {
    throw new Error('nothing is replaced here');
  }

  async get(key: string): Promise<Uint8Array | null> {
    return this.objects.get(key) ?? null;
  }

  async *list(prefix: string): AsyncIterable<string> {
    yield* [...this.objects.keys()].filter((key) => key.startsWith(prefix)).sort();
  }

  versions(): null {
    return null;
  }

  /** The keys of one stream's folder, in the order in which they were written. */
  written(prefix: string): string[] {
    return [...this.objects.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
  }
}

export function uploadTo(store: EvidenceStore): UploadObject {
  return (key, bytes) => uploadObject(store, key, bytes, tagsFor(key));
}

export function makeCheckpoints(signer: Signer): MakeCheckpoint {
  return async ({ stream, size, hash, type }, time) => {
    const signed = await signCheckpoint({ seq: size, hash }, { stream, time: new Date(time).toISOString(), closing: type === 'test.closed' }, signer);
    return {
      checkpoint: { stream, size, bytes: signed.bytes, signature: signed.signature, sha256: signed.sha256 },
      logRecord: stream === 'log' ? null : logHead(signed, BOT),
    };
  };
}

/** A signer and its public key as an object of the evidence store. */
export function testSigner(): { signer: Signer; publicKey: { key: string; bytes: Uint8Array } } {
  const signer = createSigner();
  return { signer, publicKey: { key: publicKeyKey(signer.keyId), bytes: Buffer.from(signer.publicKeyPem) } };
}
