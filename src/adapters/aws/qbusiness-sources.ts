import type { DataSourceSyncJob, UpdateDataSourceRequest } from '@aws-sdk/client-qbusiness';
import type { DataSourceRef, QBusiness, SyncJob } from '../../ports/qbusiness.ts';
import { timeOf, toJson } from './json.ts';
import type { Link } from './link.ts';
import { indexArn } from './qbusiness-names.ts';

/** Most that one answer of ListDataSourceSyncJobs may hold (botocore's service model). */
const JOBS_A_PAGE = 10;

/** The data sources of an index of Amazon Q Business and their syncs. */
export function sourcesOf(link: Link): Pick<QBusiness, 'dataSource' | 'updateDataSource' | 'syncJobs' | 'startSync' | 'stopSync'> {
  const sourceArn = (ref: DataSourceRef) => `${indexArn(link, ref.application, ref.index)}/data-source/${ref.dataSource}`;
  const ids = (ref: DataSourceRef) => ({ applicationId: ref.application, indexId: ref.index, dataSourceId: ref.dataSource });

  return {
    async dataSource(ref) {
      const { client, sdk } = await link.clients.qbusiness();
      const asked = { permission: 'qbusiness:GetDataSource', resource: sourceArn(ref) };
      const found = await link.ask(asked, (options) => client.send(new sdk.GetDataSourceCommand(ids(ref)), options));
      return {
        arn: found.dataSourceArn ?? '',
        name: found.displayName ?? '',
        type: found.type ?? '',
        status: found.status ?? '',
        schedule: found.syncSchedule ?? '',
        role: found.roleArn ?? '',
        configuration: toJson(found.configuration ?? null),
        updated: timeOf(found.updatedAt),
        error: found.error?.errorMessage ?? found.error?.errorCode ?? null,
      };
    },

    async updateDataSource(ref, { schedule, configuration }) {
      const { client, sdk } = await link.clients.qbusiness();
      const asked = { permission: 'qbusiness:UpdateDataSource', resource: sourceArn(ref), writing: true };
      const change = {
        ...(schedule === undefined ? {} : { syncSchedule: schedule }),
        ...(configuration === undefined ? {} : { configuration: configuration as NonNullable<UpdateDataSourceRequest['configuration']> }),
      };
      await link.ask(asked, (options) => client.send(new sdk.UpdateDataSourceCommand({ ...ids(ref), ...change }), options));
    },

    async syncJobs(ref, { limit, status }) {
      const { client, sdk } = await link.clients.qbusiness();
      const asked = { permission: 'qbusiness:ListDataSourceSyncJobs', resource: sourceArn(ref) };
      return link.ask(asked, async ({ abortSignal }) => {
        const jobs: SyncJob[] = [];
        let nextToken: string | undefined;
        do {
          const maxResults = Math.min(limit - jobs.length, JOBS_A_PAGE);
          const filter = { ...(status === undefined ? {} : { statusFilter: status as 'FAILED' }), ...(nextToken === undefined ? {} : { nextToken }) };
          const page = await client.send(new sdk.ListDataSourceSyncJobsCommand({ ...ids(ref), maxResults, ...filter }), { abortSignal });
          jobs.push(...(page.history ?? []).map(jobOf));
          nextToken = page.nextToken;
        } while (nextToken !== undefined && jobs.length < limit);
        return jobs.sort((left, right) => (right.started ?? 0) - (left.started ?? 0)).slice(0, limit);
      });
    },

    async startSync(ref) {
      const { client, sdk } = await link.clients.qbusiness();
      const asked = { permission: 'qbusiness:StartDataSourceSyncJob', resource: sourceArn(ref), writing: true };
      const started = await link.ask(asked, (options) => client.send(new sdk.StartDataSourceSyncJobCommand(ids(ref)), options));
      return started.executionId ?? '';
    },

    async stopSync(ref) {
      const { client, sdk } = await link.clients.qbusiness();
      const asked = { permission: 'qbusiness:StopDataSourceSyncJob', resource: sourceArn(ref), writing: true };
      await link.ask(asked, (options) => client.send(new sdk.StopDataSourceSyncJobCommand(ids(ref)), options));
    },
  };
}

function jobOf(job: DataSourceSyncJob): SyncJob {
  return {
    id: job.executionId ?? '',
    status: job.status ?? '',
    started: timeOf(job.startTime),
    ended: timeOf(job.endTime),
    errorMessage: job.error?.errorMessage ?? null,
    errorCode: job.error?.errorCode ?? null,
    dataSourceErrorCode: job.dataSourceErrorCode ?? null,
    added: figure(job.metrics?.documentsAdded),
    modified: figure(job.metrics?.documentsModified),
    deleted: figure(job.metrics?.documentsDeleted),
    failed: figure(job.metrics?.documentsFailed),
    scanned: figure(job.metrics?.documentsScanned),
  };
}

/** Figures come as text. */
function figure(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;
}
