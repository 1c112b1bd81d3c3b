import type { Account } from '../../account.ts';
import type { CrawledDocument } from './crawl.ts';
import type { DataSource, SyncJob } from './state.ts';

/** The log group of an application. */
export function logGroupOf(applicationId: string): string {
  return `/aws/qbusiness/${applicationId}`;
}

/**
 * Writes what Q Business logs of a job that ended: its course in the stream `<data source>/<job>`, and its documents one by one in
 * `SYNC_RUN_HISTORY_REPORT/<data source>/<job>`.
 */
export function reportJob(
  account: Account,
  applicationId: string,
  dataSource: DataSource,
  job: SyncJob,
  documents: readonly CrawledDocument[],
): void {
  const group = logGroupOf(applicationId);
  const stream = `${dataSource.id}/${job.executionId}`;
  const end = job.end ?? account.now();
  const { error } = job;
  account.logs.append(group, stream, [
    { timestamp: job.start, message: line('Info', { Message: 'Starting the sync run.', SyncRunId: job.executionId, DataSourceId: dataSource.id }) },
    ...documents
      .filter(({ failure }) => failure !== null)
      .map(({ id, failure }) => ({
        timestamp: end,
        message: line('Error', { DocumentId: id, ErrorCode: 'AccessDenied', ErrorMessage: failure }),
      })),
    ...(error === undefined
      ? []
      : [
          {
            timestamp: end,
            message: line('Error', {
              SyncRunId: job.executionId,
              ErrorCode: job.dataSourceErrorCode ?? error.errorCode,
              ErrorMessage: error.errorMessage,
            }),
          },
        ]),
    { timestamp: end, message: line('Info', { Message: `The sync run ended: ${job.status}.`, SyncRunId: job.executionId }) },
  ]);
  if (documents.length === 0) return;
  account.logs.append(
    group,
    `SYNC_RUN_HISTORY_REPORT/${stream}`,
    documents.map(({ id, title, action, failure }) => ({
      timestamp: end,
      message: JSON.stringify({
        DocumentId: id,
        DocumentTitle: title,
        CrawlAction: action,
        ConnectorDocumentStatus: { Status: failure === null ? 'SUCCESS' : 'FAILED' },
        ...(failure === null ? {} : { ErrorMsg: failure }),
      }),
    })),
  );
}

function line(level: 'Info' | 'Error', content: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ LogLevel: level, ...content });
}
