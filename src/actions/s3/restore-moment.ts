import { UserError } from '../../domain/errors.ts';
import type { ActionContext } from '../../ports/action.ts';
import { dataSourceOf } from '../qbusiness/data-source.ts';
import { isLate } from '../shared/fields.ts';

/** The moment to go back to, ms: as it is given, or the start of the last sync that succeeded. @throws UserError `moment-missing`, `moment-future` */
export async function momentOf(
  { at, data_source: source }: { readonly at?: string | null | undefined; readonly data_source?: string | undefined },
  context: ActionContext,
): Promise<number> {
  const missing = (why: string) => new UserError('moment-missing', `${why} Give the time to restore, for example at=2026-11-20T08:00:00Z.`);
  if (typeof at === 'string' && at !== '') {
    if (isLate(at)) throw missing('The time must be known when this is planned.');
    const time = Date.parse(at);
    if (Number.isNaN(time)) throw missing(`${at} is not a point in time.`);
    if (time > (await context.now())) throw new UserError('moment-future', `${at} is in the future.`);
    return time;
  }
  if (source === undefined) throw missing('No time is given, and no data source whose last sync gives one.');
  const { aws, ref } = dataSourceOf(context, source);
  const [success] = await aws.qbusiness.syncJobs(ref, { limit: 1, status: 'SUCCEEDED' });
  if (success === undefined || success.started === null) throw missing(`No sync of ${source} has ever succeeded.`);
  return success.started;
}
