import { typeModal } from '../../blocks/modals.ts';
import { note } from '../../blocks/replies.ts';
import { SECURITY_BREACH } from '../../src/domain/incident-type.ts';
import { type Answer, ask, incidentOf, type Request, type Subcommand, view } from '../command.ts';
import { firstWord, incidentTypeOf } from './arguments.ts';
import { typeSchema } from './schema.ts';

export const type: Subcommand = {
  name: 'type',
  usage: 'type [type] [reason]',
  summary: 'Changes the type of the incident, and with it who is called and who is next.',
  incident: 'needed',
  run(request) {
    const [word, reason] = firstWord(request.text);
    if (word === '') return { modal: typeModal(incidentOf(request)) };
    return change(request, word, reason);
  },
};

export const typeView = view({ schema: typeSchema, submit: (request, input) => change(request, input.type, input.note ?? '') });

function change(request: Request, word: string, reason: string): Answer {
  const incident = incidentOf(request);
  const incidentType = incidentTypeOf(word);
  const stays = incidentType === SECURITY_BREACH && !incident.private ? note(SAY_PUBLIC) : null;
  return ask(request, { type: 'change-type', incidentType, reason }, () => stays);
}

const SAY_PUBLIC =
  'Everybody still sees this incident. For one that only those see who are called, declare another one, and choose Private in its form.';
