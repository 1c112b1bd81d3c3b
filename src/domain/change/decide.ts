import { clamp } from '../../lib/clamp.ts';
import { own } from '../../lib/own.ts';
import { sayDuration, sayMoment, toIso } from '../../lib/time.ts';
import { UserError } from '../errors.ts';
import type { Person, PersonCommand, PlanTimer } from '../incident/commands.ts';
import { type Incident, isOpen } from '../incident/incident.ts';
import { type ChangeEvent, planOf } from './events.ts';
import { bestFilling, isPending, missingRoles, type Plan, severityNeeded } from './plans.ts';

/** An extension beyond this would be the bypass for good by another name. */
export const MAX_EXTENSION_MS = 60 * 60_000;
const EXTENSION_EXPIRES_MS = 15 * 60_000;
const MAX_REASON = 1_000;

export type ChangeAsk = Extract<
  PersonCommand,
  {
    type:
      | 'request-remedy'
      | 'request-extension'
      | 'approve'
      | 'reject'
      | 'withdraw'
      | 'revert'
      | 'settle-conflict'
      | 'request-diagnosis'
      | 'add-follow-up';
  }
>;

export function isChangeAsk(ask: PersonCommand): ask is ChangeAsk {
  return ASKS.has(ask.type);
}

const ASKS: ReadonlySet<string> = new Set([
  'request-remedy',
  'request-extension',
  'approve',
  'reject',
  'withdraw',
  'revert',
  'settle-conflict',
  'request-diagnosis',
  'add-follow-up',
] satisfies ChangeAsk['type'][]);

function requested({ run, runbook, title, arguments: given = {} }: Extract<ChangeAsk, { type: 'request-diagnosis' }>) {
  return { run, runbook, title, ...(Object.keys(given).length === 0 ? {} : { arguments: given }) };
}

/** What a person's ask about diagnosis, change or approval leads to. Pure. @throws UserError */
export function decideChangeAsk(state: Incident, by: Person, ask: ChangeAsk, at: number): readonly ChangeEvent[] {
  switch (ask.type) {
    case 'request-diagnosis':
      return [{ type: 'diagnosis.requested', data: requested(ask) }];
    case 'request-remedy':
      return request(state, by, ask);
    case 'request-extension':
      return extension(state, by, ask, at);
    case 'approve':
      return approve(state, by, ask, at);
    case 'reject':
      return reject(state, by, ask, at);
    case 'withdraw':
      return withdraw(state, ask);
    case 'revert':
      return revert(state, by, ask);
    case 'settle-conflict':
      return settle(state, by, ask);
    case 'add-follow-up':
      return [{ type: 'follow-up.added', data: { text: reasonOf(ask.text), plan: null } }];
  }
}

/**
 * Of the roles a person holds, those that count here: `incident-commander` means this incident's assigned commander, who must be in
 * the configured group as well (ADR 9).
 */
export function heldRoles(state: Incident, by: Person): readonly string[] {
  return by.roles.filter((role) => role !== 'incident-commander' || state.roles['incident-commander'] === by.id);
}

function request(state: Incident, by: Person, ask: Extract<ChangeAsk, { type: 'request-remedy' }>): ChangeEvent[] {
  if (!ask.runbook.startsWith(`${state.service}/`)) {
    throw refuse('other-service', `${ask.runbook} is not of ${state.serviceName}. Declare an incident of its own service.`);
  }
  const needed = severityNeeded(ask.risk, state.severity);
  if (needed !== null) {
    throw refuse(
      'severity-needed',
      `“${ask.title}” is for ${needed} incidents only, and ${state.id} is ${state.severity}. If it truly is ${needed}: \`/incident severity ${needed} why\`, then ask again.`,
    );
  }
  const open = Object.values(state.plans).find((plan) => plan.runbook === ask.runbook && plan.remedy === ask.remedy && isPending(plan));
  if (open !== undefined) {
    throw new UserError('plan-pending', `“${ask.title}” is already in progress: ${sayStanding(open)}.`);
  }
  const held = heldRoles(state, by);
  const { run, runbook, revision, remedy, title, risk, needs } = ask;
  return [
    {
      type: 'remedy.requested',
      data: {
        run,
        runbook,
        revision,
        remedy,
        title,
        risk,
        needs,
        roles: isPersonOfSlack(by) ? needs.filter((role) => held.includes(role)) : [],
        arguments: ask.arguments,
        reason: clamp(ask.reason.trim(), MAX_REASON),
      },
    },
  ];
}

/** Who asks from the bot's own machine is unknown to Slack, and stands for no role. */
function isPersonOfSlack({ id }: Person): boolean {
  return /^[UW][A-Z0-9]+$/.test(id);
}

function extension(state: Incident, by: Person, ask: Extract<ChangeAsk, { type: 'request-extension' }>, at: number): ChangeEvent[] {
  const plan = found(state, ask.plan);
  if (plan.status !== 'applied' || plan.revertAt === null) {
    throw refuse(
      'nothing-to-extend',
      `“${plan.title}” does not revert by itself now: ${sayStanding(plan)}. \`/bypass status\` shows what is in force.`,
    );
  }
  if (ask.ms <= 0 || ask.ms > MAX_EXTENSION_MS) {
    throw new UserError('extension-length', `An extension is up to ${sayDuration(MAX_EXTENSION_MS)}, for example \`/bypass extend 30m why\`.`);
  }
  if (Object.values(state.plans).some((other) => other.of === plan.id && other.status === 'waiting')) {
    throw new UserError('plan-pending', `More time for “${plan.title}” has already been asked for and waits for approval.`);
  }
  const held = heldRoles(state, by);
  const minutes = Math.round(ask.ms / 60_000);
  return [
    {
      type: 'plan.made',
      data: {
        plan: ask.id,
        run: plan.run,
        kind: 'extend',
        of: plan.id,
        runbook: plan.runbook,
        revision: plan.hash,
        remedy: plan.remedy,
        title: `${sayDuration(ask.ms)} more for: ${plan.title}`,
        risk: plan.risk,
        plan_hash: plan.hash,
        needs: plan.needs,
        requester: by.id,
        requester_roles: plan.needs.filter((role) => held.includes(role)),
        expires: toIso(Math.min(at + EXTENSION_EXPIRES_MS, plan.revertAt)),
        steps: [
          {
            uses: 'revert.extend',
            summary: `Reverts ${minutes} min later than ${sayMoment(plan.revertAt)}`,
            diff: `- reverts at ${toIso(plan.revertAt)}\n+ reverts at ${toIso(plan.revertAt + ask.ms)}`,
            no_plan: null,
            notes: [],
            snapshot_sha256: null,
          },
        ],
        reason: reasonOf(ask.reason),
        revert_after_ms: ask.ms,
        revert_remind_ms: null,
        replaces: null,
      },
    },
  ];
}

function approve(state: Incident, by: Person, { plan: id, givers = [] }: Extract<ChangeAsk, { type: 'approve' }>, at: number): ChangeEvent[] {
  const plan = found(state, id);
  assertWaiting(plan, at);
  const missing = missingRoles(plan.needs, plan.approvals);
  if (plan.approvals.some((approval) => approval.user === by.id)) {
    throw by.id === plan.requester
      ? refuse('approval-own', `You asked for “${plan.title}”, which counts as your approval. Still needed from somebody else: ${sayRoles(missing)}.`)
      : new UserError('already-approved', `You have already approved “${plan.title}”. Still missing: ${sayRoles(missing)}.`);
  }
  const held = heldRoles(state, by);
  const roles = plan.needs.filter((role) => held.includes(role));
  if (roles.length === 0) {
    throw refuse(
      'role-needed',
      `Approving “${plan.title}” needs the approval of ${sayRoles(missing)}. You do not have this role here.${commanderHint(state, by, missing)}`,
    );
  }
  const approvals = [...plan.approvals, { user: by.id, roles, at }];
  const still = missingRoles(plan.needs, approvals);
  if (still.length === missing.length) {
    throw refuse('role-filled', `Your role is already filled for “${plan.title}”. Still missing: ${sayRoles(missing)}, by somebody else.`);
  }
  const given: ChangeEvent = { type: 'approval.given', data: { plan: id, plan_hash: plan.hash, roles, missing: still } };
  if (plan.kind !== 'extend' || still.length > 0) return [given];
  assertHeld(state, plan, approvals, [...givers, by]);
  return [given, extended(state, plan, at)];
}

/** An extension takes effect by its last approval, so those before are looked at again there: each counts for as long as its giver holds the role. */
function assertHeld(state: Incident, plan: Plan, approvals: Plan['approvals'], people: readonly Person[]): void {
  const lost = missingRoles(plan.needs, approvalsHeld(state, approvals, people));
  if (lost.length === 0) return;
  throw refuse(
    'approval-lost',
    `Who approved “${plan.title}” as ${sayRoles(lost)} no longer holds that. Somebody else has to approve as ${sayRoles(lost)}.`,
  );
}

/** Approvals with those of their roles that their givers still hold. */
export function approvalsHeld(state: Incident, approvals: Plan['approvals'], people: readonly Person[]): Plan['approvals'] {
  const held = new Map(people.map((person) => [person.id, person.trusted ? heldRoles(state, person) : []]));
  return approvals.map((approval) => ({ ...approval, roles: approval.roles.filter((role) => held.get(approval.user)?.includes(role)) }));
}

/** An approved extension takes effect at once; one that came too late changes nothing. */
function extended(state: Incident, plan: Plan, at: number): ChangeEvent {
  const target = found(state, plan.of ?? '');
  if (target.status !== 'applied' || target.revertAt === null || target.revertAt <= at) {
    throw refuse('too-late', `“${target.title}” is being reverted already; it can no longer be extended.`);
  }
  return { type: 'revert.extended', data: { plan: target.id, by_plan: plan.id, until: toIso(target.revertAt + (plan.revert?.afterMs ?? 0)) } };
}

function reject(state: Incident, by: Person, ask: Extract<ChangeAsk, { type: 'reject' }>, at: number): ChangeEvent[] {
  const plan = found(state, ask.plan);
  assertWaiting(plan, at);
  const held = heldRoles(state, by);
  if (!plan.needs.some((role) => held.includes(role)) && !held.includes('responder')) {
    throw refuse('role-needed', `Rejecting “${plan.title}” needs ${sayRoles(plan.needs)} or a responder. Raise your concern in the channel.`);
  }
  return [{ type: 'approval.rejected', outcome: 'refused', data: { plan: plan.id, plan_hash: plan.hash, reason: reasonOf(ask.reason) } }];
}

function withdraw(state: Incident, ask: Extract<ChangeAsk, { type: 'withdraw' }>): ChangeEvent[] {
  const plan = found(state, ask.plan);
  if (plan.status !== 'waiting') throw refuse('plan-decided', `“${plan.title}” can no longer be withdrawn: ${sayStanding(plan)}.`);
  return [{ type: 'approval.withdrawn', data: { plan: plan.id, reason: reasonOf(ask.reason) } }];
}

/** Putting back is the safe way: a responder may, and whoever may approve. */
function revert(state: Incident, by: Person, ask: Extract<ChangeAsk, { type: 'revert' }>): ChangeEvent[] {
  const plan = found(state, ask.plan);
  const held = heldRoles(state, by);
  if (!held.includes('responder') && !plan.needs.some((role) => held.includes(role))) {
    throw refuse('role-needed', `Reverting “${plan.title}” needs a responder, or ${sayRoles(plan.needs)}. Ask one of them.`);
  }
  if (plan.kind !== 'change' || plan.status !== 'applied')
    throw refuse('nothing-to-revert', `“${plan.title}” is not in force: ${sayStanding(plan)}.`);
  return [{ type: 'revert.requested', data: { plan: plan.id, reason: reasonOf(ask.reason) } }];
}

function settle(state: Incident, by: Person, ask: Extract<ChangeAsk, { type: 'settle-conflict' }>): ChangeEvent[] {
  const plan = found(state, ask.plan);
  if (plan.conflict === null) throw refuse('no-conflict', `The revert of “${plan.title}” needs no decision: ${sayStanding(plan)}.`);
  const held = heldRoles(state, by);
  // Who may approve the change may decide either way, responder or not.
  if (!ask.keep && !held.includes('responder') && !plan.needs.some((role) => held.includes(role))) {
    throw refuse('role-needed', 'Overwriting the current value needs a responder. Ask one in the channel.');
  }
  if (ask.keep && !plan.needs.some((role) => held.includes(role))) {
    throw refuse('role-needed', `Keeping the current value instead of reverting needs ${sayRoles(plan.needs)}. Reverting needs only a responder.`);
  }
  const settled: ChangeEvent = { type: 'revert.settled', data: { plan: plan.id, keep: ask.keep, reason: reasonOf(ask.reason) } };
  if (!ask.keep) return [settled];
  return [settled, { type: 'follow-up.added', data: { text: `Kept by decision: ${plan.conflict.object}, after ${plan.title}`, plan: plan.id } }];
}

/** A wait of a plan that came due. */
export function firePlanTimer(state: Incident, timer: PlanTimer, id: string): readonly ChangeEvent[] {
  const plan = own(state.plans, id);
  if (plan === undefined) return [];
  const missing = missingRoles(plan.needs, plan.approvals);
  if (timer === 'approval-reminder') return [{ type: 'approval.reminded', data: { plan: id, missing } }];
  if (timer === 'approval-expiry') return [{ type: 'approval.expired', outcome: 'failed', data: { plan: id, missing } }];
  if (timer === 'revert-conflict') return [{ type: 'revert.waiting', outcome: 'failed', data: { plan: id, object: plan.conflict?.object ?? '' } }];
  return [{ type: 'revert.reminded', data: { plan: id, revert_at: toIso(plan.revertAt ?? 0) } }];
}

/** Which standing of a plan each event of a run needs. Events that are not here need none. */
const NEEDED: Readonly<Partial<Record<ChangeEvent['type'], readonly Plan['status'][]>>> = {
  // What is being applied is void only while nothing of it was: otherwise it is put back.
  'plan.voided': ['waiting', 'approved', 'applying'],
  // Evidence may come in just after its plan was voided.
  'evidence.captured': ['approved', 'applying', 'applied', 'failed', 'reverting', 'reverted', 'voided'],
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

/** Nothing is planned and nothing begun on an incident that is not open. What has begun is recorded to its end. */
const BEGINS: ReadonlySet<ChangeEvent['type']> = new Set(['plan.made', 'change.intended']);

/**
 * What a durable run did, if the plan's standing allows it: a change without its approvals is not even recorded.
 * @throws UserError `plan-state`
 */
export function decideChangeEvent(state: Incident, event: ChangeEvent): readonly ChangeEvent[] {
  if (!isOpen(state) && BEGINS.has(event.type)) {
    throw new UserError('plan-state', `${event.type} is not possible: ${state.id} is ${state.status}.`);
  }
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
  return event.type === 'change.intended' ? intended(plan, event) : [event];
}

/** Who asked and what that fills is what was recorded when they asked, whatever the run says. */
function made(state: Incident, event: Extract<ChangeEvent, { type: 'plan.made' }>): ChangeEvent {
  const { data } = event;
  const requested = state.requested[data.run];
  if (requested === undefined || data.kind !== 'change') throw new UserError('plan-state', 'Nobody asked for this plan.');
  if (twoPeople(requested.risk) && data.needs.length < 2) throw new UserError('plan-state', `A ${data.risk} plan needs at least two roles.`);
  // Approvals never carry over to another plan, and neither does what the requester fills by asking.
  const requester_roles = twoPeople(requested.risk) && data.replaces === null ? requested.roles : [];
  return { ...event, data: { ...data, risk: requested.risk, requester: requested.by, requester_roles } };
}

/** Without a plan, its title is what was asked for. */
function unplanned(state: Incident, event: Extract<ChangeEvent, { type: 'remedy.failed' }>): ChangeEvent {
  const title = own(state.requested, event.data.run)?.title;
  return title === undefined ? event : { ...event, data: { ...event.data, title } };
}

function twoPeople(risk: Plan['risk']): boolean {
  return risk === 'destructive' || risk === 'emergency';
}

/** The intent names who stands for each role. An emergency is an item of the post-mortem from that moment on (AU-48). */
function intended(plan: Plan, event: Extract<ChangeEvent, { type: 'change.intended' }>): ChangeEvent[] {
  const filling = bestFilling(plan.needs, plan.approvals);
  if (filling.includes(null)) throw new UserError('plan-state', `“${plan.title}” still needs ${sayRoles(missingRoles(plan.needs, plan.approvals))}.`);
  if (event.data.plan_hash !== plan.hash) throw new UserError('plan-state', `“${plan.title}” was approved as another plan.`);
  const approvers = plan.needs.map((role, i) => ({ role, user: filling[i] ?? '' }));
  const intent: ChangeEvent = { ...event, data: { ...event.data, approvers } };
  if (plan.risk !== 'emergency') return [intent];
  return [intent, { type: 'follow-up.added', data: { text: `Review in the post-mortem: ${plan.title}`, plan: plan.id } }];
}

function found(state: Incident, id: string): Plan {
  const plan = own(state.plans, id);
  if (plan === undefined) throw refuse('no-plan', `${state.id} has no such plan. \`/approvals\` lists what waits.`);
  return plan;
}

function assertWaiting(plan: Plan, at: number): void {
  if (plan.status !== 'waiting') throw refuse('plan-decided', `“${plan.title}” can no longer be decided: ${sayStanding(plan)}.`);
  if (at >= plan.expiresAt) throw refuse('approval-expired', `The time to approve “${plan.title}” has expired. Ask again if you still need it.`);
}

/** Where a plan stands, as the end of a sentence. */
export function sayStanding(plan: Plan): string {
  switch (plan.status) {
    case 'waiting':
      return `it waits for ${sayRoles(missingRoles(plan.needs, plan.approvals))}`;
    case 'approved':
      return 'it is approved and about to be applied';
    case 'applying':
      return 'it is being applied';
    case 'applied':
      return plan.revertAt === null ? 'it is applied' : `it is in force and reverts at ${sayMoment(plan.revertAt)}`;
    case 'reverting':
      return plan.conflict === null ? 'it is being reverted' : 'its revert waits for a decision';
    case 'reverted':
      return 'it is reverted';
    case 'kept':
      return 'the current value was kept by decision';
    case 'failed':
      return `it failed${plan.reason === null ? '' : `: ${plan.reason}`}`;
    case 'rejected':
      return `it was rejected${plan.reason === null ? '' : `: ${plan.reason}`}`;
    case 'expired':
      return 'it expired before all had approved';
    case 'voided':
      return `it is void${plan.reason === null ? '' : `: ${plan.reason}`}`;
  }
}

export function sayRoles(roles: readonly string[]): string {
  return roles.length === 0 ? 'nobody' : roles.map((role) => role.replaceAll('-', ' ')).join(' and ');
}

/** Who holds the group's role but not the command is told what to do: nobody else can. */
function commanderHint(state: Incident, by: Person, missing: readonly string[]): string {
  if (!missing.includes('incident-commander') || !by.roles.includes('incident-commander')) return '';
  return state.roles['incident-commander'] === undefined
    ? ' There is no incident commander yet: `/incident assign incident-commander`.'
    : ' Only the assigned incident commander counts: `/incident handoff` moves the command.';
}

function reasonOf(text: string): string {
  const trimmed = clamp(text.trim(), MAX_REASON);
  if (trimmed === '') throw new UserError('text-missing', 'Please give a reason.');
  return trimmed;
}

function refuse(code: string, message: string): UserError {
  return new UserError(code, message, { refusal: true });
}
