import { z } from 'zod';
import { safe } from '../../blocks/outside.ts';
import { planModal } from '../../blocks/plan.ts';
import { consentOf } from '../../blocks/plan-words.ts';
import { note } from '../../blocks/replies.ts';

import { sayRoles } from '../../src/domain/change/deciding.ts';
import { missingRoles } from '../../src/domain/change/plans.ts';
import type { PersonCommand } from '../../src/domain/incident/commands.ts';
import { type Answer, askOf, type Handler, type Request, view } from '../command.ts';
import { askHere, type FoundPlan, planOfButton, planOfForm, unlessThere } from '../plans.ts';
import { textField } from '../words.ts';

const schema = z.object({ text: textField });

/** The dialog of the button has named the change and its risk; who may press it is decided now. */
export const approve: Handler = (request) => {
  const { incident, plan } = planOfButton(request);
  const here = unlessThere(request, incident, '') === undefined;
  return {
    asks: [askOf(incident.id, { type: 'approve', plan: plan.id })],
    reply: ([change]) => {
      const now = change?.incident.plans[plan.id];
      if (here || now === undefined) return null;
      const missing = missingRoles(now.needs, now.approvals);
      return note(
        `:white_check_mark: You ${consentOf(plan).past} *${safe(plan.title)}*. ${missing.length === 0 ? 'That was all it needed.' : `Still missing: ${sayRoles(missing)}.`}`,
      );
    },
  };
};

export const rejectForm = form('plan.reject', 'Reject', 'Reject', 'Nothing changes; the reason is recorded and shown.');
export const withdrawForm = form('plan.withdraw', 'Withdraw', 'Withdraw', 'It no longer needs a decision. Nothing changes.');
export const keepForm = form(
  'plan.keep',
  'Keep the current value',
  'Keep',
  'The value set by somebody else stays. The revert ends without changing it.',
);
export const overwriteForm = form(
  'plan.overwrite',
  'Overwrite',
  'Overwrite',
  'The value from before the change is restored. The value set by somebody else is overwritten.',
);

export const rejectView = deciding(({ plan }, reason) => ({ type: 'reject', plan: plan.id, reason }), 'rejected');
export const withdrawView = deciding(({ plan }, reason) => ({ type: 'withdraw', plan: plan.id, reason }), 'withdrawn');
export const keepView = deciding(({ plan }, reason) => ({ type: 'settle-conflict', plan: plan.id, keep: true, reason }), 'left as it is now');
export const overwriteView = deciding(({ plan }, reason) => ({ type: 'settle-conflict', plan: plan.id, keep: false, reason }), 'being reverted');

function form(callbackId: string, title: string, submit: string, hint: string): Handler {
  return (request) => {
    const { incident, plan } = planOfButton(request);
    return { modal: planModal(callbackId, title, submit, incident, plan, hint) };
  };
}

function deciding(asking: (found: FoundPlan, reason: string) => PersonCommand, done: string) {
  return view({
    schema,
    submit(request: Request, input): Answer {
      const found = planOfForm(request);
      return askHere(request, found.incident, asking(found, input.text), `*${safe(found.plan.title)}* is ${done}.`);
    },
  });
}
