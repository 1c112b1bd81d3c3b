import { createHash } from 'node:crypto';
import { GetObjectTaggingCommand, S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { FAULTS, type Fault, S3Simulator, type S3SimulatorOptions } from '../../simulators/s3/index.ts';
import { S3Store, type S3StoreOptions } from '../../src/adapters/evidence/s3.ts';
import { S3_PERMISSIONS } from '../../src/adapters/evidence/s3-permissions.ts';
import { artifactKey, recordKey, tagsFor } from '../../src/evidence/layout.ts';
import { parseAnchor } from '../../src/evidence/log.ts';
import { uploadObject } from '../../src/evidence/uploader.ts';
import { exitCode } from '../../src/evidence/verify/report.ts';
import { verifyEvidence } from '../../src/evidence/verify/verify.ts';
import { codeOfRejected } from './helpers/errors.ts';
import { MemoryStore } from './helpers/memory-store.ts';
import { buildStore } from './helpers/store.ts';

const BUCKET = 'evidence';
const KEY = recordKey('INC-2026-0042', 1);
const TAGS = tagsFor(KEY);
/** Of the text "one". */
const CHECKSUM = createHash('sha256').update('one').digest('base64');
const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };

let simulator: S3Simulator;
let stores: S3Store[];
/** The pauses between tries, which nobody waits for. */
let pauses: number[];

async function start(options: S3SimulatorOptions = {}): Promise<void> {
  simulator = await S3Simulator.start({ buckets: { [BUCKET]: { versioned: true } }, ...options });
}

function open(options: Partial<S3StoreOptions> = {}): S3Store {
  const store = S3Store.open({
    bucket: BUCKET,
    region: 'eu-central-1',
    endpoint: simulator.url,
    credentials: CREDENTIALS,
    sleep: async (ms) => pauses.push(ms),
    ...options,
  });
  stores.push(store);
  return store;
}

beforeEach(async () => {
  stores = [];
  pauses = [];
  await start();
});

afterEach(async () => {
  for (const store of stores) store.close();
  await simulator.stop();
});

async function keysOf(keys: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const key of keys) all.push(key);
  return all;
}

test('an object is created once, with checksum, type and tags', async () => {
  const store = open();
  expect(await store.get(KEY)).toBeNull();
  expect(await store.put(KEY, Buffer.from('one'), TAGS)).toEqual({ kind: 'created' });
  const again = await store.put(KEY, Buffer.from('two'), TAGS);
  expect(again.kind === 'exists' && Buffer.from(again.bytes).toString()).toBe('one');
  expect(Buffer.from((await store.get(KEY)) ?? []).toString()).toBe('one');
  const stored = simulator.buckets.get(BUCKET)?.newest(KEY);
  expect(stored?.headers).toEqual({ 'content-type': 'application/json', 'x-amz-checksum-sha256': CHECKSUM });
  expect(stored?.tags).toEqual([
    ['incident-id', 'INC-2026-0042'],
    ['kind', 'record'],
  ]);

  const client = new S3Client({ region: 'eu-central-1', endpoint: simulator.url, forcePathStyle: true, credentials: CREDENTIALS });
  expect((await client.send(new GetObjectTaggingCommand({ Bucket: BUCKET, Key: KEY }))).TagSet).toEqual([
    { Key: 'incident-id', Value: 'INC-2026-0042' },
    { Key: 'kind', Value: 'record' },
  ]);
  client.destroy();
});

const PASSING: readonly (readonly [string, Fault])[] = [
  ['409 conflict', FAULTS.conflict],
  ['503 slow down', FAULTS.slowDown],
  ['503 unavailable', FAULTS.unavailable],
  ['500 internal error', FAULTS.internal],
  ['connection reset in the middle of the upload', FAULTS.reset],
  ['torn answer', FAULTS.tornBody],
];

test.each(PASSING)('a write comes through: %s', async (_name, fault) => {
  simulator.faults.add({ fault, method: 'PUT', times: 2 });
  const outcome = await open().put(KEY, Buffer.from('one'), TAGS);
  expect(['created', 'exists']).toContain(outcome.kind);
  expect(simulator.buckets.get(BUCKET)?.newest(KEY)?.bytes?.toString()).toBe('one');
  expect(simulator.buckets.get(BUCKET)?.entries('')[0]?.[1]).toHaveLength(1);
  // An answer that was torn had no body to tear, so that nothing was lost.
  expect(pauses).toEqual(fault.kind === 'torn-body' ? [] : [100, 300]);
});

test.each(PASSING)('a read comes through: %s', async (_name, fault) => {
  const store = open();
  await store.put(KEY, Buffer.from('one and a half'), TAGS);
  simulator.faults.add({ fault, method: 'GET', times: 2 });
  expect(Buffer.from((await store.get(KEY)) ?? []).toString()).toBe('one and a half');
  expect(pauses).toEqual([100, 300]);
});

test('applied, but the answer was lost: the retry finds its own bytes, and one version is there', async () => {
  simulator.faults.add({ fault: FAULTS.lostAnswer, method: 'PUT' });
  expect(await uploadObject(open(), KEY, Buffer.from('one'), TAGS)).toBe('already');
  expect(simulator.buckets.get(BUCKET)?.entries('')[0]?.[1]).toHaveLength(1);
});

test('a 412 and then a torn body: what exists is read again', async () => {
  const store = open();
  await store.put(KEY, Buffer.from('one'), TAGS);
  simulator.faults.add({ fault: FAULTS.tornBody, method: 'GET', times: 2 });
  expect(await uploadObject(store, KEY, Buffer.from('one'), TAGS)).toBe('already');
  expect(await codeOfRejected(uploadObject(store, KEY, Buffer.from('two'), TAGS))).toBe('evidence-fork');
});

test('a 412 for an object that cannot be read is not taken for either', async () => {
  simulator.faults.add({ fault: FAULTS.preconditionFailed, method: 'PUT', times: 9 });
  expect(await codeOfRejected(open().put(KEY, Buffer.from('one'), TAGS))).toBe('evidence-store-uncertain');
});

test('no answer: the try is given up, and the next one comes through', async () => {
  simulator.faults.add({ fault: FAULTS.silence, method: 'PUT' });
  expect(await open({ timeoutMs: 150 }).put(KEY, Buffer.from('one'), TAGS)).toEqual({ kind: 'created' });
  expect(pauses).toEqual([100]);
});

test.each<[string, Fault, string]>([
  ['503', FAULTS.slowDown, 'evidence-store-uncertain'],
  ['resets', FAULTS.reset, 'evidence-store-uncertain'],
  ['lost answers of a read', FAULTS.lostAnswer, 'evidence-store-uncertain'],
])('the tries end: %s without end', async (_name, fault, code) => {
  simulator.faults.add({ fault, times: 99 });
  expect(await codeOfRejected(open().put(KEY, Buffer.from('one'), TAGS))).toMatch(code);
  expect(pauses).toEqual([100, 300, 1_000, 3_000]);
  expect(await codeOfRejected(open().get(KEY))).toBe('evidence-store-unreachable');
});

test('a refusal names the missing permission and is not tried again', async () => {
  const store = open();
  simulator.faults.add({ fault: FAULTS.denied, times: 9 });
  await expect(store.put(KEY, Buffer.from('one'), TAGS)).rejects.toThrow('s3:PutObject and s3:PutObjectTagging');
  await expect(store.get(KEY)).rejects.toThrow('s3:GetObject');
  await expect(keysOf(store.list(''))).rejects.toThrow('s3:ListBucket');
  await expect(store.versions('')[Symbol.asyncIterator]().next()).rejects.toThrow('s3:ListBucketVersions');
  await expect(store.put(KEY, Buffer.from('one'), TAGS)).rejects.toMatchObject({ code: 'evidence-store-denied', reason: 'denied' });
  expect(pauses).toEqual([]);
});

test('every permission that an error names is in the policy, and no other', async () => {
  const named = [
    's3:PutObject',
    's3:PutObjectTagging',
    's3:GetObject',
    's3:ListBucket',
    's3:ListBucketVersions',
    's3:GetBucketVersioning',
    's3:GetBucketObjectLockConfiguration',
  ];
  expect(S3_PERMISSIONS.map(({ action }) => action)).toEqual(named);
  expect(named.filter((action) => /delete|bypass/i.test(action))).toEqual([]);
});

test('a bucket or an endpoint that is wrong says so', async () => {
  expect(await codeOfRejected(open({ bucket: 'missing' }).put(KEY, Buffer.from('one'), TAGS))).toBe('evidence-store-misconfigured');
  expect(await codeOfRejected(open({ endpoint: 'http://127.0.0.1:1' }).get(KEY))).toBe('evidence-store-unreachable');
});

test('people.json may be replaced, evidence may not', async () => {
  const store = open();
  for (const text of ['{}\n', '{"U1":"A"}\n']) await store.replace('people.json', Buffer.from(text), tagsFor('people.json'));
  expect(Buffer.from((await store.get('people.json')) ?? []).toString()).toBe('{"U1":"A"}\n');
  expect(await codeOfRejected(store.replace(KEY, Buffer.from('x'), TAGS))).toBe('evidence-store-invalid');
  expect(await codeOfRejected(store.put('../x', Buffer.from('x'), TAGS))).toBe('evidence-store-invalid');
});

test('listings go over pages, versions and delete markers over theirs', async () => {
  await simulator.stop();
  await start({ pageSize: 2 });
  const store = open({ prefix: 'tocsin/' });
  expect(store.location).toBe('s3://evidence/tocsin/');
  const keys = Array.from({ length: 5 }, (_, index) => recordKey('INC-2026-0042', index + 1));
  for (const key of keys) await store.put(key, Buffer.from(key), TAGS);
  const bucket = simulator.buckets.get(BUCKET);
  const victim = keys[2] as string;
  bucket?.remove(`tocsin/${victim}`);
  await store.put(victim, Buffer.from('again'), TAGS);
  bucket?.remove(`tocsin/${keys[4]}`);
  expect(await keysOf(store.list('incidents/'))).toEqual(keys.slice(0, 4));
  const versions: string[] = [];
  for await (const { key, deleteMarker, latest } of store.versions('incidents/'))
    versions.push(`${keys.indexOf(key) + 1}${deleteMarker ? ' deleted' : ''}${latest ? ' latest' : ''}`);
  expect(versions).toEqual(['1 latest', '2 latest', '3 latest', '3 deleted', '3', '4 latest', '5 deleted latest', '5']);
});

test('a whole store survives faults all along, and is verified over S3 as in memory', async () => {
  const store = open();
  const faults = PASSING.map(([, fault]) => fault);
  const flaky = new MemoryStore();
  const { anchor } = await buildStore({
    location: store.location,
    put: (key, bytes, tags) => {
      simulator.faults.add({ fault: faults[key.length % faults.length] as Fault, key, times: 1 });
      return store.put(key, bytes, tags);
    },
    replace: (key, bytes, tags) => store.replace(key, bytes, tags),
    get: (key) => store.get(key),
    list: (prefix) => store.list(prefix),
    versions: (prefix) => flaky.versions(prefix),
  });
  simulator.faults.clear();
  const published = parseAnchor(anchor);
  const report = await verifyEvidence(store, { strict: true, ...(published === null ? {} : { anchor: published }) });
  expect({ exit: exitCode(report), findings: report.findings }).toEqual({ exit: 0, findings: [] });

  const bucket = simulator.buckets.get(BUCKET);
  bucket?.remove(recordKey('INC-2026-0002', 8));
  const after = await verifyEvidence(store);
  expect(exitCode(after)).toBe(1);
  expect(after.findings.map((finding) => finding.code)).toContain('delete-marker');
});

test('an artifact of many megabytes goes through whole', async () => {
  const store = open();
  const bytes = Buffer.alloc(8_000_000, 'log line\n');
  const key = artifactKey('INC-2026-0042', 'ab'.repeat(32));
  expect(await store.put(key, bytes, tagsFor(key))).toEqual({ kind: 'created' });
  expect(Buffer.compare((await store.get(key)) ?? new Uint8Array(), bytes)).toBe(0);
});

test('inspecting a bucket tells what it promises, and whether it keeps it', async () => {
  expect(await open().inspectBucket()).toEqual({ location: 's3://evidence/', versioning: 'on', objectLock: 'off', conditionalWrites: 'honoured' });
  // Once more: the probe is there already.
  expect(await open().inspectBucket()).toMatchObject({ conditionalWrites: 'honoured' });
  expect(simulator.buckets.get(BUCKET)?.entries('doctor/')[0]?.[1]).toHaveLength(1);
});

test('inspecting finds Object Lock, and a bucket that ignores conditions', async () => {
  await simulator.stop();
  await start({ buckets: { [BUCKET]: { lock: { retention: { mode: 'GOVERNANCE', days: 365 } } }, plain: {} }, ignoreConditions: true });
  expect(await open().inspectBucket()).toEqual({
    location: 's3://evidence/',
    versioning: 'on',
    objectLock: { mode: 'GOVERNANCE', days: 365 },
    conditionalWrites: 'ignored',
  });
  expect(await open({ bucket: 'plain' }).inspectBucket()).toMatchObject({ versioning: 'off', objectLock: 'off' });
});

test('inspecting without the right to look says so', async () => {
  const store = open();
  simulator.faults.add({ fault: FAULTS.denied, method: 'GET', times: 2 });
  expect(await store.inspectBucket()).toMatchObject({ versioning: 'denied', objectLock: 'denied', conditionalWrites: 'honoured' });
});

test('the simulator is strict: what is unsigned, damaged or unknown is refused', async () => {
  const unsigned = await fetch(`${simulator.url}/${BUCKET}/x`);
  expect([unsigned.status, await unsigned.text()]).toEqual([403, expect.stringContaining('<Code>AccessDenied</Code>')]);
  const authorization = `AWS4-HMAC-SHA256 Credential=test/20261121/eu-central-1/s3/aws4_request, SignedHeaders=host;x-amz-checksum-sha256;x-amz-content-sha256;x-amz-date, Signature=${'0'.repeat(64)}`;
  const headers = { authorization, 'x-amz-date': '20261121T080000Z', 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };
  const ask = async (method: string, path: string, more: Record<string, string> = {}, body?: string) => {
    const answer = await fetch(`${simulator.url}${path}`, { method, headers: { ...headers, ...more }, ...(body === undefined ? {} : { body }) });
    return [answer.status, /<Code>(\w+)/.exec(await answer.text())?.[1] ?? null];
  };
  expect(await ask('GET', `/${BUCKET}/x`)).toEqual([404, 'NoSuchKey']);
  expect(await ask('GET', `/${BUCKET}?lifecycle`)).toEqual([501, 'NotImplemented']);
  expect(await ask('PUT', `/${BUCKET}/x`, { 'x-amz-checksum-sha256': CHECKSUM }, 'two')).toEqual([400, 'BadDigest']);
  expect(await ask('PUT', `/${BUCKET}/x`, { 'x-amz-checksum-sha256': 'short' }, 'two')).toEqual([400, 'InvalidRequest']);
  expect(await ask('PUT', `/${BUCKET}/x`, { 'if-none-match': '"etag"' }, 'two')).toEqual([501, 'NotImplemented']);
  expect(await ask('PUT', `/${BUCKET}/x`, { 'x-amz-tagging': 'kind=record' }, 'two')).toEqual([403, 'AccessDenied']);
  expect(await ask('PUT', `/${BUCKET}/x`, { 'x-amz-content-sha256': '0'.repeat(64) }, 'two')).toEqual([400, 'XAmzContentSHA256Mismatch']);
  expect(await ask('GET', '/missing/x')).toEqual([404, 'NoSuchBucket']);
});

test('writes what a bucket demands by its policy, and says what is missing where it does not', async () => {
  const key = 'arn:aws:kms:eu-central-1:123456789012:key/0f';
  const demands = { 'x-amz-server-side-encryption': 'aws:kms', 'x-amz-server-side-encryption-aws-kms-key-id': key };
  await simulator.stop();
  await start({ buckets: { [BUCKET]: { versioned: true, demands } } });
  await expect(open().put(KEY, Buffer.from('one'), TAGS)).rejects.toMatchObject({
    reason: 'denied',
    message: expect.stringContaining('evidence.s3.encryption'),
  });
  const store = open({ encryption: 'aws:kms', kmsKeyId: key });
  expect(await store.put(KEY, Buffer.from('one'), TAGS)).toEqual({ kind: 'created' });
  await store.replace('people.json', Buffer.from('{}'), TAGS);
  expect(await store.inspectBucket()).toMatchObject({ conditionalWrites: 'honoured' });
  expect(simulator.buckets.get(BUCKET)?.newest(KEY)?.headers).toMatchObject(demands);
});
