import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomUUID, sign, verify } from 'node:crypto';
import { constants } from 'node:fs';
import { link, mkdir, open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { TocsinError } from '../domain/errors.ts';
import { sha256 } from '../lib/hash.ts';
import type { Signer } from '../ports/evidence.ts';

/** The length of a raw Ed25519 signature, in bytes (RFC 8032, section 5.1.6). */
const SIGNATURE_BYTES = 64;

/** A public key as the store holds it: the fingerprint, the PEM, and the key to verify with. */
export interface PublicKey {
  readonly keyId: string;
  readonly pem: string;
  readonly key: KeyObject;
}

/** Signs with an Ed25519 key from a PKCS#8 PEM file (ADR 3). */
export class FileSigner implements Signer {
  readonly keyId: string;
  readonly publicKeyPem: string;
  readonly #privateKey: KeyObject;

  constructor(privateKey: KeyObject) {
    if (privateKey.asymmetricKeyType !== 'ed25519') throw new TocsinError('key-type', 'The signing key is no Ed25519 private key.');
    const publicKey = describeKey(createPublicKey(privateKey));
    this.keyId = publicKey.keyId;
    this.publicKeyPem = publicKey.pem;
    this.#privateKey = privateKey;
  }

  /** Raw 64-byte signature over exactly these bytes. */
  async sign(bytes: Uint8Array): Promise<Uint8Array> {
    return sign(null, bytes, this.#privateKey);
  }
}

/**
 * Opens the signing key, and creates it (0600) when the file is missing; of two that create at once, one wins and both use its key.
 * Throws TocsinError: `key-permissions` when group or others may touch the file, `key-unreadable`, or `key-type`.
 */
export async function openFileSigner(path: string): Promise<FileSigner> {
  const pem = (await readKeyFile(path)) ?? (await createKeyFile(path));
  return new FileSigner(parsePrivateKey(pem, path));
}

/** The signing key of a file, or `null` when there is no such file. Throws like openFileSigner. */
export async function readFileSigner(path: string): Promise<FileSigner | null> {
  const pem = await readKeyFile(path);
  return pem === null ? null : new FileSigner(parsePrivateKey(pem, path));
}

/** A new key that no file holds: for tests and for drills. */
export function createSigner(): FileSigner {
  return new FileSigner(generateKeyPairSync('ed25519').privateKey);
}

/** Reads a public key. Throws TocsinError `key-unreadable` for what is no Ed25519 SPKI PEM. */
export function parsePublicKey(pem: string): PublicKey {
  try {
    const key = createPublicKey(pem);
    if (key.asymmetricKeyType !== 'ed25519' || !pem.includes('BEGIN PUBLIC KEY')) throw new TypeError('not an Ed25519 SPKI key');
    return describeKey(key);
  } catch (cause) {
    throw new TocsinError('key-unreadable', 'This is no Ed25519 public key in PEM.', { cause });
  }
}

/** Whether `signature` is this key's raw Ed25519 signature over exactly `bytes`. Off the main thread: it costs as much as hashing 100 KB. */
export async function verifySignature(publicKey: PublicKey, bytes: Uint8Array, signature: Uint8Array): Promise<boolean> {
  return signature.byteLength === SIGNATURE_BYTES && verifyLater(null, bytes, publicKey.key, signature);
}

const verifyLater = promisify<null, Uint8Array, KeyObject, Uint8Array, boolean>(verify);

/** The fingerprint that auditors pin: SHA-256 of the SPKI DER, lower-case hex. */
function describeKey(key: KeyObject): PublicKey {
  const keyId = sha256(key.export({ type: 'spki', format: 'der' }));
  return { keyId, pem: key.export({ type: 'spki', format: 'pem' }).toString(), key };
}

function parsePrivateKey(pem: string, path: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new TocsinError(
      'key-unreadable',
      `${path} holds no private key in PKCS#8 PEM. Put the key back from your copy; a new one is made only where the file is missing.`,
      { cause },
    );
  }
}

async function readKeyFile(path: string): Promise<string | null> {
  try {
    // Never waits for the other end of a pipe.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    // The mode of the open file, so that nothing can be swapped between the check and the reading.
    const stats = await file.stat();
    if (!stats.isFile()) throw new TocsinError('key-unreadable', `${path} is no file. Put the key there, or name another file: TOCSIN_KEY_FILE.`);
    if ((stats.mode & 0o077) !== 0) throw new TocsinError('key-permissions', `${path} may be read by others; run: chmod 600 ${path}`);
    return await file.readFile('utf8');
  } catch (cause) {
    if (isCode(cause, 'ENOENT')) return null;
    if (cause instanceof TocsinError) throw cause;
    throw new TocsinError(
      'key-unreadable',
      `${path} cannot be read (${codeOf(cause)}). It must be a file that the user of Tocsin may read: TOCSIN_KEY_FILE.`,
      { cause },
    );
  }
}

async function createKeyFile(path: string): Promise<string> {
  const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeSynced(temporary, pem);
    // A link fails when the name is taken, and the name never shows half a key.
    await link(temporary, path);
    await syncDirectory(dirname(path));
    return pem;
  } catch (cause) {
    const theirs = isCode(cause, 'EEXIST') ? await readKeyFile(path) : null;
    if (theirs !== null) return theirs;
    throw new TocsinError(
      'key-unreadable',
      `The signing key ${path} cannot be created (${codeOf(cause)}). Make its directory writable for the user of Tocsin: TOCSIN_DATA.`,
      {
        cause,
      },
    );
  } finally {
    await unlink(temporary).catch(() => undefined);
  }
}

async function writeSynced(path: string, text: string): Promise<void> {
  await using file = await open(path, 'wx', 0o600);
  await file.writeFile(text);
  await file.sync();
}

async function syncDirectory(path: string): Promise<void> {
  await using directory = await open(path, 'r');
  await directory.sync();
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown error';
}

/** By its code alone: `instanceof Error` fails for errors of another realm. */
function isCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
