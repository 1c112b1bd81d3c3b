import { createHash, createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { decodeCheckpoint, signCheckpoint, verifyCheckpoint } from '../../src/evidence/checkpoint.ts';
import { createSigner, openFileSigner, parsePublicKey, verifySignature } from '../../src/evidence/keys.ts';
import { formatAnchor, parseAnchor } from '../../src/evidence/log.ts';
import { codeOf, codeOfRejected } from './helpers/errors.ts';

let root: string;
let path: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'tocsin-keys-'));
  path = join(root, 'keys', 'signing.pem');
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

test('a missing key is created for its owner alone, and found again', async () => {
  const first = await openFileSigner(path);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(join(root, 'keys'))).toEqual(['signing.pem']);
  const second = await openFileSigner(path);
  expect(second.keyId).toBe(first.keyId);
  expect(first.keyId).toBe(
    createHash('sha256')
      .update(createPublicKey(first.publicKeyPem).export({ type: 'spki', format: 'der' }))
      .digest('hex'),
  );
});

test('of many that create the key at once, all use the same', async () => {
  const signers = await Promise.all(Array.from({ length: 10 }, () => openFileSigner(path)));
  expect(new Set(signers.map((signer) => signer.keyId)).size).toBe(1);
});

test.each([0o640, 0o604, 0o660, 0o644])('a key file with mode %o is refused', async (mode) => {
  await openFileSigner(path);
  await chmod(path, mode);
  expect(await codeOfRejected(openFileSigner(path))).toBe('key-permissions');
});

test('a file that holds no Ed25519 key is refused', async () => {
  await writeFile(join(root, 'rsa.pem'), generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }), {
    mode: 0o600,
  });
  await writeFile(join(root, 'text.pem'), 'x', { mode: 0o600 });
  expect(await codeOfRejected(openFileSigner(join(root, 'rsa.pem')))).toBe('key-type');
  expect(await codeOfRejected(openFileSigner(join(root, 'text.pem')))).toBe('key-unreadable');
  expect(await codeOfRejected(openFileSigner(root))).toBe('key-unreadable');
  expect(codeOf(() => parsePublicKey('x'))).toBe('key-unreadable');
});

test('a signature is raw Ed25519 over exactly the bytes', async () => {
  const signer = createSigner();
  const key = parsePublicKey(signer.publicKeyPem);
  const bytes = Buffer.from('exactly this\n');
  const signature = await signer.sign(bytes);
  expect(signature).toHaveLength(64);
  expect(verify(null, bytes, signer.publicKeyPem, signature)).toBe(true);
  expect(await verifySignature(key, bytes, signature)).toBe(true);
  expect(await verifySignature(key, Buffer.from('exactly this'), signature)).toBe(false);
  expect(await verifySignature(key, bytes, signature.slice(1))).toBe(false);
});

test('a checkpoint is canonical, signed, and verified by its own key only', async () => {
  const signer = createSigner();
  const head = 'ab'.repeat(32);
  const signed = await signCheckpoint({ seq: 42, hash: head }, { stream: 'INC-2026-0042', time: '2026-11-21T08:15:53.000Z' }, signer);
  expect(Buffer.from(signed.bytes).toString()).toBe(
    `{"head":"${head}","incident_id":"INC-2026-0042","key_id":"${signer.keyId}","kind":"checkpoint","size":42,"time":"2026-11-21T08:15:53.000Z","v":1}\n`,
  );
  expect(decodeCheckpoint(signed.bytes)).toEqual(signed.checkpoint);
  expect(await verifyCheckpoint(signed.bytes, signed.signature, parsePublicKey(signer.publicKeyPem))).toBe(true);
  expect(await verifyCheckpoint(signed.bytes, signed.signature, parsePublicKey(createSigner().publicKeyPem))).toBe(false);
  expect(codeOf(() => decodeCheckpoint(Buffer.from(Buffer.from(signed.bytes).toString().replace(',', ', '))))).toBe('checkpoint-invalid');
  expect(codeOf(() => decodeCheckpoint(Buffer.from('{}\n')))).toBe('checkpoint-invalid');
});

test('an anchor reads as it is written', async () => {
  const signed = await signCheckpoint(
    { seq: 42, hash: 'ab'.repeat(32) },
    { stream: 'log', time: '2026-11-21T08:15:53.000Z', closing: false },
    createSigner(),
  );
  expect(parseAnchor(formatAnchor(signed))).toEqual({ size: 42, sha256: signed.sha256 });
  expect(parseAnchor(` ${signed.sha256.toUpperCase()} `)).toEqual({ size: null, sha256: signed.sha256 });
  expect(parseAnchor(`00000042:${signed.sha256}`)).toEqual({ size: 42, sha256: signed.sha256 });
  for (const text of ['', '42', `0:${signed.sha256}`, `x:${signed.sha256}`, signed.sha256.slice(1)]) expect(parseAnchor(text)).toBeNull();
});
