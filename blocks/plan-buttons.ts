import type { Button, KnownBlock } from '@slack/types';
import { type Plan } from '../src/domain/change/plans.ts';
import { type Incident, isOpen } from '../src/domain/incident/incident.ts';
import { actions, button, confirm } from './kit.ts';
import { consentOf, sayRiskPlain } from './plan-words.ts';
import { clamp } from './text.ts';

/** What switches a safeguard off never looks like the thing to press. */
export const APPROVE_STYLE: Readonly<Partial<Record<Plan['risk'], 'primary' | 'danger'>>> = {
  safe: 'primary',
  change: 'primary',
  emergency: 'danger',
};

/** Withdraw is for whoever asked and those who work on the incident: in its room, and not where somebody is asked to decide. */
function planButtons(incident: Incident, plan: Plan, isAsked: boolean): Button[] {
  const decide = [approveButton(incident, plan), rejectButton(incident, plan)];
  return isAsked ? decide : [...decide, button('Withdraw', 'plan.withdraw', `${incident.id}:${plan.id}`)];
}

/** Confirm or Approve, with a dialog that names the change and its risk once more. */
export function approveButton(incident: Incident, plan: Plan): Button {
  const { verb } = consentOf(plan);
  const dialog = confirm(
    plan.kind === 'notice' ? 'Send this to customers?' : `${verb} this change?`,
    `${clamp(plan.title, 120)} (${clamp(incident.serviceName, 40)}, ${incident.id}). ${plan.kind === 'notice' ? 'They read exactly the text that is shown' : clamp(sayRiskPlain(plan), 120)}.`,
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
  const revert = button('Revert', 'plan.revert', value, { style: 'primary' });
  // More time is asked for while the incident is open only.
  return isOpen(incident) ? [revert, button('Extend', 'plan.extend', value)] : [revert];
}

/** What can be done about a plan now: decide it, or revert it. `isAsked`: in a direct message to somebody who is to decide. */
export function cardButtons(incident: Incident, plan: Plan, isAsked = false): KnownBlock[] {
  const found = plan.status === 'waiting' ? planButtons(incident, plan, isAsked) : appliedButtons(incident, plan);
  return found.length === 0 ? [] : [actions('plan', found)];
}
