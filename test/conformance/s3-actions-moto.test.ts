import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  ListObjectsV2Command,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { s3RemoveObjects } from '../../src/actions/s3/remove-objects.ts';
import { s3RestorePrefix } from '../../src/actions/s3/restore-prefix.ts';
import { s3Retention } from '../../src/actions/s3/retention.ts';
import { s3TagObjects } from '../../src/actions/s3/tag-objects.ts';
import { s3Unauthorised } from '../../src/actions/s3/unauthorised.ts';
import { closeAws, openAws } from '../../src/adapters/aws/index.ts';
import type { ActionContext } from '../../src/ports/action.ts';
import { targetSchema } from '../../src/ports/targets.ts';
import { testContext as contextOf, read, step } from '../actions/helpers/context.ts';
import { type Moto, startMoto } from '../helpers/moto.ts';

/** The actions on buckets against another S3 than our own. */
const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };
const REGION = 'us-east-1';

let moto: Moto;
let client: S3Client;
let bucket: string;
let context: ActionContext;
let buckets = 0;

beforeAll(async () => {
  moto = await startMoto();
  client = new S3Client({ region: REGION, endpoint: moto.endpoint, forcePathStyle: true, credentials: CREDENTIALS });
});

afterAll(async () => {
  client?.destroy();
  closeAws();
  await moto?.stop();
});

beforeEach(async () => {
  buckets += 1;
  bucket = `documents-${buckets}`;
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  await client.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  const environment = { AWS_ENDPOINT_URL: moto.endpoint, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
  const targets = { documents: { bucket, allowed: ['docs/', 'audit/'] } };
  const base = contextOf({ targets, cluster: () => Promise.reject(new Error('no cluster')) as never });
  context = { ...base, aws: () => openAws({ region: REGION, service: 'suite', environment, signal: base.signal }) };
  expect(targetSchema.safeParse(targets.documents).success).toBe(true);
});

async function put(key: string, text: string): Promise<void> {
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: text }));
}

async function text(key: string): Promise<string | null> {
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return (await Body?.transformToString()) ?? null;
  } catch {
    return null;
  }
}

async function keys(): Promise<string[]> {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
  return Contents.map(({ Key = '' }) => Key);
}

/** S3 says when an object was changed to the second. */
async function nextSecond(): Promise<string> {
  const at = new Date(Math.ceil(Date.now() / 1_000) * 1_000);
  while (Date.now() < at.getTime() + 1_050) await new Promise((done) => setTimeout(done, 20));
  return at.toISOString();
}

test('a prefix goes back in time: changed and deleted objects return, later ones stay or go by choice, audit is left alone, and back again', async () => {
  await put('docs/a.md', 'good');
  await put('docs/b c+ü.md', 'kept');
  await put('docs/gone.md', 'was here');
  await put('audit/log.json', 'old');
  const at = await nextSecond();
  await put('docs/a.md', 'bad');
  await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'docs/gone.md' }));
  await put('docs/later.md', 'new');
  await put('audit/log.json', 'new');

  const restore = step(s3RestorePrefix, { target: 'documents', at, remove_later: true });
  const planned = await restore.plan(context);
  expect(planned.diff).toContain('+ docs/a.md');
  expect(planned.diff).not.toContain('docs/b c+ü.md');
  expect(planned.diff).not.toContain('audit/');
  expect(await restore.apply(planned, context)).toMatchObject({ restored: 2, removed: 1 });
  expect([await text('docs/a.md'), await text('docs/gone.md'), await text('docs/later.md'), await text('audit/log.json')]).toEqual([
    'good',
    'was here',
    null,
    'new',
  ]);
  expect(await restore.apply(planned, context)).toMatchObject({ restored: 0, removed: 0, already: 3 });
  expect(await restore.revert(planned, context)).toMatchObject({ kind: 'reverted' });
  expect([await text('docs/a.md'), await text('docs/gone.md'), await text('docs/later.md')]).toEqual(['bad', null, 'new']);
});

test('tags are merged with those that are there, and taken away again', async () => {
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'docs/a.md', Body: 'a', Tagging: 'kind=drift' }));
  const tag = step(s3TagObjects, { target: 'documents', keys: ['docs/a.md'], tags: { incident_id: 'INC-2026-0042' } });
  const planned = await tag.plan(context);
  await tag.apply(planned, context);
  const tags = async () => {
    const { TagSet = [] } = await client.send(new GetObjectTaggingCommand({ Bucket: bucket, Key: 'docs/a.md' }));
    return Object.fromEntries(TagSet.map(({ Key = '', Value }) => [Key, Value]));
  };
  expect(await tags()).toEqual({ kind: 'drift', incident_id: 'INC-2026-0042' });
  await tag.revert(planned, context);
  expect(await tags()).toEqual({ kind: 'drift' });
});

test('what nobody allowed is found and removed, and can be brought back', async () => {
  await put('docs/a.md', 'a');
  await put('elsewhere/secret.txt', 'secret');
  const found = await read(s3Unauthorised, { target: 'documents' }, context);
  expect(found.output).toMatchObject({ outside: 1, keys: ['elsewhere/secret.txt'], clean: false });
  const remove = step(s3RemoveObjects, { target: 'documents', keys: ['elsewhere/secret.txt'] });
  const planned = await remove.plan(context);
  expect(await remove.apply(planned, context)).toMatchObject({ removed: ['elsewhere/secret.txt'] });
  expect(await keys()).toEqual(['docs/a.md']);
  await remove.revert(planned, context);
  expect(await keys()).toEqual(['docs/a.md', 'elsewhere/secret.txt']);
});

test('retention says that versions are kept', async () => {
  const { summary } = await read(s3Retention, { target: 'documents' }, context);
  expect(summary).toContain('versioning on');
});
