import { refuse } from '../errors.ts';
import type { Person, PersonCommand } from '../incident/commands.ts';
import type { Incident } from '../incident/incident.ts';
import { found, heldRoles, reasonOf, sayRoles, sayStanding } from './deciding.ts';
import type { ChangeEvent } from './events.ts';
import type { Plan } from './plans.ts';

/** Putting back is the safe way: a responder may, and whoever may approve. */
export function revert(state: Incident, by: Person, ask: Extract<PersonCommand, { type: 'revert' }>): ChangeEvent[] {
  const plan = found(state, ask.plan);
  const held = heldRoles(state, by);
  if (!held.includes('responder') && !plan.needs.some((role) => held.includes(role))) {
    throw refuse('role-needed', `Reverting “${plan.title}” needs a responder, or ${sayRoles(plan.needs)}. Ask one of them.`);
  }
  assertRevertible(state, plan);
  return [{ type: 'revert.requested', data: { plan: plan.id, reason: reasonOf(ask.reason) } }];
}

/**
 * Whether a person can have a change reverted, as it stands.
 * @throws UserError `nothing-to-revert`, `no-way-back`, `closed`
 */
export function assertRevertible(state: Incident, plan: Plan): void {
  if (plan.kind !== 'change' || plan.status !== 'applied')
    throw refuse('nothing-to-revert', `“${plan.title}” is not in force: ${sayStanding(plan)}.`);
  if (plan.oneWay !== undefined) throw refuse('no-way-back', `“${plan.title}” cannot be reverted. ${sayOneWay(plan.oneWay)}`);
  if (state.status === 'closed') throw refuse('closed', `${state.id} is closed. Reopen it with \`/incident reopen\`, then revert “${plan.title}”.`);
}

/** Whether it is in force and can be put back. */
export function isRevertible({ kind, status, oneWay }: Plan): boolean {
  return kind === 'change' && status === 'applied' && oneWay === undefined;
}

function sayOneWay(reasons: readonly string[]): string {
  return reasons.length > 0 ? reasons.join(' ') : 'Its plan kept nothing to restore. Its card shows what it changed; correct that by hand.';
}
