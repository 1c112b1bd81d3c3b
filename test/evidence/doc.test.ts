import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DirectoryStore } from '../../src/adapters/evidence/directory.ts';
import { sha256 } from '../../src/evidence/hash.ts';
import { createSigner } from '../../src/evidence/keys.ts';
import { artifactKey, checkpointKey, publicKeyKey, recordKey, signatureKey } from '../../src/evidence/layout.ts';
import { keyRevoked } from '../../src/evidence/log.ts';
import { encodeRecord, readRecord } from '../../src/evidence/record.ts';
import { exitCode } from '../../src/evidence/report.ts';
import { verifyEvidence } from '../../src/evidence/verify.ts';
import { BOT, type BuiltStore, buildStore } from './helpers/store.ts';

const DOCUMENT = join(import.meta.dirname, '../../docs/how-to/verify-evidence.md');
const VICTIM = 'INC-2026-0002';

let root: string;
let script: string;
let genuine: string;
let built: BuiltStore;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tocsin-doc-'));
  genuine = join(root, 'genuine');
  built = await buildStore(await DirectoryStore.open(genuine, Date.now()));
  const text = await readFile(DOCUMENT, 'utf8');
  // Word for word what an auditor pastes: all fenced blocks of bash, in their order.
  script = [...text.matchAll(/^```bash\n(.*?)^```$/gms)].map(([, block]) => block).join('\n');
});

afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(directory: string, environment: Record<string, string> = {}): Promise<Result> {
  return new Promise((resolve) => {
    const child = execFile('bash', ['-s'], { cwd: directory, env: { PATH: process.env['PATH'] ?? '', ...environment } }, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr });
    });
    child.stdin?.end(script);
  });
}

let copies = 0;

async function copy(): Promise<string> {
  copies += 1;
  const directory = join(root, `copy-${copies}`);
  await cp(genuine, directory, { recursive: true });
  return directory;
}

test('the page has all its steps', () => {
  expect(script.match(/^set -euo pipefail$/m)).not.toBeNull();
  expect(script).toContain('echo "VALID');
});

test('a genuine store is VALID', async () => {
  const result = await run(genuine, { PINNED: `${'0'.repeat(64)} ${built.signer.keyId}`, ANCHOR: built.anchor });
  expect(result).toEqual({ code: 0, stdout: `Signed by key ${built.signer.keyId}\nVALID: 44 records\n`, stderr: '' });
});

test('without an anchor it is VALID, and told where to compare', async () => {
  const { code, stdout } = await run(genuine);
  expect(code).toBe(0);
  expect(stdout).toContain(`Compare ${built.anchor} with what was published at {"channel":"C0INC","kind":"slack"`);
});

type Tampering = readonly [name: string, code: number, tamper: (directory: string) => Promise<unknown>];

async function editRecord(directory: string, seq: number): Promise<void> {
  const path = join(directory, recordKey(VICTIM, seq));
  const record = readRecord(await readFile(path));
  await writeFile(path, encodeRecord({ ...record, data: { text: 'Nothing happened.' } }).bytes);
}

async function flip(directory: string, key: string): Promise<void> {
  const path = join(directory, key);
  const bytes = await readFile(path);
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = (bytes[middle] as number) ^ 1;
  await writeFile(path, bytes);
}

function erase(directory: string, ...keys: string[]): Promise<unknown> {
  return Promise.all(keys.map((key) => rm(join(directory, key), { recursive: true })));
}

const TAMPERINGS: readonly Tampering[] = [
  ['edited record', 1, (directory) => editRecord(directory, 3)],
  ['edited last record', 1, (directory) => editRecord(directory, 8)],
  ['deleted record', 1, (directory) => erase(directory, recordKey(VICTIM, 3))],
  ['truncated', 1, (directory) => erase(directory, recordKey(VICTIM, 8), checkpointKey(VICTIM, 8), signatureKey(VICTIM, 8))],
  [
    'record of another incident',
    1,
    async (directory) => writeFile(join(directory, recordKey(VICTIM, 3)), await readFile(join(directory, recordKey('INC-2026-0001', 3)))),
  ],
  [
    'two records in one file',
    1,
    async (directory) =>
      writeFile(
        join(directory, recordKey(VICTIM, 3)),
        Buffer.concat(await Promise.all([3, 4].map((seq) => readFile(join(directory, recordKey(VICTIM, seq)))))),
      ),
  ],
  ['checkpoint changed', 1, (directory) => flip(directory, checkpointKey(VICTIM, 4))],
  ['signature changed', 1, (directory) => flip(directory, signatureKey(VICTIM, 4))],
  ['signature removed', 2, (directory) => erase(directory, signatureKey(VICTIM, 4))],
  ['checkpoint removed', 1, (directory) => erase(directory, checkpointKey(VICTIM, 4), signatureKey(VICTIM, 4))],
  ['key replaced', 1, (directory) => writeFile(join(directory, publicKeyKey(built.signer.keyId)), createSigner().publicKeyPem)],
  [
    'key edited without changing it',
    1,
    (directory) => writeFile(join(directory, publicKeyKey(built.signer.keyId)), `\n${built.signer.publicKeyPem}`),
  ],
  ['key removed', 1, (directory) => erase(directory, publicKeyKey(built.signer.keyId))],
  ['incident removed', 1, (directory) => erase(directory, `incidents/${VICTIM}`)],
  ['records of an incident removed', 1, (directory) => erase(directory, `incidents/${VICTIM}/records`)],
  ['global log removed', 2, (directory) => erase(directory, 'log')],
  ['everything removed', 2, (directory) => erase(directory, 'log', 'system', 'incidents', 'drills')],
  ['artifact changed', 1, (directory) => flip(directory, artifactKey(VICTIM, artifactOf(VICTIM)))],
  ['artifact removed', 1, (directory) => erase(directory, artifactKey(VICTIM, artifactOf(VICTIM)))],
  [
    'appended record',
    2,
    async (directory) => {
      const last = await readFile(join(directory, recordKey(VICTIM, 8)));
      await writeFile(join(directory, recordKey(VICTIM, 9)), encodeRecord({ ...readRecord(last), seq: 9, prev: sha256(last) }).bytes);
    },
  ],
];

function artifactOf(stream: string): string {
  return sha256(Buffer.from(`${stream} frontend log\n${'GET /health 503\n'.repeat(40)}`));
}

test.each(TAMPERINGS)('%s: exit %i, as Tocsin itself says', async (_name, code, tamper) => {
  const directory = await copy();
  await tamper(directory);
  const result = await run(directory);
  expect(result.stdout).not.toContain('VALID:');
  expect(result.stdout).toMatch(code === 1 ? /^ALTERED: /m : /^INCOMPLETE: /m);
  expect(result.code).toBe(code);
  expect(exitCode(await verifyEvidence(await DirectoryStore.openReadOnly(directory)))).not.toBe(0);
});

test('a store set back to an older state is caught by the anchor', async () => {
  const directory = await copy();
  const { writer } = await buildStore(await DirectoryStore.open(join(root, 'newer'), Date.now()), { signer: built.signer, incidents: 1 });
  await writer.note('INC-2026-0001', 'What somebody wants forgotten');
  await writer.checkpoint('INC-2026-0001');
  const anchor = await writer.anchor();
  expect((await run(directory, { ANCHOR: anchor })).code).toBe(1);
  expect((await run(join(root, 'newer'), { ANCHOR: anchor })).code).toBe(0);
});

test('a key that was not pinned is caught', async () => {
  const result = await run(genuine, { PINNED: createSigner().keyId });
  expect(result).toMatchObject({ code: 1, stdout: expect.stringContaining('which you did not pin') });
});

test('what a revoked key signed afterwards is caught', async () => {
  const directory = join(root, 'revoked');
  const { writer } = await buildStore(await DirectoryStore.open(directory, Date.now()), { incidents: 1 });
  await writer.append('system', keyRevoked(writer.signer.keyId, writer.time(), 'laptop lost', BOT));
  await writer.checkpoint('system');
  await writer.anchor();
  expect(await run(directory)).toMatchObject({ code: 1, stdout: expect.stringContaining('revoked') });
});
