import { z } from 'zod';
import { UserError } from '../../domain/errors.ts';
import { type ActionContext, changeAction, type Planned } from '../../ports/action.ts';
import { AwsError } from '../../ports/aws.ts';
import type { SyncJob } from '../../ports/qbusiness.ts';
import { awsPreflight } from '../aws/preflight.ts';
import { targetField } from '../shared/fields.ts';
import { touch } from '../shared/stale.ts';
import { dataSourceOf, onDataSource } from './data-source.ts';
import { isRunning } from './sync-cause.ts';

const input = z.strictObject({
  target: targetField.describe('The data source.'),
  fresh: z
    .boolean()
    .default(false)
    .describe('A sync that was already running when this was planned does not count: it may have read the old content.'),
});
const output = z.strictObject({ id: z.string(), started: z.boolean() });

/**
 * Starts a sync (VO-24, VQ-12, VQ-13, VQ-15). The API takes no token: what runs is looked at first, and one that began after the plan is taken
 * for what was wanted, so that a try after a lost answer starts no second one.
 */
export const qbusinessStartSync = changeAction({
  name: 'qbusiness.start-sync',
  about: 'Starts a sync of a data source; a running one is used instead.',
  effect: 'change',
  oneWay: 'What a sync has indexed stays. If it is still running, `/sync stop` stops it; the next sync brings the index up to date.',
  input,
  output,
  permissions: ({ target }, context) => onDataSource(context, target, 'ListDataSourceSyncJobs', 'GetDataSource', 'StartDataSourceSyncJob'),
  preflight: ({ target }, context) => {
    const { aws, ref } = dataSourceOf(context, target);
    const look = async () => `The data source ${target} is ${(await aws.qbusiness.dataSource(ref)).status}`;
    return awsPreflight(aws, look, onDataSource(context, target, 'StartDataSourceSyncJob'));
  },

  async plan({ target, fresh }, context): Promise<Planned> {
    const { aws, ref } = dataSourceOf(context, target);
    const [newest, source] = await Promise.all([newestOf(context, target), aws.qbusiness.dataSource(ref)]);
    const runs = newest !== null && isRunning(newest);
    const nothing = runs && !fresh;
    return {
      summary: nothing ? `A sync of ${target} is already running (${newest.id}).` : `Starts a sync of ${target} (${source.name})`,
      diff: nothing ? null : `+ sync of ${source.name}, which reads its bucket and updates the index`,
      noPlan: nothing ? 'Nothing would change.' : null,
      notes: [
        ...(runs && fresh ? [`A sync is running (${newest.id}): it has to end or be stopped before this one can start.`] : []),
        ...(source.status === 'ACTIVE' ? [] : [`The data source is ${source.status}${source.error === null ? '' : `: ${source.error}`}.`]),
        'What is no longer in the bucket is removed from the index.',
      ],
      touches: [touch(source.name, source.arn || ref.dataSource, 'that it is this data source', { role: source.role })],
      changes: !nothing,
      scope: { newest: newest?.id ?? '' },
      snapshot: null,
    };
  },

  async apply({ target, fresh }, planned, context) {
    const { aws, ref } = dataSourceOf(context, target);
    const planScope = z.object({ newest: z.string() }).parse(planned.scope);
    const there = await newestOf(context, target);
    if (there !== null && isRunning(there) && there.status !== 'STOPPING') return already(target, there, fresh && there.id === planScope.newest);
    try {
      const id = await aws.qbusiness.startSync(ref);
      return { output: { id, started: true }, summary: `Started a sync of ${target} (${id}).` };
    } catch (error) {
      if (!(error instanceof AwsError) || (error.reason !== 'conflict' && error.reason !== 'uncertain')) throw error;
      // Somebody was faster, or the answer was lost: then one runs that was not there before.
      const now = await newestOf(context, target);
      if (now !== null && isRunning(now) && now.id !== there?.id) return already(target, now, false);
      throw error;
    }
  },
});

/** @throws UserError `sync-running` */
function already(target: string, { id }: SyncJob, old: boolean) {
  if (old)
    throw new UserError('sync-running', `A sync of ${target} (${id}) that started earlier is still running: wait until it ends, or stop it first.`);
  return { output: { id, started: false }, summary: `A sync of ${target} is already running (${id}).` };
}

async function newestOf(context: ActionContext, target: string): Promise<SyncJob | null> {
  const { aws, ref } = dataSourceOf(context, target);
  const [newest] = await aws.qbusiness.syncJobs(ref, { limit: 1 });
  return newest ?? null;
}
