import { z } from 'zod';
import { plural } from '../../lib/plural.ts';
import { sayDuration, sayMoment, toIso } from '../../lib/time.ts';
import { readAction } from '../../ports/action.ts';
import type { SyncJob } from '../../ports/qbusiness.ts';
import { awsPreflight } from '../aws/preflight.ts';
import { oneLine, targetField } from '../shared/fields.ts';
import { dataSourceOf, onDataSource } from './data-source.ts';
import { CAUSES, causeOf, documentIn, isFailed, isRunning, sizesIn } from './sync-cause.ts';

/** Looked at to count failures that follow each other. */
const LOOKED_AT = 20;
const HOUR = 3_600_000;
/** Amazon says no more of a throttled sync than to try it later: a pause of as long as that (ms) is what lets it through. */
const THROTTLED_FOR = 10 * 60_000;

const input = z.strictObject({
  target: targetField.describe('The data source.'),
  limit: z.number().int().min(1).max(100).default(5).describe('How many jobs the table shows.'),
});

const whole = z.number().int();
const output = z.strictObject({
  running: z.boolean(),
  newest: z
    .strictObject({ id: z.string(), status: z.string(), error: z.string(), started: z.string(), ended: z.string() })
    .describe('Empty texts when there is none.'),
  succeeded: z.boolean().describe('Whether the newest job has succeeded.'),
  last_success: z.string().describe('When the newest job that succeeded ended, empty when none has.'),
  last_success_started: z.string(),
  hours_since_success: whole.describe('-1 when none has.'),
  failures: whole.describe('Jobs that failed one after the other since the last success; one that runs counts as none.'),
  failed_ids: z.array(z.string()),
  cause: z.enum(CAUSES).describe('Of the newest job that failed, when no other has succeeded since.'),
  reason: z.string(),
  document: z.string().describe('The key of the document that the newest failure names as too large; empty when it names none.'),
  sizes: z.string().describe('How large it is and may be, as 180 MiB, 50 MiB are allowed; empty when the failure does not say it.'),
  retry_at: z.string().describe('When a sync that was throttled may be tried again, as 2026-11-21T23:19:00Z; empty unless it was.'),
  scanned: whole,
  added: whole,
  modified: whole,
  deleted: whole,
  failed: whole,
});

/** The sync jobs of a data source (VO-20, VO-21, VO-23): newest, failures in a row, the likely cause, the last success; for `until`, too. */
export const qbusinessSyncJobs = readAction({
  name: 'qbusiness.sync-jobs',
  about: 'Reads the last sync jobs of a data source: status, error, likely cause, failures in a row.',
  input,
  output,
  permissions: ({ target }, context) => onDataSource(context, target, 'ListDataSourceSyncJobs'),
  preflight: ({ target }, context) => {
    const { aws, ref } = dataSourceOf(context, target);
    return awsPreflight(aws, async () => {
      const [newest] = await aws.qbusiness.syncJobs(ref, { limit: 1 });
      return newest === undefined ? `The data source ${target} has never been synced` : `The last sync of ${target} is ${newest.status}`;
    });
  },

  async run({ target, limit }, context) {
    const { aws, ref } = dataSourceOf(context, target);
    const jobs = await aws.qbusiness.syncJobs(ref, { limit: Math.max(limit, LOOKED_AT) });
    const listed = jobs.find(({ status }) => status === 'SUCCEEDED');
    const success = listed ?? (jobs.length < LOOKED_AT ? undefined : (await aws.qbusiness.syncJobs(ref, { limit: 1, status: 'SUCCEEDED' }))[0]);
    const now = await context.now();
    const [newest] = jobs;
    const ended = jobs.filter((job) => !isRunning(job));
    const succeeded = ended.findIndex(({ status }) => status === 'SUCCEEDED');
    const since = (succeeded === -1 ? ended : ended.slice(0, succeeded)).filter(isFailed);
    const { cause, reason } = since[0] === undefined ? { cause: 'none' as const, reason: '' } : causeOf(since[0]);
    const shown = jobs.slice(0, limit);
    const at = success?.ended ?? null;
    const running = newest !== undefined && isRunning(newest);
    return {
      state: newest === undefined || running ? 'seen' : newest.status === 'SUCCEEDED' ? 'good' : 'bad',
      output: {
        running,
        newest: {
          id: newest?.id ?? '',
          status: newest?.status ?? '',
          error: newest === undefined ? '' : errorOf(newest),
          started: iso(newest?.started ?? null),
          ended: iso(newest?.ended ?? null),
        },
        succeeded: newest?.status === 'SUCCEEDED',
        last_success: iso(at),
        last_success_started: iso(success?.started ?? null),
        hours_since_success: at === null ? -1 : Math.floor((now - at) / HOUR),
        failures: since.length,
        failed_ids: since.map(({ id }) => id),
        cause,
        reason,
        document: cause === 'document-or-timeout' ? documentIn(since[0]?.errorMessage ?? '') : '',
        sizes: cause === 'document-or-timeout' ? sizesIn(since[0]?.errorMessage ?? '') : '',
        retry_at: cause === 'throttling' ? sayRetry(since[0]?.ended ?? now) : '',
        scanned: newest?.scanned ?? 0,
        added: newest?.added ?? 0,
        modified: newest?.modified ?? 0,
        deleted: newest?.deleted ?? 0,
        failed: newest?.failed ?? 0,
      },
      summary: `${target}: ${sayNewest(newest, now)}; ${at === null ? 'no sync has ever succeeded' : `last success ${sayDuration(now - at)} ago`}${since.length === 0 ? '' : `; ${plural(since.length, 'failure')} in a row, likely ${cause}`}.`,
      table: {
        columns: ['started', 'took', 'status', 'scanned', 'added', 'modified', 'deleted', 'failed', 'error', 'id'],
        rows: shown.map((job) => [
          iso(job.started),
          job.started === null ? '' : job.ended === null ? 'running' : sayDuration(job.ended - job.started),
          job.status,
          ...[job.scanned, job.added, job.modified, job.deleted, job.failed].map((figure) => (figure === null ? '' : String(figure))),
          oneLine(errorOf(job), 120),
          job.id,
        ]),
      },
      files: [{ name: `sync-jobs-${target}.json`, content: `${JSON.stringify(jobs, null, 2)}\n` }],
    };
  },
});

function sayNewest(job: SyncJob | undefined, now: number): string {
  if (job === undefined) return 'never synced';
  if (!isRunning(job)) return `the newest sync is ${job.status}${isFailed(job) ? ` (${oneLine(errorOf(job), 160) || 'no error given'})` : ''}`;
  const figures = `${job.scanned ?? 0} scanned, ${job.added ?? 0} added, ${job.modified ?? 0} modified, ${job.deleted ?? 0} deleted, ${job.failed ?? 0} failed`;
  return `${job.status} for ${sayDuration(now - (job.started ?? now))}: ${figures}`;
}

/** `InvalidRequest/AccessDenied: the role ...` */
function errorOf({ errorCode, dataSourceErrorCode, errorMessage }: SyncJob): string {
  const codes = [errorCode, dataSourceErrorCode].filter((code) => code !== null && code !== '').join('/');
  return [codes, errorMessage].filter((text) => text !== null && text !== '').join(': ');
}

/** On the minute after. */
function sayRetry(ended: number): string {
  return sayMoment(Math.ceil((ended + THROTTLED_FOR) / 60_000) * 60_000);
}

function iso(time: number | null): string {
  return time === null ? '' : toIso(time);
}
