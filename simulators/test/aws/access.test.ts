import { LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import { DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DescribeRuleCommand } from '@aws-sdk/client-eventbridge';
import { GetRoleCommand } from '@aws-sdk/client-iam';
import { GetApplicationCommand, GetChatControlsConfigurationCommand } from '@aws-sdk/client-qbusiness';
import { CopyObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { GetTopicAttributesCommand } from '@aws-sdk/client-sns';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ADMIN, type AwsSimulator, type PrincipalOptions } from '../../aws/index.ts';
import { type Clients, clientsOf, refused, startStill } from './clients.ts';

const READER: PrincipalOptions = {
  accessKeyId: 'AKIAREADER0000000000',
  secretAccessKey: 'reader-secret',
  arn: 'arn:aws:sts::123456789012:assumed-role/reader/session',
  policy: {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: ['qbusiness:GetApplication', 'cloudtrail:LookupEvents'], Resource: '*' },
      { Effect: 'Allow', Action: ['s3:Get*', 's3:PutObject'], Resource: 'arn:aws:s3:::vaultmesh-audit/*' },
      { Effect: 'Deny', Action: 's3:GetObject', Resource: 'arn:aws:s3:::vaultmesh-audit/secret/*' },
      { Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::vaultmesh-audit', Condition: { StringLike: { 's3:prefix': 'audit/*' } } },
    ],
  },
};

let simulator: AwsSimulator;
let admin: Clients;
let reader: Clients;

beforeAll(async () => {
  simulator = await startStill({ principals: { admin: ADMIN, reader: READER } });
  admin = clientsOf(simulator);
  reader = clientsOf(simulator, READER);
});
afterAll(async () => {
  admin?.close();
  reader?.close();
  await simulator?.stop();
});

describe('signatures', () => {
  test.each([
    ['qbusiness', 'an unknown key', { accessKeyId: 'AKIANOBODY', secretAccessKey: 'x' }, 'UnrecognizedClientException', 403],
    ['qbusiness', 'a wrong secret', { ...ADMIN, secretAccessKey: 'x' }, 'InvalidSignatureException', 403],
    ['events', 'an unknown key', { accessKeyId: 'AKIANOBODY', secretAccessKey: 'x' }, 'UnrecognizedClientException', 400],
    ['sts', 'an unknown key', { accessKeyId: 'AKIANOBODY', secretAccessKey: 'x' }, 'InvalidClientTokenId', 403],
    ['sts', 'a wrong secret', { ...ADMIN, secretAccessKey: 'x' }, 'SignatureDoesNotMatch', 403],
    ['s3', 'an unknown key', { accessKeyId: 'AKIANOBODY', secretAccessKey: 'x' }, 'InvalidAccessKeyId', 403],
    ['s3', 'a wrong secret', { ...ADMIN, secretAccessKey: 'x' }, 'SignatureDoesNotMatch', 403],
  ] as const)('%s refuses %s', async (service, _what, keys, name, status) => {
    const clients = clientsOf(simulator, keys);
    const calls = {
      qbusiness: () => clients.qbusiness.send(new GetApplicationCommand({ applicationId: simulator.vaultmesh.names.applicationId })),
      events: () => clients.events.send(new DescribeRuleCommand({ Name: 'x' })),
      sts: () => clients.sts.send(new GetCallerIdentityCommand({})),
      s3: () => clients.s3.send(new GetObjectCommand({ Bucket: 'vaultmesh-audit', Key: 'x' })),
    };
    expect(await refused(calls[service]())).toMatchObject({ name, status });
    clients.close();
  });

  test('an old request is refused', async () => {
    const late = await startStill({ wall: () => Date.now() + 16 * 60_000 });
    const clients = clientsOf(late);
    expect(await refused(clients.s3.send(new ListObjectsV2Command({ Bucket: 'vaultmesh-audit' })))).toMatchObject({ name: 'RequestTimeTooSkewed' });
    expect(await refused(clients.sts.send(new GetCallerIdentityCommand({})))).toMatchObject({ name: 'SignatureDoesNotMatch' });
    clients.close();
    await late.stop();
  });

  test('an unsigned request is refused', async () => {
    const answer = await fetch(`${simulator.url}/applications/${simulator.vaultmesh.names.applicationId}`);
    expect([answer.status, answer.headers.get('x-amzn-errortype')]).toEqual([403, 'MissingAuthenticationTokenException']);
    const s3 = await fetch(`${simulator.url}/vaultmesh-audit/x`);
    expect([s3.status, await s3.text()]).toEqual([403, expect.stringContaining('<Code>AccessDenied</Code>')]);
  });
});

describe('permissions', () => {
  test('what no policy allows is refused in the words of AWS, and kept in the log', async () => {
    const { applicationId } = simulator.vaultmesh.names;
    const call = reader.qbusiness.send(new GetChatControlsConfigurationCommand({ applicationId }));
    const resource = `arn:aws:qbusiness:eu-west-1:123456789012:application/${applicationId}`;
    expect(await refused(call)).toEqual({
      name: 'AccessDeniedException',
      status: 403,
      message: `User: ${READER.arn} is not authorized to perform: qbusiness:GetChatControlsConfiguration on resource: ${resource} because no identity-based policy allows the qbusiness:GetChatControlsConfiguration action`,
    });
    expect(simulator.calls.at(-1)).toEqual({
      principal: 'reader',
      service: 'qbusiness',
      operation: 'GetChatControlsConfiguration',
      action: 'qbusiness:GetChatControlsConfiguration',
      resource,
      allowed: false,
    });
    await reader.qbusiness.send(new GetApplicationCommand({ applicationId }));
    expect(simulator.calls.at(-1)).toMatchObject({ action: 'qbusiness:GetApplication', allowed: true });
  });

  test.each([
    ['cloudwatch', 'AccessDenied', 403],
    ['logs', 'AccessDeniedException', 400],
    ['events', 'AccessDeniedException', 400],
    ['iam', 'AccessDenied', 403],
    ['sns', 'AuthorizationErrorException', 403],
  ] as const)('%s refuses with its own code', async (service, name, status) => {
    const { names } = simulator.vaultmesh;
    const calls = {
      cloudwatch: () => reader.cloudwatch.send(new DescribeAlarmsCommand({})),
      logs: () => reader.logs.send(new FilterLogEventsCommand({ logGroupName: names.logGroup })),
      events: () => reader.events.send(new DescribeRuleCommand({ Name: 'x' })),
      iam: () => reader.iam.send(new GetRoleCommand({ RoleName: names.role })),
      sns: () => reader.sns.send(new GetTopicAttributesCommand({ TopicArn: names.topicArn })),
    };
    expect(await refused(calls[service]())).toMatchObject({ name, status, message: expect.stringContaining('is not authorized to perform') });
  });

  test('wildcards, conditions and denials decide', async () => {
    const Bucket = 'vaultmesh-audit';
    await reader.cloudtrail.send(new LookupEventsCommand({}));
    await reader.s3.send(new PutObjectCommand({ Bucket, Key: 'secret/x', Body: 'x' }));
    await reader.s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'audit/drift/' }));
    expect(await refused(reader.s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'secret/' })))).toMatchObject({ name: 'AccessDenied' });
    const denied = await refused(reader.s3.send(new GetObjectCommand({ Bucket, Key: 'secret/x' })));
    expect(denied.message).toBe(
      `User: ${READER.arn} is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::vaultmesh-audit/secret/x" with an explicit deny in an identity-based policy`,
    );
  });

  test('a missing key is not told to somebody who may not list the bucket', async () => {
    const call = (clients: Clients) => clients.s3.send(new GetObjectCommand({ Bucket: 'vaultmesh-audit', Key: 'nothing' }));
    expect(await refused(call(admin))).toMatchObject({ name: 'NoSuchKey', status: 404 });
    expect(await refused(call(reader))).toMatchObject({ name: 'AccessDenied', message: expect.stringContaining('s3:ListBucket') });
  });

  test('a copy needs the right to read its source, in that version', async () => {
    const source = '/vaultmesh-knowledge-base/README.md?versionId=v000001';
    const call = reader.s3.send(new CopyObjectCommand({ Bucket: 'vaultmesh-audit', Key: 'copy', CopySource: source }));
    expect((await refused(call)).message).toContain('s3:GetObjectVersion on resource: "arn:aws:s3:::vaultmesh-knowledge-base/README.md"');
  });

  test('everybody may ask who they are', async () => {
    expect(await reader.sts.send(new GetCallerIdentityCommand({}))).toMatchObject({ Account: '123456789012', Arn: READER.arn });
  });
});

test('answers go wrong on purpose, as often as told', async () => {
  simulator.failures.add({ service: 'qbusiness', operation: 'GetApplication', status: 429, code: 'ThrottlingException' });
  const call = () => admin.qbusiness.send(new GetApplicationCommand({ applicationId: simulator.vaultmesh.names.applicationId }));
  expect(await refused(call())).toMatchObject({ name: 'ThrottlingException', status: 429 });
  expect(await call()).toMatchObject({ status: 'ACTIVE' });
});
