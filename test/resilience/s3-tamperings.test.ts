import { DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { S3Simulator } from '../../simulators/s3/index.ts';
import { S3Store } from '../../src/adapters/evidence/s3.ts';
import { checkpointKey, packPrefix, publicKeyKey, recordKey } from '../../src/evidence/layout.ts';
import { type Audited, artifactOf, buildAudited, VICTIM } from '../evidence/helpers/audited.ts';
import { byCommand, byShell, missingTools } from '../evidence/helpers/ways.ts';

const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_REGION: 'eu-central-1', AWS_DEFAULT_REGION: 'eu-central-1' };
const PREFIX = 'tocsin';

const shellThere = missingTools('sha256sum', 'openssl', 'jq', 'find', 'aws').length === 0;
const before = { ...process.env };
let simulator: S3Simulator;
let client: S3Client;
let buckets = 0;

beforeAll(async () => {
  const names = Array.from({ length: TAMPERINGS.length }, (_, index) => [`evidence-${index + 1}`, { versioned: true }]);
  simulator = await S3Simulator.start({ buckets: { ...Object.fromEntries(names), empty: { versioned: true } } });
  Object.assign(process.env, CREDENTIALS, { AWS_ENDPOINT_URL: simulator.url });
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  client = new S3Client({ region: 'eu-central-1', endpoint: simulator.url, forcePathStyle: true, credentials });
});

afterAll(async () => {
  client?.destroy();
  await simulator?.stop();
  process.env = before;
});

interface Bucket {
  readonly name: string;
  readonly audited: Audited;
  put(key: string, text: string): Promise<unknown>;
  rewrite(key: string): Promise<unknown>;
  remove(key: string): Promise<unknown>;
}

const TAMPERINGS: readonly (readonly [name: string, exit: number, tamper: (bucket: Bucket) => Promise<unknown>])[] = [
  ['nothing', 0, async () => undefined],
  ['a record is written again with the same bytes', 1, (bucket) => bucket.rewrite(recordKey(VICTIM, 3))],
  ['a record is deleted', 1, (bucket) => bucket.remove(recordKey(VICTIM, 3))],
  [
    'a record is deleted and written again',
    1,
    async (bucket) => {
      await bucket.remove(recordKey(VICTIM, 3));
      await bucket.rewrite(recordKey(VICTIM, 3));
    },
  ],
  ['a checkpoint is written again', 1, (bucket) => bucket.rewrite(checkpointKey(VICTIM, 3))],
  ['an artifact is written again', 1, (bucket) => bucket.rewrite(artifactOf('log'))],
  ['a key is deleted', 1, (bucket) => bucket.remove(publicKeyKey(bucket.audited.signer.keyId))],
  ['a pack’s approvals are replaced', 1, (bucket) => bucket.put(`${packPrefix(VICTIM, 1)}approvals.json`, '[]\n')],
  ['a pack’s manifest is deleted', 1, (bucket) => bucket.remove(`${packPrefix(VICTIM, 1)}manifest.json`)],
  ['something is put beside the evidence', 1, (bucket) => bucket.put('note.txt', 'x')],
  ['names are replaced, and deleted', 0, async (bucket) => [await bucket.put('people.json', '{}\n'), await bucket.remove('people.json')]],
];

async function fill(): Promise<Bucket> {
  buckets += 1;
  const name = `evidence-${buckets}`;
  const store = S3Store.open({ bucket: name, prefix: PREFIX, region: 'eu-central-1', endpoint: simulator.url });
  const audited = await buildAudited(store);
  const originals = new Map<string, string>();
  for (const key of [recordKey(VICTIM, 3), checkpointKey(VICTIM, 3), artifactOf('log')])
    originals.set(key, Buffer.from((await store.get(key)) ?? []).toString());
  store.close();
  const put = (key: string, Body: string) => client.send(new PutObjectCommand({ Bucket: name, Key: `${PREFIX}/${key}`, Body }));
  return {
    name,
    audited,
    put,
    rewrite: (key) => put(key, originals.get(key) ?? ''),
    remove: (key) => client.send(new DeleteObjectCommand({ Bucket: name, Key: `${PREFIX}/${key}` })),
  };
}

test.each(TAMPERINGS)(
  'in a bucket, %s: exit %i, both ways',
  async (_name, exit, tamper) => {
    const bucket = await fill();
    await tamper(bucket);
    const { anchor, signer } = bucket.audited;
    const place = `s3://${bucket.name}/${PREFIX}`;
    const command = await byCommand(place, { key: signer.keyId, anchor });
    expect([command.code, command.output]).toEqual([exit, expect.any(String)]);
    if (!shellThere) return;
    const shell = await byShell(place, { key: signer.keyId, anchor }, { ...CREDENTIALS, AWS_ENDPOINT_URL: simulator.url });
    expect([shell.code, shell.output]).toEqual([exit, expect.any(String)]);
  },
  120_000,
);

test.each([['s3://empty/'], ['s3://evidence-1/typo'], ['s3://nobucket/']])(
  '%s could not be checked: exit 3, both ways',
  async (place) => {
    expect((await byCommand(place, {})).code).toBe(3);
    if (!shellThere) return;
    expect((await byShell(place, {}, { ...CREDENTIALS, AWS_ENDPOINT_URL: simulator.url })).code).toBe(3);
  },
  120_000,
);
