import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, stat, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { DirectoryStore } from '../../src/adapters/evidence/directory.ts';
import { recordKey, tagsFor } from '../../src/evidence/layout.ts';
import { EvidenceForkError, uploadObject } from '../../src/evidence/uploader.ts';
import { exitCode } from '../../src/evidence/verify/report.ts';
import { verifyEvidence } from '../../src/evidence/verify/verify.ts';
import type { ListOptions } from '../../src/ports/evidence.ts';
import { codeOfRejected } from './helpers/errors.ts';
import { MemoryStore } from './helpers/memory-store.ts';
import { ownPins } from './helpers/pins.ts';
import { buildStore } from './helpers/store.ts';

const NOW = Date.UTC(2026, 10, 21);
const KEY = recordKey('INC-2026-0042', 1);
const TAGS = tagsFor(KEY);

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'tocsin-evidence-'));
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

async function keysOf(store: DirectoryStore, prefix: string, options: ListOptions = {}): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of store.list(prefix, options)) keys.push(key);
  return keys;
}

test('an object is created once; then it exists, with its bytes', async () => {
  const store = await DirectoryStore.open(root, NOW);
  expect(await store.get(KEY)).toBeNull();
  expect(await store.put(KEY, Buffer.from('one'), TAGS)).toEqual({ kind: 'created' });
  const again = await store.put(KEY, Buffer.from('two'), TAGS);
  expect(again.kind === 'exists' && Buffer.from(again.bytes).toString()).toBe('one');
  expect(Buffer.from((await store.get(KEY)) ?? []).toString()).toBe('one');
});

test('of many that create the same object at once, exactly one does', async () => {
  const stores = await Promise.all([DirectoryStore.open(root, NOW), DirectoryStore.open(root, NOW)]);
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, (_, index) => (stores[index % 2] as DirectoryStore).put(KEY, Buffer.from(`writer ${index}`), TAGS)),
  );
  expect(outcomes.filter((outcome) => outcome.kind === 'created')).toHaveLength(1);
  const bytes = Buffer.from((await stores[0].get(KEY)) ?? []);
  for (const outcome of outcomes) if (outcome.kind === 'exists') expect(Buffer.from(outcome.bytes)).toEqual(bytes);
  expect(await readdir(join(root, '.tmp'))).toEqual([]);
});

test('a retry is told from a fork', async () => {
  const store = await DirectoryStore.open(root, NOW);
  expect(await uploadObject(store, KEY, Buffer.from('one'), TAGS)).toBe('uploaded');
  expect(await uploadObject(store, KEY, Buffer.from('one'), TAGS)).toBe('already');
  const fork = uploadObject(store, KEY, Buffer.from('two'), TAGS);
  await expect(fork).rejects.toBeInstanceOf(EvidenceForkError);
  await expect(fork).rejects.toMatchObject({ code: 'evidence-fork', key: KEY });
  expect(Buffer.from((await store.get(KEY)) ?? []).toString()).toBe('one');
});

test('only its owner can read it', async () => {
  const path = join(root, 'evidence');
  const store = await DirectoryStore.open(path, NOW);
  await store.put(KEY, Buffer.from('one'), TAGS);
  expect((await stat(join(path, KEY))).mode & 0o777).toBe(0o600);
  expect((await stat(join(path, 'incidents'))).mode & 0o777).toBe(0o700);
  expect((await stat(path)).mode & 0o777).toBe(0o700);
});

test('what a crash left half-written is never seen, and is removed once it is old', async () => {
  const first = await DirectoryStore.open(root, NOW);
  await first.put(KEY, Buffer.from('one'), TAGS);
  const [old, young] = [join(root, '.tmp', 'old'), join(root, '.tmp', 'young')];
  for (const path of [old, young]) await writeFile(path, '{"half":');
  await utimes(old, (NOW - 7_200_000) / 1_000, (NOW - 7_200_000) / 1_000);
  await utimes(young, (NOW - 60_000) / 1_000, (NOW - 60_000) / 1_000);
  const store = await DirectoryStore.open(root, NOW);
  expect(await readdir(join(root, '.tmp'))).toEqual(['young']);
  expect(await keysOf(store, '')).toEqual([KEY]);
});

test('keys are listed in the order of S3, by any prefix', async () => {
  const store = await DirectoryStore.open(root, NOW);
  const keys = ['a-b/1', 'a/1', 'a/2/x', 'a/20', 'a.b', 'b/1'];
  for (const key of keys) await store.put(key, Buffer.from(key), TAGS);
  expect(await keysOf(store, '')).toEqual([...keys].sort());
  expect(await keysOf(store, 'a/2')).toEqual(['a/2/x', 'a/20']);
  expect(await keysOf(store, 'a/')).toEqual(['a/1', 'a/2/x', 'a/20']);
  expect(await keysOf(store, 'none/')).toEqual([]);
  expect(await keysOf(store, '', { skip: ['a/', 'b/'] })).toEqual(['a-b/1', 'a.b']);
  expect(store.versions('')).toBeNull();
});

test.each(['../x', '/etc/passwd', 'a/../../x', 'a//b', 'a/', '.tmp/x', 'a/.hidden', 'a\\b', 'a\0b', '', 'ä', 'x'.repeat(600)])(
  'refuses the key %j',
  async (key) => {
    const store = await DirectoryStore.open(root, NOW);
    expect(await codeOfRejected(store.put(key, Buffer.from('x'), TAGS))).toBe('evidence-store-invalid');
    expect(await codeOfRejected(store.get(key))).toBe('evidence-store-invalid');
  },
);

test('the people map may be replaced, evidence may not', async () => {
  const store = await DirectoryStore.open(root, NOW);
  await store.replace('people.json', Buffer.from('{}\n'), tagsFor('people.json'));
  await store.replace('people.json', Buffer.from('{"U1":"A"}\n'), tagsFor('people.json'));
  expect(Buffer.from((await store.get('people.json')) ?? []).toString()).toBe('{"U1":"A"}\n');
  expect(await codeOfRejected(store.replace(KEY, Buffer.from('x'), TAGS))).toBe('evidence-store-invalid');
});

test('a store that cannot be written says so and leaves nothing behind', async () => {
  await writeFile(join(root, 'incidents'), 'a file where a folder should be');
  const store = await DirectoryStore.open(root, NOW);
  expect(await codeOfRejected(store.put(KEY, Buffer.from('x'), TAGS))).toBe('evidence-store-misconfigured');
  expect(await codeOfRejected(DirectoryStore.openReadOnly(join(root, 'missing')))).toBe('evidence-store-misconfigured');
});

test('a whole store in a directory is valid, also read-only', async () => {
  const store = await DirectoryStore.open(root, NOW);
  const { anchor } = await buildStore(store);
  const readOnly = await DirectoryStore.openReadOnly(root);
  expect(await codeOfRejected(readOnly.put(KEY, Buffer.from('x'), TAGS))).toBe('evidence-store-invalid');
  const report = await verifyEvidence(readOnly, { strict: true, ...(await ownPins(readOnly)) });
  expect({ exit: exitCode(report), findings: report.findings }).toEqual({ exit: 0, findings: [] });
  expect(report.location).toBe(root);
  expect(anchor).toMatch(/^\d+:[0-9a-f]{64}$/);
});

test('a directory and memory hold the same keys', async () => {
  const memory = new MemoryStore();
  const directory = await DirectoryStore.open(root, NOW);
  await buildStore(memory);
  await buildStore(directory);
  const withoutKeys = (keys: string[]) => keys.filter((key) => !key.startsWith('keys/'));
  expect(withoutKeys(await keysOf(directory, ''))).toEqual(withoutKeys(memory.keys()));
});

test('a folder whose name is no UTF-8 is found, with all that it hides, and so is one that is too deep', async () => {
  const store = await DirectoryStore.open(root, NOW);
  await store.put('a/1', Buffer.from('one'), TAGS);
  await mkdir(Buffer.from(`${root}/a/hidden\xff`, 'latin1'));
  await writeFile(Buffer.from(`${root}/a/hidden\xff/f`, 'latin1'), 'secret');
  const found: string[] = [];
  await keysOf(await DirectoryStore.openReadOnly(root), '', { onStray: ({ what }) => found.push(what) });
  expect(found).toEqual(['folder that cannot be opened']);
});

test('a file larger than any evidence is none, and costs no memory', async () => {
  const store = await DirectoryStore.open(root, NOW);
  await store.put('a/1', Buffer.from('one'), TAGS);
  await writeFile(join(root, 'a/2'), '');
  await truncate(join(root, 'a/2'), 3 * 1024 ** 3);
  for (const opened of [store, await DirectoryStore.openReadOnly(root)]) {
    expect(await keysOf(opened, '')).toEqual(['a/1', 'a/2']);
    expect(await opened.get('a/2')).toBeNull();
  }
});

test('links and pipes are neither listed nor read, and nothing waits for them', async () => {
  const store = await DirectoryStore.open(root, NOW);
  await store.put('a/1', Buffer.from('one'), TAGS);
  await symlink(join(root, 'a/1'), join(root, 'a/2'));
  execFileSync('mkfifo', [join(root, 'a/3')]);
  await mkdir(join(root, 'b'));
  for (const opened of [store, await DirectoryStore.openReadOnly(root)]) {
    expect(await keysOf(opened, '')).toEqual(['a/1']);
    expect([await opened.get('a/2'), await opened.get('a/3'), await opened.get('a')]).toEqual([null, null, null]);
    const strays: string[] = [];
    await keysOf(opened, '', { onStray: ({ key, what }) => strays.push(`${key} ${what}`) });
    expect(strays).toEqual(['a/2 link or special file', 'a/3 link or special file', 'b/ empty folder']);
  }
  for (const key of ['a/2', 'a/3']) expect(await codeOfRejected(store.put(key, Buffer.from('x'), TAGS))).toBe('evidence-store-misconfigured');
});
