import { z } from 'zod';
import { plural } from '../../lib/plural.ts';
import { toIso } from '../../lib/time.ts';
import { readAction } from '../../ports/action.ts';
import { awsPreflight } from '../aws/preflight.ts';
import { targetField } from '../shared/fields.ts';
import { dataSourceOf, onDataSource } from './data-source.ts';
import { isFailed } from './sync-cause.ts';

const HEALTH = 'https://health.aws.amazon.com/health/status';
const CONSOLE = 'https://support.console.aws.amazon.com/support/home#/case/create';
/** How many jobs the case names. */
const JOBS = 20;

const input = z.strictObject({
  target: targetField.describe('The data source.'),
  after: z.number().int().min(1).max(50).default(3).describe('Failures in a row after which AWS should be asked.'),
});
const output = z.strictObject({
  due: z.boolean().describe('Whether there are more failures in a row than `after`.'),
  failures: z.number().int(),
  execution_ids: z.array(z.string()),
  text: z.string().describe('The text of the case.'),
  health: z.string().describe('Where AWS reports its own outages.'),
});

/** What AWS Support has to know when syncs keep failing (VO-28): the execution ids with their errors, and where AWS tells of its own troubles. */
export const qbusinessSupportCase = readAction({
  name: 'qbusiness.support-case',
  about: 'Writes the text of an AWS Support case about syncs that keep failing.',
  input,
  output,
  permissions: ({ target }, context) => onDataSource(context, target, 'ListDataSourceSyncJobs'),
  preflight: ({ target }, context) => {
    const { aws, ref } = dataSourceOf(context, target);
    return awsPreflight(
      aws,
      async () => `${plural((await aws.qbusiness.syncJobs(ref, { limit: JOBS })).length, 'sync job')} of ${target} can be listed`,
    );
  },

  async run({ target, after }, context) {
    const { aws, ref } = dataSourceOf(context, target);
    const jobs = await aws.qbusiness.syncJobs(ref, { limit: JOBS });
    const end = jobs.findIndex(({ status }) => status === 'SUCCEEDED');
    const failed = (end === -1 ? jobs : jobs.slice(0, end)).filter(isFailed);
    const due = failed.length > after;
    const lines = failed.map(
      ({ id, status, started, errorCode, dataSourceErrorCode, errorMessage }) =>
        `- ${id}  ${status}  started ${started === null ? 'at an unknown time' : toIso(started)}  ${[errorCode, dataSourceErrorCode, errorMessage].filter(Boolean).join(': ') || 'no error given'}`,
    );
    const text = [
      `Subject: Amazon Q Business: data source sync has failed ${plural(failed.length, 'time')} in a row`,
      '',
      `Service: Amazon Q Business, region ${aws.region}`,
      `Application: ${ref.application}`,
      `Index: ${ref.index}`,
      `Data source: ${ref.dataSource}`,
      `Last success: ${end === -1 ? `none among the last ${jobs.length} jobs` : jobTime(jobs[end]?.ended ?? null)}`,
      '',
      'Failed sync jobs (execution ids):',
      ...(lines.length === 0 ? ['- none'] : lines),
      '',
      'The permissions of the data source’s role and the policy of its bucket have been checked by us. Please tell us why these jobs fail.',
      '',
    ].join('\n');
    return {
      ...(due ? { state: 'bad' } : {}),
      output: { due, failures: failed.length, execution_ids: failed.map(({ id }) => id), text, health: HEALTH },
      summary: due
        ? `${plural(failed.length, 'failure')} in a row: ask AWS Support (${CONSOLE}) with the text in the file; AWS reports its own outages at ${HEALTH}.`
        : `${plural(failed.length, 'failure')} in a row: not more than ${after}, so no case for AWS Support yet.`,
      ...(due ? { text: { name: 'support-case.txt', content: text } } : {}),
    };
  },
});

function jobTime(ms: number | null): string {
  return ms === null ? 'at an unknown time' : toIso(ms);
}
