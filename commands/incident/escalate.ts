import { ask, type Subcommand, view } from '../command.ts';
import { textForm } from './record.ts';
import { textSchema } from './schema.ts';

export const escalateForm = textForm('incident.escalate', 'Escalate', 'Escalate', 'Why?', { placeholder: 'What the next in line must know' });

export const escalate: Subcommand = {
  name: 'escalate',
  usage: 'escalate [reason]',
  summary: 'Pages the next in line.',
  incident: 'needed',
  run: (request, look) => (request.text === '' ? escalateForm(request, look) : ask(request, { type: 'escalate', reason: request.text })),
};

export const escalateView = view({
  schema: textSchema,
  submit: (request, input) => ask(request, { type: 'escalate', reason: input.text }),
});
