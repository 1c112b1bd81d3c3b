import { isCardInSight } from '../../../domain/change/plan-card.ts';
import { type Plan } from '../../../domain/change/plans.ts';
import type { RecordOf } from '../../../domain/incident/events.ts';
import type { CHANGE_DATA } from '../../../domain/records/data/changes.ts';
import { RECURRENCE, REVERT } from '../../run-kinds.ts';
import { type Notice, revertRunId, starting } from '../notice.ts';
import { toPerson } from './asking.ts';
import { type NoticesOf, type Tell } from './tell.ts';
import { exporting } from './tracking.ts';

/**
 * A plan's card says by edits what was asked, approved, applied, verified and watched; a message of its own is what somebody has to hear of: that an
 * emergency is in force, that it ended otherwise, what the watch has found, and that it is applied where the card is out of sight.
 */
export const CHANGE_NOTICES: NoticesOf<keyof typeof CHANGE_DATA> = {
  'remedy.applied': applied,
  'remedy.failed': ({ data, actor }, tell) => [tell.inRoom('event'), ...toPerson(data.requester, actor.id, tell)],
  'follow-up.added': (_, tell) => [tell.inRoom('event'), ...exporting(tell)],
};

function applied({ data, time }: RecordOf<'remedy.applied'>, tell: Tell): readonly Notice[] {
  const { incident, key } = tell;
  const plan = incident.plans[data.plan];
  const about = { incident: incident.id, plan: data.plan };
  return [
    ...inForce(plan, Date.parse(time), tell),
    ...(plan?.revertAt === null || plan === undefined ? [] : [starting(revertRunId(plan.id), REVERT.with(about))]),
    starting(key('recurrence'), RECURRENCE.with(about)),
  ];
}

/** Of an emergency everybody hears; of another change its card says it, while that is in sight. */
function inForce(plan: Plan | undefined, at: number, { inRoom, outsideRoom }: Tell): readonly Notice[] {
  if (plan?.risk === 'emergency') return [inRoom('change'), ...outsideRoom('change')];
  return plan !== undefined && isCardInSight(plan, at) ? [] : [inRoom('change')];
}
