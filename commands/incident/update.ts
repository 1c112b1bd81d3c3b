import { snoozeModal, updateModal } from '../../blocks/modals.ts';
import { UserError } from '../../src/domain/errors.ts';
import { parseDuration } from '../../src/lib/time.ts';
import { type Answer, ask, incidentOf, type Request, type Subcommand, view } from '../command.ts';
import { firstWord } from './arguments.ts';
import { snoozeSchema, updateSchema } from './schema.ts';

export const update: Subcommand = {
  name: 'update',
  usage: 'update [current situation]',
  summary: 'Posts a status update; without text a form opens, filled from the record.',
  incident: 'needed',
  run(request) {
    if (request.text !== '') return ask(request, { type: 'post-update', situation: request.text });
    return { modal: updateModal(incidentOf(request), dueOf(request)) };
  },
};

/** Post on a draft: the draft as it stands, unless an update was posted since. */
export function postDraft(request: Request): Answer {
  const due = dueOf(request);
  return ask(request, { type: 'post-update', ...(due === null ? {} : { forDue: due }) });
}

export const updateView = view({
  schema: updateSchema,
  submit(request, input) {
    const actions =
      input.actions
        ?.split('\n')
        .map((line) => line.trim().replace(/^[•*-]\s*/, ''))
        .filter((line) => line !== '') ?? [];
    return ask(request, {
      type: 'post-update',
      status: input.status,
      situation: input.situation,
      impact: input.impact ?? '',
      actions: actions.slice(0, 50),
      nextSteps: input.next ?? '',
      eta: input.eta ?? '',
    });
  },
});

export const snooze: Subcommand = {
  name: 'snooze',
  usage: 'snooze 30m reason',
  summary: 'Snoozes update reminders for a while; the reason is recorded and shown, and a late update still counts as late.',
  incident: 'needed',
  run(request) {
    const [length, reason] = firstWord(request.text);
    if (length === '') return { modal: snoozeModal(incidentOf(request)) };
    return ask(request, { type: 'snooze', ms: duration(length), reason });
  },
};

export const snoozeView = view({
  schema: snoozeSchema,
  submit: (request, input) => ask(request, { type: 'snooze', ms: duration(input.length), reason: input.text }),
});

function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === null)
    throw new UserError('not-a-duration', `“${text}” is not a length of time. Write it as \`15m\`, \`1h\` or \`1h30m\`, then the reason.`);
  return ms;
}

function dueOf(request: Request): number | null {
  const due = Number(request.value ?? 'none');
  return Number.isSafeInteger(due) ? due : null;
}
