import { z } from 'zod';
import { approvalList } from '../../blocks/approvals.ts';
import { safe } from '../../blocks/outside.ts';
import { planModal } from '../../blocks/plan.ts';
import { consentOf } from '../../blocks/plan-words.ts';
import { note } from '../../blocks/replies.ts';

import { sayRoles } from '../../src/domain/change/deciding.ts';
import { missingRoles } from '../../src/domain/change/plans.ts';
import type { PersonCommand } from '../../src/domain/incident/commands.ts';
import { type Answer, askOf, type Handler, type Request, view } from '../command.ts';
import { askHere, type FoundPlan, planOfButton, planOfForm, unlessThere, waitingEntries } from '../plans.ts';
import { textField } from '../words.ts';

const schema = z.object({ text: textField });

/** The dialog of the button has named the change and its risk; who may press it is decided now. In a list, what is left takes the list's place. */
export const approve: Handler = async (request, look) => {
  const { incident, plan } = planOfButton(request);
  const here = unlessThere(request, incident, '') === undefined;
  const entries = request.inList ? await waitingEntries(request, look, await look.pendingIncidents()) : [];
  return {
    asks: [askOf(incident.id, { type: 'approve', plan: plan.id })],
    replaces: request.inList,
    reply: ([change]) => {
      const now = change?.incident.plans[plan.id];
      if (now === undefined || (here && !request.inList)) return null;
      const missing = missingRoles(now.needs, now.approvals);
      const said = `:white_check_mark: You ${consentOf(plan).past} *${safe(plan.title)}*. ${missing.length === 0 ? 'That was all it needed.' : `Still missing: ${sayRoles(missing)}.`}`;
      if (!request.inList) return note(said);
      const left = entries.filter((entry) => entry.plan.id !== plan.id);
      const mine = left.filter((entry) => entry.mine);
      return approvalList(mine, left.length - mine.length + (missing.length === 0 ? 0 : 1), request.now, said);
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
