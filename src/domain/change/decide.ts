import { assertNever } from '../../lib/assert-never.ts';
import { clamp } from '../../lib/clamp.ts';
import { own } from '../../lib/own.ts';
import { sayDuration, sayMoment, toIso } from '../../lib/time.ts';
import { refuse, UserError } from '../errors.ts';
import type { Person, PersonCommand } from '../incident/commands.ts';
import { type Incident } from '../incident/incident.ts';
import type { PlanTimer } from '../incident/timer.ts';
import { noticeDue, noticeSent, requestNotice } from '../notice/decide.ts';
import {
  assertHeld,
  assertWaiting,
  commanderHint,
  found,
  heldRoles,
  isPersonOfSlack,
  MAX_REASON,
  reasonOf,
  sayRoles,
  sayStanding,
} from './deciding.ts';
import { type ChangeEvent } from './events.ts';
import { isConfirmed, isPending, missingRoles, type Plan, severityNeeded } from './plans.ts';
import { revert } from './reverting.ts';

/** An extension beyond this would be the bypass for good by another name. */
export const MAX_EXTENSION_MS = 60 * 60_000;
const EXTENSION_EXPIRES_MS = 15 * 60_000;

export type ChangeAsk = Extract<
  PersonCommand,
  {
    type:
      | 'request-remedy'
      | 'request-extension'
      | 'request-notice'
      | 'notice-sent'
      | 'approve'
      | 'reject'
      | 'withdraw'
      | 'revert'
      | 'settle-conflict'
      | 'request-diagnosis';
  }
>;

export function isChangeAsk(ask: PersonCommand): ask is ChangeAsk {
  return ASKS.has(ask.type);
}

const ASKS: ReadonlySet<string> = new Set([
  'request-remedy',
  'request-extension',
  'request-notice',
  'notice-sent',
  'approve',
  'reject',
  'withdraw',
  'revert',
  'settle-conflict',
  'request-diagnosis',
] satisfies ChangeAsk['type'][]);

export function requested({ run, runbook, title, arguments: given = {}, unfilled = [] }: Extract<ChangeAsk, { type: 'request-diagnosis' }>) {
  return {
    run,
    runbook,
    title,
    ...(Object.keys(given).length === 0 ? {} : { arguments: given }),
    ...(unfilled.length === 0 ? {} : { unfilled }),
  };
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
    case 'request-notice':
      return requestNotice(state, by, ask, at);
    case 'notice-sent':
      return noticeSent(state, ask);
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
    default:
      return assertNever(ask);
  }
}

function request(state: Incident, by: Person, ask: Extract<ChangeAsk, { type: 'request-remedy' }>): ChangeEvent[] {
  if (!ask.runbook.startsWith(`${state.service}/`)) {
    throw refuse('other-service', `${ask.runbook} is not of ${state.serviceName}. Declare an incident of its own service.`);
  }
  assertRequestable(state, ask);
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
        ...(ask.proposes === true ? { proposes: true } : {}),
      },
    },
  ];
}

/** Whether this remedy may be asked for in this incident now. @throws UserError `severity-needed`, `plan-pending` */
export function assertRequestable(
  state: Incident,
  { runbook, remedy, title, risk }: Pick<Extract<ChangeAsk, { type: 'request-remedy' }>, 'runbook' | 'remedy' | 'title' | 'risk'>,
): void {
  const needed = severityNeeded(risk, state.severity);
  if (needed !== null) {
    throw refuse(
      'severity-needed',
      `“${title}” is for ${needed} incidents only, and ${state.id} is ${state.severity}. If it truly is ${needed}: \`/incident severity ${needed} reason\`, then ask again.`,
    );
  }
  const open = Object.values(state.plans).find((plan) => plan.runbook === runbook && plan.remedy === remedy && isPending(plan));
  if (open !== undefined) throw new UserError('plan-pending', `“${title}” is already in progress: ${sayStanding(open)}.`);
}

export function extension(state: Incident, by: Person, ask: Extract<ChangeAsk, { type: 'request-extension' }>, at: number): ChangeEvent[] {
  const plan = found(state, ask.plan);
  if (plan.status !== 'applied' || plan.revertAt === null) {
    throw refuse(
      'nothing-to-extend',
      `“${plan.title}” does not revert by itself now: ${sayStanding(plan)}. \`/bypass status\` shows what is in force.`,
    );
  }
  if (ask.ms <= 0 || ask.ms > MAX_EXTENSION_MS) {
    throw new UserError('extension-length', `An extension is up to ${sayDuration(MAX_EXTENSION_MS)}, for example \`/bypass extend 30m reason\`.`);
  }
  if (Object.values(state.plans).some((other) => other.of === plan.id && other.status === 'waiting')) {
    throw new UserError('plan-pending', `More time for “${plan.title}” has already been asked for and waits for approval.`);
  }
  const held = heldRoles(state, by);
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
            summary: `Reverts at ${sayMoment(plan.revertAt + ask.ms)} instead of ${sayMoment(plan.revertAt)}`,
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

export function approve(state: Incident, by: Person, { plan: id, givers = [] }: Extract<ChangeAsk, { type: 'approve' }>, at: number): ChangeEvent[] {
  const plan = found(state, id);
  assertWaiting(plan, at);
  const missing = missingRoles(plan.needs, plan.approvals);
  const held = heldRoles(state, by);
  const roles = plan.needs.filter((role) => held.includes(role));
  const approvals = [...plan.approvals, { user: by.id, roles, at }];
  const still = missingRoles(plan.needs, approvals);
  // Whoever approved before and holds another role by now leaves the first one to somebody else.
  const before = plan.approvals.find(({ user }) => user === by.id);
  const holdsMore = before !== undefined && roles.some((role) => !before.roles.includes(role));
  if (still.length === missing.length && !holdsMore) throw addsNothing(state, by, plan, roles);
  const given: ChangeEvent = { type: 'approval.given', data: { plan: id, plan_hash: plan.hash, roles, missing: still } };
  if (plan.kind === 'change' || still.length > 0) return [given];
  assertHeld(state, plan, approvals, [...givers, by]);
  return [given, plan.kind === 'notice' ? noticeDue(state, plan, at) : extended(state, plan, at)];
}

/** Why a person's approval brings a plan no further. */
function addsNothing(state: Incident, by: Person, plan: Plan, roles: readonly string[]): UserError {
  const missing = missingRoles(plan.needs, plan.approvals);
  if (plan.approvals.some((approval) => approval.user === by.id)) {
    return by.id === plan.requester
      ? refuse('approval-own', `You asked for “${plan.title}”, which counts as your approval. Still needed from somebody else: ${sayRoles(missing)}.`)
      : new UserError('already-approved', `You have already approved “${plan.title}”. Still missing: ${sayRoles(missing)}.`);
  }
  if (roles.length > 0)
    return refuse('role-filled', `Your role is already filled for “${plan.title}”. Still missing: ${sayRoles(missing)}, by somebody else.`);
  return refuse(
    'role-needed',
    `${isConfirmed(plan) ? 'Confirming' : 'Approving'} “${plan.title}” needs ${sayRoles(missing)}. You do not have this role here.${commanderHint(state, by, missing)}`,
  );
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
