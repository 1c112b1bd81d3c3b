import { DescribeLogStreamsCommand, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  type DataSourceSyncJob,
  ListDataSourceSyncJobsCommand,
  type ListDataSourceSyncJobsCommandInput,
  StartDataSourceSyncJobCommand,
  StopDataSourceSyncJobCommand,
} from '@aws-sdk/client-qbusiness';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Clients, clientsOf, MINUTE, refused, START, startStill } from './clients.ts';

let simulator: Awaited<ReturnType<typeof startStill>>;
let clients: Clients;
let ids: { applicationId: string; indexId: string; dataSourceId: string };

beforeEach(async () => {
  simulator = await startStill({ syncTakesMs: 3 * MINUTE });
  clients = clientsOf(simulator);
  const { applicationId, indexId, dataSourceId } = simulator.vaultmesh.names;
  ids = { applicationId, indexId, dataSourceId };
});
afterEach(async () => {
  clients.close();
  await simulator.stop();
});

const list = (more: Partial<ListDataSourceSyncJobsCommandInput> = {}) =>
  clients.qbusiness.send(new ListDataSourceSyncJobsCommand({ ...ids, ...more }));
const start = () => clients.qbusiness.send(new StartDataSourceSyncJobCommand(ids));
const newest = async (): Promise<DataSourceSyncJob> => (await list({ maxResults: 1 })).history?.[0] ?? {};

test('jobs are listed newest first, in pages, by status and by time', async () => {
  const all = (await list()).history ?? [];
  expect(all.map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED']);
  expect(all.map(({ startTime }) => startTime?.getTime())).toEqual(
    all.map(({ startTime }) => startTime?.getTime()).sort((a, b) => (b ?? 0) - (a ?? 0)),
  );
  const first = await list({ maxResults: 3 });
  const second = await list({ maxResults: 3, nextToken: first.nextToken });
  expect([...(first.history ?? []), ...(second.history ?? [])]).toEqual(all);
  expect((await list({ statusFilter: 'FAILED' })).history).toEqual([]);
  expect((await list({ startTime: new Date(START - 30 * 60 * MINUTE) })).history).toHaveLength(2);
});

test('a sync goes on by the clock, and takes into the index what the bucket holds then', async () => {
  const { executionId } = await start();
  expect(await newest()).toMatchObject({ executionId, status: 'SYNCING' });
  expect(await newest()).not.toHaveProperty('endTime');
  expect(await refused(start())).toMatchObject({ name: 'ConflictException', status: 409 });
  await simulator.pass(1.5 * MINUTE);
  expect(await newest()).toMatchObject({ status: 'SYNCING_INDEXING' });
  await simulator.pass(2 * MINUTE);
  // Since the sync before, one document was emptied, one deleted and two changed or added.
  expect(await newest()).toMatchObject({
    status: 'SUCCEEDED',
    endTime: new Date(START + 3 * MINUTE),
    metrics: { documentsAdded: '1', documentsModified: '2', documentsDeleted: '1', documentsFailed: '0', documentsScanned: '7' },
  });
  expect(simulator.vaultmesh.documents().map(({ id }) => id)).toContain('s3://vaultmesh-knowledge-base/_staging/notes.txt');
});

test('a sync is stopped', async () => {
  await start();
  await clients.qbusiness.send(new StopDataSourceSyncJobCommand(ids));
  expect(await newest()).toMatchObject({ status: 'STOPPING' });
  await simulator.pass(MINUTE);
  expect(await newest()).toMatchObject({ status: 'ABORTED', endTime: expect.any(Date) });
  expect(await refused(clients.qbusiness.send(new StopDataSourceSyncJobCommand(ids)))).toMatchObject({ name: 'ResourceNotFoundException' });
});

describe('a sync fails', () => {
  test.each([
    ['sync-access-denied', { errorCode: 'InvalidRequest', errorMessage: expect.stringContaining('s3:GetObject') }, 'AccessDenied'],
    ['sync-timeout', { errorCode: 'InternalError', errorMessage: expect.stringContaining('timed out') }, 'RequestTimeout'],
    ['sync-throttled', { errorCode: 'InternalError', errorMessage: expect.stringContaining('ThrottlingException') }, undefined],
  ])('%s, until that is mended', async (fault, error, dataSourceErrorCode) => {
    await simulator.faults.set(fault, true);
    expect(simulator.faults.list().find(({ id }) => id === fault)).toMatchObject({ active: true, platform: 'VaultMesh' });
    const failed = await newest();
    expect(failed).toMatchObject({ status: 'FAILED', error, endTime: expect.any(Date) });
    expect(failed.dataSourceErrorCode).toBe(dataSourceErrorCode);
    await simulator.faults.set(fault, false);
    expect(simulator.faults.list().find(({ id }) => id === fault)).toMatchObject({ active: false });
    await start();
    await simulator.pass(4 * MINUTE);
    expect(await newest()).toMatchObject({ status: 'SUCCEEDED' });
  });

  test('a document that the bucket keeps from the role leaves the sync incomplete', async () => {
    const { knowledgeBucket, roleArn } = simulator.vaultmesh.names;
    const settings = simulator.account.bucketSettings.get(knowledgeBucket);
    if (settings === undefined) throw new Error('The bucket is not there.');
    const Resource = `arn:aws:s3:::${knowledgeBucket}/README.md`;
    settings.policy = { Statement: { Effect: 'Deny', Principal: { AWS: roleArn }, Action: 's3:GetObject', Resource } };
    await start();
    await simulator.pass(4 * MINUTE);
    expect(await newest()).toMatchObject({ status: 'INCOMPLETE', metrics: { documentsFailed: '1' } });
  });

  test('a role that does not trust Q Business cannot be taken on', async () => {
    const role = simulator.account.iam.roles.get(simulator.vaultmesh.names.role);
    if (role === undefined) throw new Error('The role is not there.');
    role.trust = { Statement: { Effect: 'Allow', Principal: { Service: 'kendra.amazonaws.com' }, Action: 'sts:AssumeRole' } };
    await start();
    await simulator.pass(4 * MINUTE);
    expect(await newest()).toMatchObject({ status: 'FAILED', error: { errorMessage: expect.stringContaining('trust policy') } });
  });

  test('throttling passes', async () => {
    await simulator.faults.set('sync-throttled', true);
    await simulator.pass(11 * MINUTE);
    expect(simulator.faults.list().find(({ id }) => id === 'sync-throttled')).toMatchObject({ active: false });
  });

  test('the log says why', async () => {
    await simulator.faults.set('sync-access-denied', true);
    const { executionId } = await newest();
    const { logGroup: logGroupName, dataSourceId } = simulator.vaultmesh.names;
    const { events } = await clients.logs.send(
      new FilterLogEventsCommand({ logGroupName, logStreamNamePrefix: `${dataSourceId}/`, filterPattern: '{ $.LogLevel = "Error" }' }),
    );
    expect(events).toHaveLength(1);
    expect(JSON.parse(events?.[0]?.message ?? '')).toMatchObject({ SyncRunId: executionId, ErrorCode: 'AccessDenied' });
    const { logStreams } = await clients.logs.send(
      new DescribeLogStreamsCommand({ logGroupName, orderBy: 'LastEventTime', descending: true, limit: 1 }),
    );
    expect(logStreams?.[0]?.logStreamName).toBe(`${dataSourceId}/${executionId}`);
  });
});

test('nothing has synced for 24 hours: the history says so, and the Lambda', async () => {
  await simulator.faults.set('no-sync-alert', true);
  const last = (await list({ statusFilter: 'SUCCEEDED', maxResults: 1 })).history?.[0];
  expect(last?.endTime?.getTime()).toBeLessThan(START - 24 * 60 * MINUTE);
  await simulator.faults.set('no-sync-alert', false);
  expect(simulator.faults.list().find(({ id }) => id === 'no-sync-alert')).toMatchObject({ active: false });
});
