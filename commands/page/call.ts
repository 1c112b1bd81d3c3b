import { z } from 'zod';
import { textModal } from '../../blocks/modals.ts';
import { UserError } from '../../src/domain/errors.ts';
import { type Answer, ask, incidentOf, type LookUp, type Request, type Subcommand, view } from '../command.ts';
import { assertMember, type Named, whoOf } from '../people.ts';
import { firstWord, textField } from '../words.ts';

const EXAMPLE = '`/page @ada the database does not answer`';

export const call: Subcommand = {
  name: 'call',
  usage: 'call @person|@group|pagerduty [reason]',
  summary:
    'Calls a person or a group into the incident: a direct message with the reason and the buttons, and the incident’s channel. `pagerduty reason` pages the on-call of PagerDuty.',
  incident: 'needed',
  run(request, look) {
    const [word, reason] = firstWord(request.text);
    if (word === '') throw new UserError('no-person', `Whom do you want to call? Name a person or a group: ${EXAMPLE}.`);
    if (word.toLowerCase() === 'pagerduty') return ask(request, { type: 'page-on-call', reason });
    const who = whoOf(word);
    if (who === null) throw new UserError('no-person', `“${word}” is not a person or a group here. Mention one: ${EXAMPLE}.`);
    return reason === '' ? form(request, who) : called(request, look, who, reason);
  },
};

function form(request: Request, who: Named): Answer {
  const modal = textModal('page.call', 'Call somebody', 'Call', 'Why?', incidentOf(request), { placeholder: 'What they must know' });
  const remember = { ...JSON.parse(modal.private_metadata ?? '{}'), who: 'user' in who ? who.user : who.usergroup };
  return { modal: { ...modal, private_metadata: JSON.stringify(remember) } };
}

export const callView = view({
  schema: z.object({ text: textField }),
  submit(request, input, look) {
    const id = String(request.remember.who ?? '');
    return called(request, look, id.startsWith('S') ? { usergroup: id } : { user: id }, input.text);
  },
});

/** The one way to call somebody by name: full members only. Who is in a group is looked up when it is called. */
async function called(request: Request, look: LookUp, who: Named, reason: string): Promise<Answer> {
  if ('user' in who) assertMember(who.user, (await look.assignee(who.user, incidentOf(request).service)).standing, 'be called');
  return ask(request, { type: 'page', who, reason });
}
