import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { S3Store } from '../../src/adapters/evidence/s3.ts';
import { restoreDatabase } from '../../src/app/restoring.ts';
import { exitCode } from '../../src/evidence/verify/report.ts';
import { verifyEvidence } from '../../src/evidence/verify/verify.ts';
import { openDatabase } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { declare, startWorld, type World } from '../e2e/helpers/world.ts';
import { ownPins } from '../evidence/helpers/pins.ts';
import { type Moto, startMoto } from '../helpers/moto.ts';
import { inMemory } from '../store/helpers/memory.ts';

const BUCKET = 'evidence-world';
const REGION = 'us-east-1';
let moto: Moto;
let client: S3Client;
let world: World;

beforeAll(async () => {
  process.env.AWS_ACCESS_KEY_ID = 'test';
  process.env.AWS_SECRET_ACCESS_KEY = 'test';
  moto = await startMoto();
  client = new S3Client({ region: REGION, endpoint: moto.endpoint, forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
  await client.send(new PutBucketVersioningCommand({ Bucket: BUCKET, VersioningConfiguration: { Status: 'Enabled' } }));
  world = await startWorld({ delivery: 'http', bucket: { endpoint: moto.endpoint, name: BUCKET } });
});

afterAll(async () => {
  client.destroy();
  await moto.stop();
});

function store(): S3Store {
  return S3Store.open({ bucket: BUCKET, prefix: 'tocsin', region: REGION, endpoint: moto.endpoint });
}

test('an incident lived through leaves evidence in the bucket: valid, tagged, restorable, and tampering is found', async () => {
  const { id, room } = await declare(world, 'P1 aureus Evidence goes to S3');
  await world.say('U0ADA', room, 'ack');
  await world.say('U0ADA', room, 'note kept in S3');
  await world.say('U0ADA', room, 'evidence');
  await world.say('U0ADA', room, 'resolve done');
  await world.say('U0ADA', room, 'close');
  const state = await world.tocsin.incidents.find(id);
  await world.stop();

  expect(exitCode(await verifyEvidence(store(), { strict: true, ...(await ownPins(store())) }))).toBe(0);
  const key = `tocsin/incidents/${id}/records/00000001.json`;
  const { TagSet } = await client.send(new GetObjectTaggingCommand({ Bucket: BUCKET, Key: key }));
  expect(TagSet).toEqual(
    expect.arrayContaining([
      { Key: 'incident-id', Value: id },
      { Key: 'kind', Value: 'record' },
    ]),
  );

  const database = await openDatabase(await inMemory());
  await migrate(database);
  await restoreDatabase(database, store(), () => ({ incidents: 'C0INCIDENTS', updates: 'C0OPSESC', room: 'channel' }));
  const row = await database.db.selectFrom('stream').select('state').where('name', '=', id).executeTakeFirst();
  expect((row?.state as { incident: unknown } | undefined)?.incident).toEqual(state);
  await database.close();

  const original = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }));
  const body = (await original.Body?.transformToString()) ?? '';
  await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: body.replace('P1', 'P3') }));
  expect(exitCode(await verifyEvidence(store()))).toBe(1);
  await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: body }));
  expect(exitCode(await verifyEvidence(store()))).toBe(1);
  await client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: `tocsin/incidents/${id}/records/00000002.json` }));
  expect(exitCode(await verifyEvidence(store()))).toBe(1);
});
