import type { Button, KnownBlock } from '@slack/types';
import { type Plan } from '../src/domain/change/plans.ts';
import type { Incident } from '../src/domain/incident/incident.ts';
import { actions, button, confirm } from './kit.ts';
import { consentOf, sayRiskPlain } from './plan-words.ts';
import { clamp } from './text.ts';

/** What switches a safeguard off never looks like the thing to press. */
export const APPROVE_STYLE: Readonly<Partial<Record<Plan['risk'], 'primary' | 'danger'>>> = {
  safe: 'primary',
  change: 'primary',
  emergency: 'danger',
};

function planButtons(incident: Incident, plan: Plan): Button[] {
  const value = `${incident.id}:${plan.id}`;
  return [approveButton(incident, plan), button('Reject', 'plan.reject', value), button('Withdraw', 'plan.withdraw', value)];
}

/** Confirm or Approve, with a dialog that names the change and its risk once more. */
export function approveButton(incident: Incident, plan: Plan): Button {
  const { verb } = consentOf(plan);
  const dialog = confirm(
    `${verb} this change?`,
    `${clamp(plan.title, 120)} (${clamp(incident.serviceName, 40)}, ${incident.id}). ${clamp(sayRiskPlain(plan), 120)}.`,
    verb,
  );
  const style = APPROVE_STYLE[plan.risk];
  return button(verb, 'plan.approve', `${incident.id}:${plan.id}`, { ...(style === undefined ? {} : { style }), confirm: dialog });
}

export function rejectButton(incident: Incident, plan: Plan): Button {
  return button('Reject', 'plan.reject', `${incident.id}:${plan.id}`);
}

/** What may be done about a change that is applied. */
function appliedButtons(incident: Incident, plan: Plan): Button[] {
  if (canRevert(incident, plan)) return [button('Revert', 'plan.revert', `${incident.id}:${plan.id}`)];
  return plan.kind === 'change' && plan.status === 'applied' && plan.revertAt !== null ? inForceButtons(incident, plan) : [];
}

/** Whether it stays until a person reverts it, and that is still done in this incident. */
export function canRevert(incident: Incident, { wayBack, status, revertAt }: Plan): boolean {
  return wayBack === true && status === 'applied' && revertAt === null && incident.status !== 'closed';
}

/** What may be done while a change is in force. */
export function inForceButtons(incident: Incident, plan: Plan): Button[] {
  const value = `${incident.id}:${plan.id}`;
  return [button('Revert', 'plan.revert', value, { style: 'primary' }), button('Extend', 'plan.extend', value)];
}

/** What can be done about a plan now: decide it, or revert it. */
export function cardButtons(incident: Incident, plan: Plan): KnownBlock[] {
  const found = plan.status === 'waiting' ? planButtons(incident, plan) : appliedButtons(incident, plan);
  return found.length === 0 ? [] : [actions('plan', found)];
}
