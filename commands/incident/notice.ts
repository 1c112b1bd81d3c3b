import { noticeModal, noticeSentModal } from '../../blocks/notice.ts';
import { note } from '../../blocks/replies.ts';
import { planId } from '../../src/engine/runbooks/remedy/remedy-plan.ts';
import { ask, type Handler, incidentOf, type Subcommand, view } from '../command.ts';
import { askHere, planOfButton, planOfForm } from '../plans.ts';
import { noticeSchema, textSchema } from './schema.ts';

export const notice: Subcommand = {
  name: 'notice',
  usage: 'notice [what customers see]',
  summary: 'Writes a notice to customers, filled from the record; it goes out word for word once it is approved.',
  incident: 'needed',
  among: 'any',
  run: (request) => ({ modal: noticeModal(incidentOf(request), request.text) }),
};

export const noticeView = view({
  schema: noticeSchema,
  submit(request, input) {
    const { flags, status, impact = '', eta = '', ...said } = input;
    const asked = { type: 'request-notice', id: planId(request.id, 1), ...said, impact, eta, exposes: flags.has('exposes') } as const;
    return ask(request, { ...asked, ...(status === undefined ? {} : { status }) }, ([change]) =>
      change === undefined || change.incident.room !== null
        ? null
        : note('The notice is recorded. Its card comes as soon as there is a room for it.'),
    );
  },
});

/** The button of a notice that nothing sends by itself. */
export const noticeSentForm: Handler = (request) => {
  const { incident, plan } = planOfButton(request);
  return { modal: noticeSentModal(incident, plan) };
};

export const noticeSentView = view({
  schema: textSchema,
  submit(request, input) {
    const { incident, plan } = planOfForm(request);
    return askHere(request, incident, { type: 'notice-sent', plan: plan.id, where: input.text }, 'It is recorded where you sent it.');
  },
});
