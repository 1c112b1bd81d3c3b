import { expect, test } from '@jest/globals';
import { startAwsSimulator } from '../../simulators/aws/index.ts';
import { S3Simulator } from '../../simulators/s3/index.ts';
import { closeAws, openAws } from '../../src/adapters/aws/index.ts';
import { assertWritesOnce, openBucketAt } from '../../src/app/evidence-store.ts';
import { environmentSchema } from '../../src/config/schema.ts';

test('temporary credentials reach the evidence bucket with their session token', async () => {
  const temporary = {
    accessKeyId: 'ASIASIMULATEDBUCKET0',
    secretAccessKey: 'secret of the bucket',
    sessionToken: 'token of the bucket',
    arn: 'arn:aws:sts::111122223333:assumed-role/evidence/bot',
    policy: 'admin',
  } as const;
  const aws = await startAwsSimulator({ principals: { temporary }, buckets: { evidence: { versioned: true } } });
  try {
    const open = (environment: Readonly<Record<string, string>>) =>
      openBucketAt({ bucket: 'evidence', prefix: '', region: aws.region }, environmentSchema.parse(environment));
    const { AWS_SESSION_TOKEN, ...without } = aws.environment('temporary');
    expect(AWS_SESSION_TOKEN).toBe(temporary.sessionToken);
    const store = await open(aws.environment('temporary'));
    await store.put('system/records/000000000001.json', Buffer.from('{}'), { 'incident-id': 'system', kind: 'record' });
    expect(await store.get('system/records/000000000001.json')).toEqual(new Uint8Array(Buffer.from('{}')));
    await expect((await open(without)).get('system/records/000000000001.json')).rejects.toMatchObject({ code: expect.stringMatching(/denied/) });
  } finally {
    await aws.stop();
  }
});

test('a service’s own endpoint goes before the one for all of them', async () => {
  const s3 = await S3Simulator.start({ buckets: { evidence: { versioned: true } } });
  const nowhere = 'http://127.0.0.1:9';
  const keys = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
  const aws = await startAwsSimulator({});
  try {
    const environment = environmentSchema.parse({ ...keys, AWS_ENDPOINT_URL: nowhere, AWS_ENDPOINT_URL_S3: s3.url });
    const store = await openBucketAt({ bucket: 'evidence', prefix: '', region: 'eu-west-1' }, environment);
    expect(await store.get('system/records/000000000001.json')).toBeNull();

    const known = environmentSchema.parse({ ...aws.environment(), AWS_ENDPOINT_URL: nowhere, AWS_ENDPOINT_URL_STS: aws.url });
    const asked = openAws({ region: aws.region, service: 'aureus', environment: known, signal: AbortSignal.timeout(10_000) });
    expect(await asked.identity()).toMatchObject({ account: '123456789012' });
  } finally {
    closeAws();
    await Promise.all([s3.stop(), aws.stop()]);
  }
});

test('the bot does not start on a bucket that overwrites what was written once', async () => {
  const s3 = await S3Simulator.start({ buckets: { evidence: { versioned: true } }, ignoreConditions: true });
  try {
    const environment = environmentSchema.parse({ AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_ENDPOINT_URL_S3: s3.url });
    const store = await openBucketAt({ bucket: 'evidence', prefix: '', region: 'eu-west-1' }, environment);
    await expect(assertWritesOnce(store)).rejects.toMatchObject({ reason: 'misconfigured', message: expect.stringContaining('If-None-Match') });
  } finally {
    await s3.stop();
  }
});
