import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { type AwsSimulator, startAwsSimulator } from '../../simulators/aws/index.ts';
import { SERVICES } from '../../simulators/aws/services/registry.ts';
import { S3_OPERATIONS } from '../../simulators/aws/services/s3/permissions.ts';
import { ADMIN } from '../../simulators/aws/simulator.ts';
import { callsOf } from './aws/calls.ts';
import { run } from './helpers/program.ts';

const CALLS = new URL('./helpers/botocore_calls.py', import.meta.url).pathname;
const SPOILED = new URL('./helpers/botocore_spoiled.py', import.meta.url).pathname;

let simulator: AwsSimulator;

beforeEach(() => start(true));
afterAll(async () => await simulator?.stop());

async function start(identityAware: boolean): Promise<void> {
  await simulator?.stop();
  simulator = await startAwsSimulator({ trailDelayMs: 0, principals: { admin: { ...ADMIN, identityAware } } });
  simulator.vaultmesh.startConsoleChange();
}

interface Call {
  readonly service: string;
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

interface Result {
  readonly operation: string;
  readonly error: string | null;
  readonly problems: readonly string[];
  readonly output: Readonly<Record<string, unknown>> | null;
}

interface Spoiled {
  readonly operation: string;
  readonly tried: number;
  readonly taken: readonly string[];
}

async function play<T>(script: string, calls: readonly Call[]): Promise<readonly T[]> {
  const environment = { ...simulator.environment(), PYTHONDONTWRITEBYTECODE: '1' };
  const ran = await run('python3', [script, simulator.url, JSON.stringify(calls)], { environment, install: 'pip install botocore awscli' });
  if (ran.code !== 0) throw new Error(`botocore is needed (pip install botocore awscli): ${ran.stderr}`);
  return JSON.parse(ran.stdout) as readonly T[];
}

async function make(calls: readonly Call[]): Promise<readonly Result[]> {
  return await play<Result>(CALLS, calls);
}

const SERVICES_HERE = ['cloudtrail', 'cloudwatch', 'events', 'iam', 'logs', 'qbusiness', 's3', 'sns', 'sts'];

function callsTo(service: string): readonly Call[] {
  return (callsOf(simulator)[service] ?? []).map(([operation, input]) => ({ service, operation, input }));
}

test('every operation that is played is held against its model', () => {
  const played = [...SERVICES.values()].flatMap(({ prefix, operations }) => operations.map(({ name }) => `${prefix.toLowerCase()}:${name}`));
  const checked = SERVICES_HERE.flatMap(callsTo).map(({ service, operation }) => `${service}:${operation}`);
  expect([...new Set(checked)].sort()).toEqual([...played, ...S3_OPERATIONS.map((name) => `s3:${name}`)].sort());
});

test.each(SERVICES_HERE)("%s: botocore's model takes every answer", async (service) => {
  const calls = callsTo(service);
  const results = await make(calls);
  expect(results.map(({ operation, error, problems }) => ({ operation, error, problems }))).toEqual(
    calls.map(({ operation }) => ({ operation: `${service}:${operation}`, error: null, problems: [] })),
  );
});

test.each(SERVICES_HERE)("%s: a request that breaks botocore's model is refused", async (service) => {
  const results = await play<Spoiled>(SPOILED, callsTo(service));
  expect(results.flatMap(({ operation, taken }) => taken.map((one) => `${operation} ${one}`))).toEqual([]);
  if (service !== 'sts') expect(results.reduce((sum, { tried }) => sum + tried, 0)).toBeGreaterThan(5);
});

test('errors have the codes that botocore knows', async () => {
  // Chats are for people with a subscription.
  await start(false);
  const { names } = simulator.vaultmesh;
  const application = { applicationId: names.applicationId };
  const missing = { applicationId: '00000000-0000-4000-8000-00000000000f' };
  const calls: readonly (readonly [Call, string])[] = [
    [{ service: 'qbusiness', operation: 'GetApplication', input: missing }, 'ResourceNotFoundException'],
    [{ service: 'qbusiness', operation: 'ChatSync', input: { ...application, userMessage: 'Who?' } }, 'AccessDeniedException'],
    [{ service: 'cloudwatch', operation: 'SetAlarmState', input: { AlarmName: 'no', StateValue: 'OK', StateReason: '' } }, 'ResourceNotFound'],
    [{ service: 'logs', operation: 'FilterLogEvents', input: { logGroupName: 'no' } }, 'ResourceNotFoundException'],
    [{ service: 'iam', operation: 'GetRole', input: { RoleName: 'no' } }, 'NoSuchEntity'],
    [{ service: 'events', operation: 'DescribeRule', input: { Name: 'no' } }, 'ResourceNotFoundException'],
    [{ service: 'sns', operation: 'GetTopicAttributes', input: { TopicArn: `${names.topicArn}-no` } }, 'NotFound'],
    [{ service: 's3', operation: 'GetObject', input: { Bucket: names.auditBucket, Key: 'no' } }, 'NoSuchKey'],
    [{ service: 's3', operation: 'HeadObject', input: { Bucket: names.auditBucket, Key: 'no' } }, '404'],
    [{ service: 's3', operation: 'GetObjectLockConfiguration', input: { Bucket: names.auditBucket } }, 'ObjectLockConfigurationNotFoundError'],
    [{ service: 's3', operation: 'GetBucketLifecycleConfiguration', input: { Bucket: names.auditBucket } }, 'NoSuchLifecycleConfiguration'],
  ];
  const results = await make(calls.map(([call]) => call));
  expect(results.map(({ operation, error }) => [operation, error])).toEqual(
    calls.map(([{ service, operation }, code]) => [`${service}:${operation}`, code]),
  );
});
