import { sayRoles } from '../src/domain/change/deciding.ts';
import { missingRoles, type Plan } from '../src/domain/change/plans.ts';
import type { Incident } from '../src/domain/incident/incident.ts';
import { sayRoom } from './incident-words.ts';
import { safe } from './outside.ts';
import { consentOf } from './plan-words.ts';
import { user, when } from './text.ts';

/** How a withdrawn plan's reason begins (src/domain/records/approvals.ts). */
const WITHDRAWN = 'withdrawn: ';

/** What became of what somebody was asked, with its time, and whether they have anything left to do. */
export function sayDecided(incident: Incident, plan: Plan): string {
  const { endedAt, endedBy, reason } = plan;
  const by = endedBy === undefined ? '' : ` by ${user(endedBy)}`;
  const at = endedAt === null ? '' : ` at ${when(endedAt)}`;
  const why = reason === null ? '' : `: ${safe(withdrawal(reason) ?? reason)}`;
  const nothing = `${nothingDone(plan)}, and you have nothing more to do.`;
  switch (plan.status) {
    case 'rejected':
      return `rejected${by}${at}${stopped(why)} ${nothing}`;
    case 'expired':
      return `expired${at}: ${sayMissing(plan)} ${nothing}`;
    case 'voided':
      if (withdrawal(reason ?? '') !== null) return `withdrawn${by}${at}${stopped(why)} ${nothing}`;
      return `void${at}${stopped(why)} ${isReplaced(incident, plan) ? 'A new plan takes its place; it comes in a message of its own.' : nothing}`;
    default:
      return sayApproved(incident, plan);
  }
}

function sayApproved(incident: Incident, plan: Plan): string {
  const last = plan.approvals.at(-1);
  const room = sayRoom(incident);
  const yes =
    last === undefined ? 'decided.' : `${consentOf(plan).past} at ${when(last.at)}${plan.needs.length > 1 ? ', finally' : ''} by ${user(last.user)}.`;
  return room === null ? yes : `${yes} ${room} shows how it goes.`;
}

/** A sentence's end, unless it has one. */
function stopped(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** The reason of a withdrawal; `null` for what is void for another one. */
export function withdrawal(reason: string): string | null {
  return reason.startsWith(WITHDRAWN) ? reason.slice(WITHDRAWN.length) : null;
}

/** Whether a void plan's run has made another one, or still does. */
function isReplaced({ plans, requested }: Incident, { id, run, seq }: Plan): boolean {
  return requested[run] !== undefined || Object.values(plans).some((other) => other.run === run && other.id !== id && other.seq > seq);
}

/** Who did not decide in time. */
export function sayMissing(plan: Plan): string {
  return `${sayRoles(missingRoles(plan.needs, plan.approvals))} did not ${consentOf(plan).verb.toLowerCase()} in time.`;
}

/** What did not happen, since nobody approved it. */
export function nothingDone({ kind }: Pick<Plan, 'kind'>): string {
  return kind === 'notice' ? 'Nothing was sent' : 'Nothing was changed';
}
