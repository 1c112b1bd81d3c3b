import { createHash } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { S3Simulator } from '../../s3/index.ts';
import { refused } from '../aws/clients.ts';

const Bucket = 'bucket';
const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

let simulator: S3Simulator;
let client: S3Client;

beforeEach(async () => {
  simulator = await S3Simulator.start({ buckets: { [Bucket]: { versioned: true }, plain: {} } });
  client = new S3Client({
    region: 'eu-west-1',
    endpoint: simulator.url,
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  });
});
afterEach(async () => {
  client.destroy();
  await simulator.stop();
});

const put = (Key: string, Body: string, more: object = {}) => client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const text = async (Key: string, more: object = {}) => {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key, ...more }));
  return await Body?.transformToString();
};

describe('objects', () => {
  test('come back with their metadata, in ranges, and under conditions', async () => {
    const { ETag } = await put('key', 'content', { Metadata: { who: 'me' }, ContentType: 'text/plain', CacheControl: 'no-store' });
    expect(await client.send(new HeadObjectCommand({ Bucket, Key: 'key' }))).toMatchObject({
      Metadata: { who: 'me' },
      ContentType: 'text/plain',
      CacheControl: 'no-store',
      ContentLength: 7,
    });
    expect([await text('key', { Range: 'bytes=1-3' }), await text('key', { Range: 'bytes=-4' }), await text('key', { IfMatch: ETag })]).toEqual([
      'ont',
      'tent',
      'content',
    ]);
    expect(await refused(text('key', { Range: 'bytes=9-' }))).toMatchObject({ name: 'InvalidRange', status: 416 });
    expect(await refused(text('key', { IfMatch: '"other"' }))).toMatchObject({ name: 'PreconditionFailed', status: 412 });
    expect(await refused(put('key', 'new', { IfMatch: '"other"' }))).toMatchObject({ name: 'PreconditionFailed' });
    await put('key', 'new', { IfMatch: ETag });
    expect(await text('key')).toBe('new');
  });

  test('tags are replaced as a whole', async () => {
    await put('key', 'content', { Tagging: 'kind=record&a=b' });
    const Tagging = { TagSet: [{ Key: 'incident_id', Value: 'INC-2026-0042 + more' }] };
    await client.send(new PutObjectTaggingCommand({ Bucket, Key: 'key', Tagging }));
    expect((await client.send(new GetObjectTaggingCommand({ Bucket, Key: 'key' }))).TagSet).toEqual(Tagging.TagSet);
    const many = { TagSet: Array.from({ length: 11 }, (_, at) => ({ Key: `k${at}`, Value: '' })) };
    expect(await refused(client.send(new PutObjectTaggingCommand({ Bucket, Key: 'key', Tagging: many })))).toMatchObject({ name: 'BadRequest' });
    const twice = { TagSet: [Tagging.TagSet[0], Tagging.TagSet[0]].flatMap((tag) => (tag === undefined ? [] : [tag])) };
    expect(await refused(client.send(new PutObjectTaggingCommand({ Bucket, Key: 'key', Tagging: twice })))).toMatchObject({ name: 'InvalidTag' });
  });

  test('a delete marker hides an object; its removal brings it back', async () => {
    await put('key', 'content');
    const { VersionId, DeleteMarker } = await client.send(new DeleteObjectCommand({ Bucket, Key: 'key' }));
    expect(DeleteMarker).toBe(true);
    expect(await refused(text('key'))).toMatchObject({ name: 'NoSuchKey', status: 404 });
    expect(await refused(text('key', { VersionId }))).toMatchObject({ status: 405 });
    expect(await client.send(new DeleteObjectCommand({ Bucket, Key: 'key', VersionId }))).toMatchObject({ DeleteMarker: true });
    expect(await text('key')).toBe('content');
  });

  test('many are deleted at once', async () => {
    await Promise.all([put('a', '1'), put('b', '2')]);
    const { Deleted } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'a' }, { Key: 'b' }, { Key: 'c&<d>' }] } }));
    expect(Deleted?.map(({ Key, DeleteMarker }) => [Key, DeleteMarker])).toEqual([
      ['a', true],
      ['b', true],
      ['c&<d>', true],
    ]);
  });
});

describe('listings', () => {
  test('folders stand for what is in them, over pages, with any character in a key', async () => {
    for (const key of ['a/1', 'a/2', 'b', 'c d/ü&<1>', 'e+f']) await put(key, 'x');
    const first = await client.send(new ListObjectsV2Command({ Bucket, Delimiter: '/', MaxKeys: 2, EncodingType: 'url' }));
    expect([first.CommonPrefixes, first.Contents?.map(({ Key }) => Key)]).toEqual([[{ Prefix: 'a/' }], ['b']]);
    const rest = await client.send(new ListObjectsV2Command({ Bucket, Delimiter: '/', ContinuationToken: first.NextContinuationToken }));
    expect([rest.CommonPrefixes, rest.Contents?.map(({ Key }) => Key)]).toEqual([[{ Prefix: 'c d/' }], ['e+f']]);
    expect((await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'c d/' }))).Contents?.[0]?.Key).toBe('c d/ü&<1>');
  });

  test('versions and delete markers, over pages', async () => {
    await put('a', '1');
    await put('a', '22');
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
    await put('b', '1');
    const first = await client.send(new ListObjectVersionsCommand({ Bucket, MaxKeys: 2 }));
    expect([first.DeleteMarkers?.map(({ Key, IsLatest }) => [Key, IsLatest]), first.Versions?.map(({ Size }) => Size)]).toEqual([[['a', true]], [2]]);
    const { NextKeyMarker: KeyMarker, NextVersionIdMarker: VersionIdMarker } = first;
    const rest = await client.send(new ListObjectVersionsCommand({ Bucket, KeyMarker, VersionIdMarker }));
    expect(rest.Versions?.map(({ Key, IsLatest }) => [Key, IsLatest])).toEqual([
      ['a', false],
      ['b', true],
    ]);
  });
});

describe('copies', () => {
  test('an older version comes back with its metadata and tags, and stays where it was', async () => {
    const { VersionId } = await put('key', 'old', { Metadata: { a: 'b' }, Tagging: 'kind=note' });
    await put('key', 'new');
    const copied = await client.send(new CopyObjectCommand({ Bucket, Key: 'key', CopySource: `${Bucket}/key?versionId=${VersionId}` }));
    expect(copied.CopySourceVersionId).toBe(VersionId);
    expect(await text('key')).toBe('old');
    expect((await client.send(new HeadObjectCommand({ Bucket, Key: 'key' }))).Metadata).toEqual({ a: 'b' });
    expect((await client.send(new GetObjectTaggingCommand({ Bucket, Key: 'key' }))).TagSet).toEqual([{ Key: 'kind', Value: 'note' }]);
    expect((await client.send(new ListObjectVersionsCommand({ Bucket, Prefix: 'key' }))).Versions).toHaveLength(3);
  });

  test('refused: onto itself without a change, of a delete marker, over 5 GB, under a condition that does not hold', async () => {
    await put('key', 'x');
    const copy = (CopySource: string, more: object = {}) => client.send(new CopyObjectCommand({ Bucket, Key: 'key', CopySource, ...more }));
    expect(await refused(copy(`${Bucket}/key`))).toMatchObject({ name: 'InvalidRequest', message: expect.stringContaining('to itself') });
    expect(await refused(copy(`${Bucket}/none`))).toMatchObject({ name: 'NoSuchKey' });
    expect(await refused(copy(`${Bucket}/key`, { CopySourceIfMatch: '"other"' }))).toMatchObject({ name: 'PreconditionFailed' });
    simulator.buckets.get(Bucket)?.putSparse('huge', 5 * GIB + 1);
    expect(await refused(copy(`${Bucket}/huge`))).toMatchObject({
      name: 'InvalidRequest',
      message: expect.stringContaining('larger than the maximum'),
    });
  });
});

describe('uploads in parts', () => {
  const create = async (Key: string) => (await client.send(new CreateMultipartUploadCommand({ Bucket, Key }))).UploadId ?? '';

  test('are put together, with an ETag of their own', async () => {
    const UploadId = await create('key');
    const bodies = [Buffer.alloc(5 * MIB, 'a'), Buffer.from('end')];
    const Parts = [];
    for (const [at, Body] of bodies.entries()) {
      const { ETag } = await client.send(new UploadPartCommand({ Bucket, Key: 'key', UploadId, PartNumber: at + 1, Body }));
      Parts.push({ ETag, PartNumber: at + 1 });
    }
    const { ETag } = await client.send(new CompleteMultipartUploadCommand({ Bucket, Key: 'key', UploadId, MultipartUpload: { Parts } }));
    const digests = bodies.map((body) => createHash('md5').update(body).digest());
    expect(ETag).toBe(`"${createHash('md5').update(Buffer.concat(digests)).digest('hex')}-2"`);
    expect(await text('key', { Range: `bytes=${5 * MIB - 1}-` })).toBe('aend');
  });

  test('refused: small parts, wrong order, unknown parts and uploads', async () => {
    const UploadId = await create('key');
    const tags: string[] = [];
    for (const PartNumber of [1, 2]) {
      tags.push((await client.send(new UploadPartCommand({ Bucket, Key: 'key', UploadId, PartNumber, Body: `part ${PartNumber}` }))).ETag ?? '');
    }
    const complete = (numbers: readonly number[], ETag = '') =>
      client.send(
        new CompleteMultipartUploadCommand({
          Bucket,
          Key: 'key',
          UploadId,
          MultipartUpload: { Parts: numbers.map((PartNumber) => ({ PartNumber, ETag: ETag === '' ? (tags[PartNumber - 1] ?? 'x') : ETag })) },
        }),
      );
    expect(await refused(complete([1, 2]))).toMatchObject({ name: 'EntityTooSmall' });
    expect(await refused(complete([2, 1]))).toMatchObject({ name: 'InvalidPartOrder' });
    expect(await refused(complete([3]))).toMatchObject({ name: 'InvalidPart' });
    await client.send(new AbortMultipartUploadCommand({ Bucket, Key: 'key', UploadId }));
    expect(await refused(complete([1]))).toMatchObject({ name: 'NoSuchUpload' });
  });

  test('a large object is copied in ranges without its bytes', async () => {
    const size = 6 * GIB;
    const source = simulator.buckets.get(Bucket)?.putSparse('huge', size, { 'content-type': 'video/mp4' });
    await put('huge', 'overwritten');
    const UploadId = await create('huge');
    const CopySource = `${Bucket}/huge?versionId=${source?.versionId}`;
    const copy = (PartNumber: number, CopySourceRange: string) =>
      client.send(new UploadPartCopyCommand({ Bucket, Key: 'huge', UploadId, PartNumber, CopySource, CopySourceRange }));
    expect(await refused(copy(1, `bytes=0-${size}`))).toMatchObject({ name: 'InvalidArgument' });
    expect(await refused(copy(1, `bytes=0-${size - 1}`))).toMatchObject({ name: 'InvalidRequest' });
    const ranges = [`bytes=0-${3 * GIB - 1}`, `bytes=${3 * GIB}-${size - 1}`];
    const Parts = [];
    for (const [at, range] of ranges.entries()) Parts.push({ PartNumber: at + 1, ETag: (await copy(at + 1, range)).CopyPartResult?.ETag });
    await client.send(new CompleteMultipartUploadCommand({ Bucket, Key: 'huge', UploadId, MultipartUpload: { Parts } }));
    expect((await client.send(new HeadObjectCommand({ Bucket, Key: 'huge' }))).ContentLength).toBe(size);
  });
});
