import { plural } from '../../lib/plural.ts';
import { sayMoment, toIso } from '../../lib/time.ts';
import type { HandedOver } from '../records/data/people.ts';
import type { RecordOf } from './events.ts';
import type { Incident } from './incident.ts';

/** What is unfinished in an incident; `null` when nothing is. */
export function handedOver({ plans, updates }: Incident): HandedOver | null {
  const all = Object.values(plans);
  const open = all.filter(({ status }) => status === 'waiting' || status === 'approved' || status === 'applying').map(({ id }) => id);
  const inForce = all.filter(({ status, revertAt }) => status === 'reverting' || (status === 'applied' && revertAt !== null)).map(({ id }) => id);
  const { dueAt, offeredFor, remindedFor, breachedFor } = updates;
  const unanswered = dueAt !== null && [offeredFor, remindedFor, breachedFor].includes(dueAt);
  if (open.length === 0 && inForce.length === 0 && !unanswered) return null;
  return { plans: open, in_force: inForce, update_due: unanswered ? toIso(dueAt) : null };
}

/** Whether somebody has the command because they were the first to acknowledge. */
export function tookCommand({ milestones }: Pick<Incident, 'milestones'>, { data, actor, time }: RecordOf<'role.assigned'>): boolean {
  const { role, user, previous } = data;
  return role === 'incident-commander' && previous === null && actor.id === user && milestones.acknowledged === Date.parse(time);
}

/** `1 open plan, 2 changes in force and the update due at ...`. */
export function sayHandedOver(
  { plans, in_force: inForce, update_due: due }: HandedOver,
  moment: (iso: string) => string = sayMoment,
  now = 0,
): string {
  const parts = [
    ...(plans.length === 0 ? [] : [plural(plans.length, 'open plan')]),
    ...(inForce.length === 0 ? [] : [plural(inForce.length, 'change in force', 'changes in force')]),
    ...(due === null ? [] : [`the update ${Date.parse(due) < now ? 'that is overdue since' : 'due at'} ${moment(due)}`]),
  ];
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}
