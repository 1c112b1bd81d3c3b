import { planCardKey } from '../../../domain/change/plan-card.ts';
import { PLAN_LIST_MESSAGE } from '../../../domain/messages/messages.ts';
import type { PLAN_DATA } from '../../../domain/records/data/plans.ts';
import { REMEDY } from '../../run-kinds.ts';
import { type Notice, starting } from '../notice.ts';
import { askApprovers, decided, toPerson } from './asking.ts';
import { type NoticesOf, ROOM_OF_INCIDENT } from './tell.ts';

export const PLAN_NOTICES: NoticesOf<keyof typeof PLAN_DATA> = {
  'remedy.requested': ({ data: { run, runbook, remedy, arguments: given, reason } }, { incident }) => [
    starting(run, REMEDY.with({ incident: incident.id, runbook, remedy, arguments: given, reason })),
  ],
  'plan.made': ({ data: { plan } }, { incident, key }) => {
    const card: Notice = { kind: 'message', key: planCardKey(plan), template: 'plan', to: ROOM_OF_INCIDENT, data: {} };
    const list: Notice = { kind: 'message', key: key('list'), to: { kind: 'under', message: planCardKey(plan) }, ...PLAN_LIST_MESSAGE.with({}) };
    const lists = incident.plans[plan]?.lists === true ? [list] : [];
    return [card, ...lists, ...(incident.plans[plan]?.status === 'waiting' ? [askApprovers(key('approvers'), incident, plan)] : [])];
  },
  'plan.voided': ({ data, actor }, tell) => {
    const { incident, inRoom } = tell;
    if (data.final !== true) return [inRoom('event')];
    return [inRoom('event'), ...decided(incident, data.plan), ...toPerson(incident.plans[data.plan]?.requester, actor.id, tell)];
  },
};
