import type { Person } from '../incident/commands.ts';
import type { Incident } from '../incident/incident.ts';
import { mention } from '../mentions.ts';
import { twoPeople } from './decide-event.ts';
import { heldRoles, sayRoles } from './deciding.ts';
import type { ChangeEvent } from './events.ts';
import { type Blocked, missingRoles, type Plan } from './plans.ts';
import { waitingPlans } from './waiting.ts';

/** How many people are named who would make a plan possible. */
const NAMED = 3;

/**
 * Why these people cannot complete a plan, by the roles that they hold now; `null` when they can. The requester is one of them: whoever asks and
 * holds a role fills it. Pure.
 */
export function whyBlocked(incident: Incident, plan: Plan, people: readonly Person[]): Blocked | null {
  const lacking = lackingRoles(incident, plan, people);
  if (lacking.length === 0) return null;
  const commander = incident.roles['incident-commander'];
  const others = people.filter(({ id, roles, trusted }) => trusted && id !== commander && roles.includes('incident-commander'));
  const commanders = others.filter(({ id }) => lackingRoles(commandedBy(incident, id), plan, people).length === 0).map(({ id }) => id);
  return { lacking, commanders: [...new Set(commanders)].slice(0, NAMED), ...(commander === undefined ? { uncommanded: true as const } : {}) };
}

/** The needed roles for which nobody is left, with a different person for each of the others. */
function lackingRoles(incident: Incident, plan: Plan, people: readonly Person[]): readonly string[] {
  const able = people.filter(({ trusted }) => trusted).map((person) => ({ user: person.id, roles: heldRoles(incident, person), at: 0 }));
  return missingRoles(plan.needs, able);
}

function commandedBy(incident: Incident, user: string): Incident {
  return { ...incident, roles: { ...incident.roles, 'incident-commander': user } };
}

/** What is recorded when it was looked who could approve a plan: only what is new. */
export function decideCompletion(state: Incident, id: string, people: readonly Person[]): readonly ChangeEvent[] {
  const plan = state.plans[id];
  if (plan === undefined || plan.status !== 'waiting') return [];
  const blocked = whyBlocked(state, plan, people);
  if (blocked === null) return plan.blocked === undefined ? [] : [{ type: 'approval.possible', data: { plan: id } }];
  if (JSON.stringify(blocked) === JSON.stringify(plan.blocked)) return [];
  return [{ type: 'approval.blocked', outcome: 'failed', data: { plan: id, ...blocked } }];
}

/** What would make a blocked plan possible, for people. */
export function sayBlocked({ lacking, commanders, uncommanded }: Blocked): string {
  if (uncommanded === true && commanders.length > 0)
    return `There is no incident commander yet. The first to acknowledge takes command; it becomes possible with ${commanders.map(mention).join(' or ')}: \`/incident ack\`, or \`/incident assign commander @person\`.`;
  const why = `Nobody is left who can approve as ${sayRoles(lacking)}; each role needs a different person.`;
  return commanders.length === 0
    ? `${why} Somebody else has to get this role: ask whoever manages it, or withdraw the plan.`
    : `${why} It becomes possible with ${commanders.map(mention).join(' or ')} as commander: \`/incident assign commander @person\`.`;
}

/**
 * What the requester's asking counts for once they have the command: the same as if they had had it before they asked. `state` is the incident
 * before. The last approval of an extension takes effect at once, so it takes their click.
 */
export function approvedByAsking(state: Incident, commander: string, at: number): readonly { readonly by: string; readonly event: ChangeEvent }[] {
  return waitingPlans(state, at).flatMap((plan) => {
    if (plan.requester !== commander || plan.again === true || !twoPeople(plan.risk) || !plan.needs.includes('incident-commander')) return [];
    const roles = ['incident-commander'];
    const others = plan.approvals.map((approval) => ({
      ...approval,
      roles: approval.roles.filter((role) => role !== 'incident-commander' || approval.user === commander),
    }));
    const held = others.some((approval) => approval.user === commander && approval.roles.includes('incident-commander'));
    const missing = missingRoles(plan.needs, [...others, { user: commander, roles, at }]);
    if (held || (plan.kind !== 'change' && missing.length === 0)) return [];
    const data = { plan: plan.id, plan_hash: plan.hash, roles, missing, by_asking: true };
    return [{ by: commander, event: { type: 'approval.given', data } }];
  });
}
