import { own } from '../../lib/own.ts';
import { whyDrillEnds } from '../drill/drill.ts';
import { UserError } from '../errors.ts';
import { type Incident, mayBegin } from '../incident/incident.ts';
import { found, sayRoles, sayStanding } from './deciding.ts';
import { type ChangeEvent, planOf } from './events.ts';
import { bestFilling, missingRoles, type Plan } from './plans.ts';
import { isAnotherFailure } from './same-failure.ts';

/** Which standing of a plan each event of a run needs. Events that are not here need none. */
export const NEEDED: Readonly<Partial<Record<ChangeEvent['type'], readonly Plan['status'][]>>> = {
  // What is being applied is void only while nothing of it was: otherwise it is put back.
  'plan.voided': ['waiting', 'approved', 'applying'],
  // Evidence may come in just after its plan was voided.
  'evidence.captured': ['approved', 'applying', 'applied', 'failed', 'reverting', 'reverted', 'voided'],
  'notice.published': ['applied', 'failed'],
  'notice.failed': ['applied', 'failed'],
  'change.intended': ['approved'],
  'change.applied': ['applying'],
  'change.failed': ['applying'],
  'change.verified': ['applying'],
  'remedy.applied': ['applying'],
  'remedy.failed': ['waiting', 'approved', 'applying'],
  'revert.started': ['applied', 'applying', 'failed', 'reverting'],
  'revert.failed': ['reverting'],
  'revert.conflict': ['reverting'],
  'change.reverted': ['reverting'],
  'remedy.reverted': ['reverting'],
};

/** Nothing is planned and nothing begun on an incident that is not open, but for proposals. What has begun is recorded to its end. */
export const BEGINS: ReadonlySet<ChangeEvent['type']> = new Set(['plan.made', 'change.intended']);

/**
 * What a durable run did, if the plan's standing allows it: a change without its approvals is not even recorded.
 * @throws UserError `plan-state`
 */
export function decideChangeEvent(state: Incident, event: ChangeEvent): readonly ChangeEvent[] {
  if (BEGINS.has(event.type) && !mayBegin(state, proposes(state, event))) {
    throw new UserError('plan-state', `${event.type} is not possible: ${state.id} is ${state.status}.`);
  }
  const drill = event.type === 'change.intended' ? whyDrillEnds(state, true) : null;
  if (drill !== null) throw new UserError('plan-state', `${drill}.`);
  if (event.type === 'plan.made') return [made(state, event)];
  const id = planOf(event);
  if (id === null) return [event.type === 'remedy.failed' ? unplanned(state, event) : event];
  const plan = found(state, id);
  const needed = NEEDED[event.type];
  if (needed !== undefined && !needed.includes(plan.status)) {
    throw new UserError('plan-state', `${event.type} is not possible: “${plan.title}” ${sayStanding(plan)}.`);
  }
  if (event.type === 'plan.voided' && plan.applied.length > 0)
    throw new UserError('plan-state', `“${plan.title}” is partly applied: it is reverted, not voided.`);
  if (event.type === 'recurrence.seen') return [seenAgain(plan, event)];
  return event.type === 'change.intended' ? intended(plan, event) : [event];
}

/** Whether an event is of what only proposes something. */
function proposes({ requested, plans }: Incident, event: ChangeEvent): boolean {
  if (event.type === 'plan.made') return event.data.kind === 'change' && own(requested, event.data.run)?.proposes === true;
  const id = planOf(event);
  return id !== null && own(plans, id)?.proposes === true;
}

/** Who asked and what that fills is what was recorded when they asked, whatever the run says. */
export function made(state: Incident, event: Extract<ChangeEvent, { type: 'plan.made' }>): ChangeEvent {
  const { data } = event;
  const requested = state.requested[data.run];
  if (requested === undefined || data.kind !== 'change') throw new UserError('plan-state', 'Nobody asked for this plan.');
  if (twoPeople(requested.risk) && data.needs.length < 2) throw new UserError('plan-state', `A ${data.risk} plan needs at least two roles.`);
  // Approvals never carry over to another plan, and neither does what the requester fills by asking.
  const requester_roles = twoPeople(requested.risk) && data.replaces === null ? requested.roles : [];
  return { ...event, data: { ...data, risk: requested.risk, requester: requested.by, requester_roles } };
}

/** What came back may be another failure than the change was for. */
function seenAgain({ isFor = [] }: Plan, event: Extract<ChangeEvent, { type: 'recurrence.seen' }>): ChangeEvent {
  const { data } = event;
  if (data.again === false || data.reverted === true || !isAnotherFailure(isFor, data.summary)) return event;
  return { ...event, data: { ...data, another: true } };
}

/** Without a plan, its title is what was asked for. */
export function unplanned(state: Incident, event: Extract<ChangeEvent, { type: 'remedy.failed' }>): ChangeEvent {
  const title = own(state.requested, event.data.run)?.title;
  return title === undefined ? event : { ...event, data: { ...event.data, title } };
}

export function twoPeople(risk: Plan['risk']): boolean {
  return risk === 'destructive' || risk === 'emergency';
}

/** The intent names who stands for each role. An emergency is an item of the post-mortem from that moment on (AU-48). */
export function intended(plan: Plan, event: Extract<ChangeEvent, { type: 'change.intended' }>): ChangeEvent[] {
  const filling = bestFilling(plan.needs, plan.approvals);
  if (filling.includes(null)) throw new UserError('plan-state', `“${plan.title}” still needs ${sayRoles(missingRoles(plan.needs, plan.approvals))}.`);
  if (event.data.plan_hash !== plan.hash) throw new UserError('plan-state', `“${plan.title}” was approved as another plan.`);
  const approvers = plan.needs.map((role, i) => ({ role, user: filling[i] ?? '' }));
  const intent: ChangeEvent = { ...event, data: { ...event.data, approvers } };
  if (plan.risk !== 'emergency') return [intent];
  return [intent, { type: 'follow-up.added', data: { text: `Review in the post-mortem: ${plan.title}`, plan: plan.id } }];
}
