import { createHash } from 'node:crypto';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectLockConfigurationCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { S3Store } from '../../src/adapters/evidence/s3.ts';
import { recordKey, tagsFor } from '../../src/evidence/layout.ts';
import { parseAnchor } from '../../src/evidence/log.ts';
import { uploadObject } from '../../src/evidence/uploader.ts';
import { exitCode } from '../../src/evidence/verify/report.ts';
import { verifyEvidence } from '../../src/evidence/verify/verify.ts';
import { codeOfRejected } from '../evidence/helpers/errors.ts';
import { buildStore } from '../evidence/helpers/store.ts';
import { type Moto, startMoto } from '../helpers/moto.ts';

/** Of the text "one". */
const CHECKSUM = createHash('sha256').update('one').digest('base64');
const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };
const REGION = 'us-east-1';

let moto: Moto;
let endpoint: string;
let client: S3Client;
let bucket: string;
let buckets = 0;

beforeAll(async () => {
  moto = await startMoto();
  endpoint = moto.endpoint;
  client = new S3Client({ region: REGION, endpoint, forcePathStyle: true, credentials: CREDENTIALS });
});

afterAll(async () => {
  client?.destroy();
  await moto?.stop();
});

beforeEach(async () => {
  buckets += 1;
  bucket = `evidence-${buckets}`;
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  await client.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: 'Enabled' } }));
});

function open(prefix = ''): S3Store {
  return S3Store.open({ bucket, prefix, region: REGION, endpoint, credentials: CREDENTIALS });
}

const KEY = recordKey('INC-2026-0042', 1);

test('conditional writes create once', async () => {
  const store = open();
  expect(await store.put(KEY, Buffer.from('one'), tagsFor(KEY))).toEqual({ kind: 'created' });
  expect(await uploadObject(store, KEY, Buffer.from('one'), tagsFor(KEY))).toBe('already');
  expect(await codeOfRejected(uploadObject(store, KEY, Buffer.from('two'), tagsFor(KEY)))).toBe('evidence-fork');
  store.close();
});

test('the object has its type, its checksum and its tags', async () => {
  const store = open('folder');
  await store.put(KEY, Buffer.from('one'), tagsFor(KEY));
  const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: `folder/${KEY}`, ChecksumMode: 'ENABLED' }));
  expect([head.ContentType, head.ChecksumSHA256]).toEqual(['application/json', CHECKSUM]);
  const { TagSet } = await client.send(new GetObjectTaggingCommand({ Bucket: bucket, Key: `folder/${KEY}` }));
  expect(Object.fromEntries((TagSet ?? []).map(({ Key, Value }) => [Key, Value]))).toEqual({ 'incident-id': 'INC-2026-0042', kind: 'record' });
  store.close();
});

test('a store written by Tocsin is valid, more than one page of it', async () => {
  const store = open();
  const { anchor, signer } = await buildStore(store, { incidents: 2, records: 30 });
  const published = parseAnchor(anchor);
  if (published === null) throw new Error('no anchor');
  const report = await verifyEvidence(store, { strict: true, anchor: published, pinnedKeyIds: [signer.keyId] });
  expect({ exit: exitCode(report), findings: report.findings }).toEqual({ exit: 0, findings: [] });
  store.close();
});

test('a delete marker, a write over it, and a second version are alterations', async () => {
  const store = open();
  const { signer } = await buildStore(store, { incidents: 2 });
  const [first, second] = [recordKey('INC-2026-0001', 3), recordKey('INC-2026-0002', 3)];
  const bytes = await store.get(first);
  await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: first }));
  // The condition holds over a delete marker: only the versions give it away.
  expect(await store.put(first, bytes ?? new Uint8Array(), tagsFor(first))).toEqual({ kind: 'created' });
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: second, Body: (await store.get(second)) ?? new Uint8Array() }));
  const report = await verifyEvidence(store, { pinnedKeyIds: [signer.keyId] });
  expect(exitCode(report)).toBe(1);
  expect(report.findings.map(({ code, key }) => `${code} ${key}`).sort()).toEqual([
    `delete-marker ${first}`,
    `second-version ${first}`,
    `second-version ${second}`,
  ]);
  store.close();
});

test('the doctor sees versioning, Object Lock and conditional writes', async () => {
  const store = open();
  expect(await store.inspectBucket()).toEqual({ location: `s3://${bucket}/`, versioning: 'on', objectLock: 'off', conditionalWrites: 'honoured' });
  store.close();
  bucket = `${bucket}-locked`;
  await client.send(new CreateBucketCommand({ Bucket: bucket, ObjectLockEnabledForBucket: true }));
  const rule = { DefaultRetention: { Mode: 'GOVERNANCE' as const, Days: 365 } };
  await client.send(new PutObjectLockConfigurationCommand({ Bucket: bucket, ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', Rule: rule } }));
  const locked = open();
  expect(await locked.inspectBucket()).toEqual({
    location: `s3://${bucket}/`,
    versioning: 'on',
    objectLock: { mode: 'GOVERNANCE', days: 365 },
    conditionalWrites: 'honoured',
  });
  expect(await locked.put(KEY, Buffer.from('one'), tagsFor(KEY))).toEqual({ kind: 'created' });
  locked.close();
});

test('a bucket that is not there is named', async () => {
  bucket = 'not-there';
  const store = open();
  await expect(store.put(KEY, Buffer.from('one'), tagsFor(KEY))).rejects.toMatchObject({
    code: 'evidence-store-misconfigured',
    message: expect.stringContaining('s3://not-there/'),
  });
  store.close();
});

test('many pages of records and versions are listed completely', async () => {
  const store = open();
  const keys = Array.from({ length: 1_050 }, (_, index) => recordKey('INC-2026-0042', index + 1));
  for (let at = 0; at < keys.length; at += 50)
    await Promise.all(keys.slice(at, at + 50).map((key) => store.put(key, Buffer.from(key), tagsFor(key))));
  const listed: string[] = [];
  for await (const key of store.list('incidents/')) listed.push(key);
  expect(listed).toEqual(keys);
  const versions: string[] = [];
  for await (const { key } of store.versions('incidents/')) versions.push(key);
  expect(versions).toEqual(keys);
  store.close();
});
