import type { Incident } from '../../../domain/incident/incident.ts';
import { ASK_APPROVERS } from '../../run-kinds.ts';
import { type Notice, starting } from '../notice.ts';
import type { Tell } from './tell.ts';

/** Looks who can approve a plan, asks them, and says so where nobody can. `again`: everybody is asked. */
export function askApprovers(id: string, incident: Incident, plan: string, again = false): Notice {
  return starting(id, ASK_APPROVERS.with({ incident: incident.id, plan, seq: incident.plans[plan]?.seq ?? incident.seq, again }));
}

/** Somebody whom it concerns, such as who asked, is told where they are, unless they did it themselves or are nobody in Slack. */
export function toPerson(user: string | undefined, by: string, { message }: Tell): readonly Notice[] {
  if (user === undefined || user === by || !/^[UW][A-Z0-9]+$/.test(user)) return [];
  return [message('event', { kind: 'person', user }, 'requester', { apart: true })];
}

/** Wakes the run that waits for what becomes of its plan. */
export function decided({ plans }: Incident, id: string): readonly Notice[] {
  const plan = plans[id];
  return plan === undefined ? [] : [{ kind: 'signal', run: plan.run, name: `decided:${id}`, payload: plan.status }];
}
