import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { TocsinError } from '../domain/errors.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const VERSION = 1;

/** AES-256-GCM with a key derived from the signing key's file: no second secret to look after (docs/explanation/security.md#secrets). */
export interface FileCipher {
  seal(bytes: Uint8Array): Uint8Array;
  /** @throws TocsinError `snapshot-unreadable` for what another key has sealed, or what was altered */
  open(bytes: Uint8Array): Uint8Array;
}

/** A key of 32 bytes for MACs in the database, derived from the signing key's file (docs/explanation/security.md). The file must exist. */
export async function openMacKey(keyFile: string): Promise<Uint8Array> {
  return deriveKey(await readFile(keyFile), 'tocsin database v1');
}

function deriveKey(secret: Uint8Array, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), purpose, 32));
}

/** Opens the cipher of a signing key. The file must exist: keys.ts creates it. */
export async function openFileCipher(keyFile: string): Promise<FileCipher> {
  const key = createSecretKey(deriveKey(await readFile(keyFile), 'tocsin snapshots v1'));
  return {
    seal(bytes) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      const sealed = Buffer.concat([cipher.update(bytes), cipher.final()]);
      return Buffer.concat([Buffer.from([VERSION]), nonce, cipher.getAuthTag(), sealed]);
    },
    open(bytes) {
      try {
        const all = Buffer.from(bytes);
        if (all[0] !== VERSION) throw new TypeError('unknown version');
        const tagAt = 1 + NONCE_BYTES;
        const decipher = createDecipheriv('aes-256-gcm', key, all.subarray(1, tagAt));
        decipher.setAuthTag(all.subarray(tagAt, tagAt + TAG_BYTES));
        return Buffer.concat([decipher.update(all.subarray(tagAt + TAG_BYTES)), decipher.final()]);
      } catch (cause) {
        throw new TocsinError('snapshot-unreadable', 'A kept value cannot be decrypted: it was sealed with another signing key, or altered.', {
          cause,
        });
      }
    },
  };
}
