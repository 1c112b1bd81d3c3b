import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { ApiError } from '../../protocol/error.ts';
import { text, textInteger, timestamp } from '../../protocol/input.ts';
import { page } from '../../protocol/pages.ts';
import { type Operation, operation } from '../../protocol/service.ts';
import { arn, findDataSource, findIndex, validation } from './find.ts';
import { Id, NextToken } from './schema.ts';
import { isRunning, type SyncJob } from './state.ts';

/** Jobs and data sources on one page; API reference, ListDataSourceSyncJobs and ListDataSources. */
const PAGE = 10;
const Ids = { applicationId: Id, indexId: Id, dataSourceId: Id };
const PATH = '/applications/{applicationId}/indices/{indexId}/datasources';
const STATUSES = ['FAILED', 'SUCCEEDED', 'SYNCING', 'INCOMPLETE', 'STOPPING', 'ABORTED', 'SYNCING_INDEXING'] as const;

/** What a connector of type S3 must say; user guide, "Amazon S3 connector: JSON schema". */
const S3Configuration = z.looseObject({
  type: z.literal('S3'),
  syncMode: z.enum(['FULL_CRAWL', 'FORCED_FULL_CRAWL', 'CHANGE_LOG']),
  connectionConfiguration: z.looseObject({ repositoryEndpointMetadata: z.looseObject({ BucketName: z.string().min(3).max(63) }) }),
});

/** Data sources and their syncs. Starting and stopping a sync are data events, which CloudTrail's event history does not have. */
export const dataSourceOperations: readonly Operation[] = [
  operation({
    name: 'ListDataSources',
    http: `GET ${PATH}`,
    query: { maxResults: 'maxResults', nextToken: 'nextToken' },
    input: z.strictObject({ applicationId: Id, indexId: Id, maxResults: textInteger(1, 10).optional(), nextToken: NextToken }),
    resource: (input, { account }) => arn.index(account, input),
    run(input, { account }) {
      const { items, next } = page([...findIndex(account, input).dataSources.values()], input.nextToken, input.maxResults ?? PAGE);
      const dataSources = items.map(({ id, displayName, created, updated }) => ({
        displayName,
        dataSourceId: id,
        type: 'S3',
        createdAt: created,
        updatedAt: updated,
        status: 'ACTIVE',
      }));
      return { dataSources, nextToken: next };
    },
  }),
  operation({
    name: 'GetDataSource',
    http: `GET ${PATH}/{dataSourceId}`,
    input: z.strictObject(Ids),
    resource: (input, { account }) => arn.dataSource(account, input),
    run(input, { account }) {
      const { dataSource } = findDataSource(account, input);
      const { displayName, description, configuration, syncSchedule, roleArn, created, updated } = dataSource;
      return {
        ...input,
        dataSourceArn: arn.dataSource(account, input),
        displayName,
        type: 'S3',
        configuration,
        createdAt: created,
        updatedAt: updated,
        description,
        status: 'ACTIVE',
        syncSchedule: syncSchedule === '' ? undefined : syncSchedule,
        roleArn,
      };
    },
  }),
  operation({
    name: 'UpdateDataSource',
    http: `PUT ${PATH}/{dataSourceId}`,
    changes: true,
    input: z.strictObject({
      ...Ids,
      displayName: text(1, 1000, /[a-zA-Z0-9][a-zA-Z0-9_-]*/).optional(),
      configuration: z.record(z.string(), z.unknown()).optional(),
      description: text(0, 1000).optional(),
      syncSchedule: text(0, 998).optional(),
      roleArn: text(0, 1284, /arn:aws:iam::\d{12}:role\/.+/).optional(),
    }),
    resource: (input, { account }) => arn.dataSource(account, input),
    run(input, { account }) {
      const { dataSource } = findDataSource(account, input);
      if (input.configuration !== undefined) {
        const { error } = S3Configuration.safeParse(input.configuration);
        if (error !== undefined)
          throw validation(`The configuration is not valid: ${error.issues[0]?.path.join('.') ?? ''} ${error.issues[0]?.message ?? ''}`);
        dataSource.configuration = input.configuration;
      }
      if (input.syncSchedule !== undefined) {
        if (input.syncSchedule !== '' && !/^(cron|rate)\(.+\)$/.test(input.syncSchedule))
          throw validation('The sync schedule is not a cron expression.');
        dataSource.syncSchedule = input.syncSchedule;
      }
      dataSource.displayName = input.displayName ?? dataSource.displayName;
      dataSource.description = input.description ?? dataSource.description;
      dataSource.roleArn = input.roleArn ?? dataSource.roleArn;
      dataSource.updated = new Date(account.now());
      return {};
    },
  }),
  operation({
    name: 'ListDataSourceSyncJobs',
    http: `GET ${PATH}/{dataSourceId}/syncjobs`,
    query: { maxResults: 'maxResults', nextToken: 'nextToken', startTime: 'startTime', endTime: 'endTime', statusFilter: 'syncStatus' },
    input: z.strictObject({
      ...Ids,
      maxResults: textInteger(1, 10).optional(),
      nextToken: NextToken,
      startTime: timestamp.optional(),
      endTime: timestamp.optional(),
      statusFilter: z.enum(STATUSES).optional(),
    }),
    resource: (input, { account }) => arn.dataSource(account, input),
    run(input, { account }) {
      const { dataSource } = findDataSource(account, input);
      const from = input.startTime?.getTime() ?? 0;
      const until = input.endTime?.getTime() ?? Number.POSITIVE_INFINITY;
      const found = dataSource.jobs
        .filter(({ start, status }) => start >= from && start <= until && (input.statusFilter ?? status) === status)
        .toReversed();
      const { items, next } = page(found, input.nextToken, input.maxResults ?? PAGE);
      return { history: items.map(shape), nextToken: next };
    },
  }),
  operation({
    name: 'StartDataSourceSyncJob',
    http: `POST ${PATH}/{dataSourceId}/startsync`,
    input: z.strictObject(Ids),
    resource: (input, { account }) => arn.dataSource(account, input),
    run(input, { account }) {
      const { dataSource } = findDataSource(account, input);
      if (dataSource.jobs.some(isRunning)) {
        throw new ApiError(409, 'ConflictException', 'A sync job is already running for this data source.', {
          resourceId: input.dataSourceId,
          resourceType: 'DATA_SOURCE',
        });
      }
      const job = newJob(account.now());
      dataSource.jobs.push(job);
      return { executionId: job.executionId };
    },
  }),
  operation({
    name: 'StopDataSourceSyncJob',
    http: `POST ${PATH}/{dataSourceId}/stopsync`,
    input: z.strictObject(Ids),
    resource: (input, { account }) => arn.dataSource(account, input),
    run(input, { account }) {
      const { dataSource } = findDataSource(account, input);
      const job = dataSource.jobs.find(isRunning);
      if (job === undefined) throw new ApiError(404, 'ResourceNotFoundException', 'No sync job is running for this data source.');
      job.stopped ??= account.now();
      job.status = 'STOPPING';
      return {};
    },
  }),
];

/** A job that begins at `start`, ms. */
export function newJob(start: number): SyncJob {
  return { executionId: randomUUID(), start, end: null, status: 'SYNCING', metrics: { added: 0, modified: 0, deleted: 0, failed: 0, scanned: 0 } };
}

function shape({ executionId, start, end, status, error, dataSourceErrorCode, metrics }: SyncJob): unknown {
  return {
    executionId,
    startTime: new Date(start),
    ...(end === null ? {} : { endTime: new Date(end) }),
    status,
    error,
    dataSourceErrorCode,
    metrics: {
      documentsAdded: String(metrics.added),
      documentsModified: String(metrics.modified),
      documentsDeleted: String(metrics.deleted),
      documentsFailed: String(metrics.failed),
      documentsScanned: String(metrics.scanned),
    },
  };
}
