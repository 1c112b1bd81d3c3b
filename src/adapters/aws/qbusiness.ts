import type { DataSourceSyncJob, UpdateChatControlsConfigurationRequest, UpdateDataSourceRequest } from '@aws-sdk/client-qbusiness';
import type { Json } from '../../domain/record.ts';
import type { ChatControlsUpdate, DataSourceRef, IndexedDocument, QBusiness, SyncJob } from '../../ports/qbusiness.ts';
import { timeOf, toJson } from './json.ts';
import type { Link } from './link.ts';

/** Most that one answer of ListDataSourceSyncJobs and of GetChatControlsConfiguration may hold (botocore's service model). */
const JOBS_A_PAGE = 10;
const TOPICS_A_PAGE = 50;

/** Amazon Q Business (API reference 2023-11-27). */
export function qbusinessOf(link: Link): QBusiness {
  const applicationArn = (application: string) => `arn:aws:qbusiness:${link.region}:*:application/${application}`;
  const indexArn = (application: string, index: string) => `${applicationArn(application)}/index/${index}`;
  const sourceArn = (ref: DataSourceRef) => `${indexArn(ref.application, ref.index)}/data-source/${ref.dataSource}`;
  const ids = (ref: DataSourceRef) => ({ applicationId: ref.application, indexId: ref.index, dataSourceId: ref.dataSource });

  return {
    async chatControls(application) {
      const { client, sdk } = await link.clients.qbusiness();
      const asked = { permission: 'qbusiness:GetChatControlsConfiguration', resource: applicationArn(application) };
      return link.ask(asked, async ({ abortSignal }) => {
        const pages: Json[] = [];
        let nextToken: string | undefined;
        do {
          const input = { applicationId: application, maxResults: TOPICS_A_PAGE, ...(nextToken === undefined ? {} : { nextToken }) };
          const page = await client.send(new sdk.GetChatControlsConfigurationCommand(input), { abortSignal });
          nextToken = page.nextToken;
          pages.push(toJson({ ...page, $metadata: undefined, nextToken: undefined }));
        } while (nextToken !== undefined);
        return pages.reduce(joinPages);
      });
    },

    async updateChatControls(application, update, token) {
      const { client, sdk } = await link.clients.qbusiness();
      const asked = { permission: 'qbusiness:UpdateChatControlsConfiguration', resource: applicationArn(application), writing: true };
      const input = { ...apiUpdate(update), applicationId: application, clientToken: token };
      await link.ask(asked, (options) => client.send(new sdk.UpdateChatControlsConfigurationCommand(input), options));
    },

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

    async index(application, index) {
      const { client, sdk } = await link.clients.qbusiness();
      const asked = { permission: 'qbusiness:GetIndex', resource: indexArn(application, index) };
      const found = await link.ask(asked, (options) => client.send(new sdk.GetIndexCommand({ applicationId: application, indexId: index }), options));
      const text = found.indexStatistics?.textDocumentStatistics;
      return {
        name: found.displayName ?? '',
        status: found.status ?? '',
        documents: text?.indexedTextDocumentCount ?? 0,
        bytes: text?.indexedTextBytes ?? 0,
        updated: timeOf(found.updatedAt),
        error: found.error?.errorMessage ?? found.error?.errorCode ?? null,
      };
    },

    async *documents(application, index, dataSource): AsyncIterable<IndexedDocument> {
      const { client, sdk } = await link.clients.qbusiness();
      const asked = { permission: 'qbusiness:ListDocuments', resource: indexArn(application, index) };
      const input = { applicationId: application, indexId: index, ...(dataSource === undefined ? {} : { dataSourceIds: [dataSource] }) };
      let nextToken: string | undefined;
      do {
        const more = nextToken === undefined ? {} : { nextToken };
        const page = await link.ask(asked, (options) => client.send(new sdk.ListDocumentsCommand({ ...input, ...more }), options));
        for (const one of page.documentDetailList ?? []) {
          const error = one.error?.errorMessage ?? one.error?.errorCode ?? null;
          yield { id: one.documentId ?? '', status: one.status ?? '', updated: timeOf(one.updatedAt), error };
        }
        nextToken = page.nextToken;
      } while (nextToken !== undefined);
    },

    async ask(application, question, token) {
      const { client, sdk } = await link.clients.qbusiness();
      const asked = { permission: 'qbusiness:ChatSync', resource: applicationArn(application) };
      const input = { applicationId: application, userMessage: question, clientToken: token };
      const answer = await link.ask(asked, (options) => client.send(new sdk.ChatSyncCommand(input), options));
      return {
        text: answer.systemMessage ?? '',
        sources: (answer.sourceAttributions ?? []).flatMap((one) =>
          one === null ? [] : [{ title: one.title ?? '', url: one.url ?? '', document: one.documentId ?? '' }],
        ),
      };
    },
  };
}

/** Further pages carry further topics; everything else is the same on each. */
function joinPages(first: Json, next: Json): Json {
  const [a, b] = [first as Readonly<Record<string, Json>>, next as Readonly<Record<string, Json>>];
  const topics = [a['topicConfigurations'], b['topicConfigurations']].flatMap((list) => (Array.isArray(list) ? (list as Json[]) : []));
  return { ...b, ...a, ...(topics.length === 0 ? {} : { topicConfigurations: topics }) };
}

/** The same with the SDK's types: its arrays are not readonly, and its enumerations are narrower than what a file may say. */
function apiUpdate(update: ChatControlsUpdate): Omit<UpdateChatControlsConfigurationRequest, 'applicationId'> {
  return structuredClone<unknown>(update) as Omit<UpdateChatControlsConfigurationRequest, 'applicationId'>;
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
