import { checklistItem, checklist as checklistReply } from '../../blocks/checklist.ts';
import { closed } from '../../blocks/replies.ts';
import { resolveModal } from '../../blocks/resolving.ts';
import { UserError } from '../../src/domain/errors.ts';
import { endedByResolving } from '../../src/domain/incident/decide-ending.ts';
import { isOpen } from '../../src/domain/incident/incident.ts';
import { sayNoIncident } from '../../src/domain/no-incident.ts';
import { typed } from '../../src/lib/echo.ts';
import { ask, type Handler, incidentOf, type LookUp, type Request, type Subcommand, view } from '../command.ts';
import { exampleIncident } from '../examples.ts';
import { firstWord } from './arguments.ts';
import { textForm } from './record.ts';
import { textSchema } from './schema.ts';

export const resolve: Subcommand = {
  name: 'resolve',
  usage: 'resolve [what fixed it]',
  summary: 'Marks the incident resolved; updates stop.',
  incident: 'needed',
  run(request) {
    const incident = incidentOf(request);
    // What is under way ends with it: whoever resolves is asked first.
    if (request.text === '' || (isOpen(incident) && endedByResolving(incident).length > 0)) return { modal: resolveModal(incident, request.text) };
    return ask(request, { type: 'resolve', summary: request.text });
  },
};

export const resolveView = view({
  schema: textSchema,
  submit: (request, input) => ask(request, { type: 'resolve', summary: input.text, voids: request.remember.voids === 1 }),
});

/** Among how many open incidents a mistyped id is looked for, the newest first. */
const SUGGESTED_FROM = 50;

const cancelForm = textForm('incident.cancel', 'Cancel incident', 'Cancel incident', 'Why was it none?');

export const cancel: Subcommand = {
  name: 'cancel',
  usage: 'cancel [reason]',
  summary: 'Ends what was no incident: a mistake or a false alarm. It needs no review, and does not count as one.',
  incident: 'needed',
  run: (request, look) => (request.text === '' ? cancelForm(request, look) : ask(request, { type: 'resolve', summary: request.text, cancels: true })),
};

export const cancelView = view({
  schema: textSchema,
  submit: (request, input) => ask(request, { type: 'resolve', summary: input.text, cancels: true }),
});

export const reopenForm = textForm('incident.reopen', 'Reopen', 'Reopen', 'Why?');

export const reopen: Subcommand = {
  name: 'reopen',
  usage: 'reopen [reason]',
  summary: 'Reopens a resolved or closed incident.',
  incident: 'needed',
  among: 'over',
  run: (request, look) => (request.text === '' ? reopenForm(request, look) : ask(request, { type: 'reopen', reason: request.text })),
};

export const reopenView = view({
  schema: textSchema,
  submit: (request, input) => ask(request, { type: 'reopen', reason: input.text }),
});

export const close: Subcommand = {
  name: 'close',
  usage: 'close',
  summary: 'Closes a resolved incident and seals its evidence.',
  incident: 'needed',
  among: 'resolved',
  run: (request) => ask(request, { type: 'close' }, ([change]) => (change === undefined ? null : closed(change.incident))),
};

export const merge: Subcommand = {
  name: 'merge',
  usage: 'merge INC-...',
  summary: 'Merges this incident into another; work continues there.',
  incident: 'other',
  async run(request, look) {
    const [word] = firstWord(request.text);
    if (word === '') throw await whichOne(request, look);
    const into = typed(word).toUpperCase();
    if ((await look.incident(into)) === null) throw new UserError('no-incident', sayNoIncident(into, await look.openIncidents(SUGGESTED_FROM)));
    return ask(request, { type: 'merge', into });
  },
};

/** What to type, with an incident that this one can be merged into now. */
async function whichOne(request: Request, look: LookUp): Promise<UserError> {
  const other = await exampleIncident(look, request.incident, ({ private: isPrivate }) => isPrivate || request.incident?.private !== true);
  if (other === null)
    return new UserError('merge-into', 'You can see no other open incident to merge this one into. `/incident list` shows the open ones.');
  return new UserError('merge-into', `Which incident to merge into? For example \`/incident merge ${other}\`, in the channel of the one that ends.`);
}

export const checklist: Subcommand = {
  name: 'checklist',
  usage: 'checklist',
  summary: 'Shows the checklist with a button for each item.',
  incident: 'needed',
  among: 'any',
  run: (request) => ({ reply: checklistReply(incidentOf(request)) }),
};

/** A checklist button; the answer is the item as it stands then. */
export function tickHandler(done: boolean): Handler {
  return (request) => {
    const item = request.value ?? '';
    return ask(request, { type: 'tick', item, done }, ([change]) => (change === undefined ? null : checklistItem(change.incident, item)));
  };
}
