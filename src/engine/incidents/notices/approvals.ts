import type { RecordOf } from '../../../domain/incident/events.ts';
import type { APPROVAL_DATA } from '../../../domain/records/data/approvals.ts';
import type { Notice } from '../notice.ts';
import { askApprovers, decided, toPerson } from './asking.ts';
import type { NoticesOf, Tell } from './tell.ts';

export const APPROVAL_NOTICES: NoticesOf<keyof typeof APPROVAL_DATA> = {
  'approval.given': ({ data: { plan, missing } }, { incident, key }) =>
    missing.length === 0 ? decided(incident, plan) : [askApprovers(key(`approvers:${plan}`), incident, plan)],
  'approval.blocked': completion,
  'approval.possible': completion,
  'approval.rejected': refused,
  'approval.withdrawn': refused,
  'approval.reminded': ({ data }, { incident, inRoom, key }) => [inRoom('event'), askApprovers(key('approvers'), incident, data.plan, true)],
  'approval.expired': refused,
};

/** Whether it can be completed concerns whoever asked for it. */
function completion({ data, actor }: RecordOf<'approval.blocked' | 'approval.possible'>, tell: Tell): readonly Notice[] {
  return [tell.inRoom('event'), ...toPerson(tell.incident.plans[data.plan]?.requester, actor.id, tell)];
}

/** That it will not be done concerns whoever asked for it. */
function refused({ data, actor }: RecordOf<'approval.rejected' | 'approval.withdrawn' | 'approval.expired'>, tell: Tell): readonly Notice[] {
  return [tell.inRoom('event'), ...decided(tell.incident, data.plan), ...toPerson(tell.incident.plans[data.plan]?.requester, actor.id, tell)];
}
