import { assertNever } from '../../lib/assert-never.ts';
import { clamp } from '../../lib/clamp.ts';
import { own } from '../../lib/own.ts';
import { sayMoment } from '../../lib/time.ts';
import { refuse, UserError } from '../errors.ts';
import type { Person } from '../incident/commands.ts';
import { type Incident } from '../incident/incident.ts';
import { isConfirmed, missingRoles, type Plan } from './plans.ts';

export const MAX_REASON = 1_000;

/**
 * Of the roles a person holds, those that count here: `incident-commander` means this incident's assigned commander, who must be in
 * the configured group as well (ADR 9).
 */
export function heldRoles(state: Incident, by: Person): readonly string[] {
  return by.roles.filter((role) => role !== 'incident-commander' || state.roles['incident-commander'] === by.id);
}

/** Who asks from the bot's own machine is unknown to Slack, and stands for no role. */
export function isPersonOfSlack({ id }: Person): boolean {
  return /^[UW][A-Z0-9]+$/.test(id);
}

/** An extension takes effect by its last approval, so those before are looked at again there: each counts for as long as its giver holds the role. */
export function assertHeld(state: Incident, plan: Plan, approvals: Plan['approvals'], people: readonly Person[]): void {
  const lost = missingRoles(plan.needs, approvalsHeld(state, approvals, people));
  if (lost.length === 0) return;
  throw refuse(
    'approval-lost',
    `Who approved “${plan.title}” as ${sayRoles(lost)} no longer holds that. Somebody else has to approve as ${sayRoles(lost)}.`,
  );
}

export function found(state: Incident, id: string): Plan {
  const plan = own(state.plans, id);
  if (plan === undefined) throw refuse('no-plan', `${state.id} has no such plan. \`/approvals\` lists what waits.`);
  return plan;
}

export function assertWaiting(plan: Plan, at: number): void {
  if (plan.status !== 'waiting') throw refuse('plan-decided', `“${plan.title}” can no longer be decided: ${sayStanding(plan)}.`);
  if (at >= plan.expiresAt)
    throw refuse(
      'approval-expired',
      `The time to ${isConfirmed(plan) ? 'confirm' : 'approve'} “${plan.title}” has expired. Ask again if you still need it.`,
    );
}

/** Where a plan stands, as the end of a sentence. */
export function sayStanding(plan: Plan): string {
  switch (plan.status) {
    case 'waiting':
      return `it waits for ${sayRoles(missingRoles(plan.needs, plan.approvals))}`;
    case 'approved':
      return `it is ${isConfirmed(plan) ? 'confirmed' : 'approved'} and about to be applied`;
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
      return `it expired before ${isConfirmed(plan) ? 'anybody confirmed it' : 'all had approved'}`;
    case 'voided':
      return `it is void${plan.reason === null ? '' : `: ${plan.reason}`}`;
    default:
      return assertNever(plan.status);
  }
}

export function sayRoles(roles: readonly string[]): string {
  return roles.length === 0 ? 'nobody' : roles.map((role) => role.replaceAll('-', ' ')).join(' and ');
}

/** Who holds the group's role but not the command is told what to do: nobody else can. */
export function commanderHint(state: Incident, by: Person, missing: readonly string[]): string {
  if (!missing.includes('incident-commander') || !by.roles.includes('incident-commander')) return '';
  return state.roles['incident-commander'] === undefined
    ? ' There is no incident commander yet: `/incident assign incident-commander`.'
    : ' Only the assigned incident commander counts: `/incident handoff` moves the command.';
}

export function reasonOf(text: string): string {
  const trimmed = clamp(text.trim(), MAX_REASON);
  if (trimmed === '') throw new UserError('text-missing', 'Please give a reason.');
  return trimmed;
}

/** Approvals with those of their roles that their givers still hold. */
export function approvalsHeld(state: Incident, approvals: Plan['approvals'], people: readonly Person[]): Plan['approvals'] {
  const held = new Map(people.map((person) => [person.id, person.trusted ? heldRoles(state, person) : []]));
  return approvals.map((approval) => ({ ...approval, roles: approval.roles.filter((role) => held.get(approval.user)?.includes(role)) }));
}
