import { z } from 'zod';
import { changeAction, type Planned } from '../../ports/action.ts';
import { AwsError } from '../../ports/aws.ts';
import { awsPreflight } from '../aws/preflight.ts';
import { targetField } from '../shared/fields.ts';
import { dataSourceOf, onDataSource } from './data-source.ts';
import { isRunning } from './sync-cause.ts';

const input = z.strictObject({ target: targetField.describe('The data source.') });
const output = z.strictObject({ id: z.string(), stopped: z.boolean() });
const scopeSchema = z.object({ id: z.string() });

/** Stops the sync that runs. Only the one that was planned for: a later one may be somebody's remedy. */
export const qbusinessStopSync = changeAction({
  name: 'qbusiness.stop-sync',
  about: 'Stops the running sync of a data source.',
  effect: 'change',
  oneWay: 'A stopped sync cannot be continued. Start a new one with `/sync start`.',
  input,
  output,
  permissions: ({ target }, context) => onDataSource(context, target, 'ListDataSourceSyncJobs', 'StopDataSourceSyncJob'),
  preflight: ({ target }, context) => {
    const { aws, ref } = dataSourceOf(context, target);
    const look = async () =>
      (await aws.qbusiness.syncJobs(ref, { limit: 1 })).some(isRunning) ? `A sync of ${target} runs` : `No sync of ${target} runs`;
    return awsPreflight(aws, look, onDataSource(context, target, 'StopDataSourceSyncJob'));
  },

  async plan({ target }, context): Promise<Planned> {
    const { aws, ref } = dataSourceOf(context, target);
    const [job] = await aws.qbusiness.syncJobs(ref, { limit: 1 });
    const runs = job !== undefined && isRunning(job) && job.status !== 'STOPPING';
    return {
      summary: runs ? `Stops the sync of ${target} (${job.id})` : `No sync of ${target} runs.`,
      diff: runs ? `- sync ${job.id}, ${job.status}, ${job.scanned ?? 0} documents scanned` : null,
      noPlan: runs ? null : 'Nothing would change.',
      notes: runs ? ['What it has already indexed stays; the next sync processes everything again.'] : [],
      touches: [],
      changes: runs,
      scope: { id: runs ? job.id : '' },
      snapshot: null,
    };
  },

  async apply({ target }, planned, context) {
    const { aws, ref } = dataSourceOf(context, target);
    const { id } = scopeSchema.parse(planned.scope);
    const [job] = await aws.qbusiness.syncJobs(ref, { limit: 1 });
    const over = { output: { id, stopped: false }, summary: `The sync of ${target} (${id}) is no longer running.` };
    if (job === undefined || job.id !== id || !isRunning(job) || job.status === 'STOPPING') return over;
    try {
      await aws.qbusiness.stopSync(ref);
    } catch (error) {
      // It ended by itself just now.
      if (error instanceof AwsError && error.reason === 'not-found') return over;
      throw error;
    }
    return { output: { id, stopped: true }, summary: `The sync of ${target} (${id}) is being stopped.` };
  },
});
