import { execFileSync } from 'node:child_process';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openSigningKey } from '../../src/app/signing-key.ts';
import { publicKeyKey } from '../../src/evidence/layout.ts';
import { MemoryEvidence } from '../engine/helpers/evidence.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tocsin-key-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

test('a key is made where nothing was ever signed, and never again once there is evidence', async () => {
  const path = join(directory, 'signing-key.pem');
  const evidence = new MemoryEvidence();
  const first = await openSigningKey(path, evidence, null);
  expect((await openSigningKey(path, evidence, null)).keyId).toBe(first.keyId);
  await evidence.put(publicKeyKey(first.keyId), Buffer.from(first.publicKeyPem));
  await rm(path);
  await expect(openSigningKey(path, evidence, null)).rejects.toMatchObject({
    code: 'key-missing',
    message: expect.stringContaining('Put the key file back'),
  });
  await expect(access(path)).rejects.toThrow();
});

test('a key file that is a pipe or a folder is told, and nothing waits for it', async () => {
  const pipe = join(directory, 'pipe.pem');
  execFileSync('mkfifo', ['-m', '600', pipe]);
  for (const path of [pipe, directory])
    await expect(openSigningKey(path, new MemoryEvidence(), null)).rejects.toMatchObject({
      code: 'key-unreadable',
      message: expect.stringContaining('is no file'),
    });
});
