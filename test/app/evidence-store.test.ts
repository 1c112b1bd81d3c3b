import { expect, test } from '@jest/globals';
import { startAwsSimulator } from '../../simulators/aws/index.ts';
import { openBucketAt } from '../../src/app/evidence-store.ts';
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
