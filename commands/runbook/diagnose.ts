import { pickModal } from '../../blocks/runbooks.ts';
import { UserError } from '../../src/domain/errors.ts';
import { checkedArguments } from '../../src/engine/runbooks/remedy/request.ts';
import { type Answer, type Handler, type LookUp, type Request, type Subcommand, view } from '../command.ts';
import { startDiagnosis } from '../diagnoses.ts';
import { runbookNamed, serviceHere } from '../names.ts';
import { shownRunbook } from '../remedies.ts';
import { argumentsOf, firstWord } from '../words.ts';
import { pickSchema } from './schema.ts';

/** The runbook of a service that takes a first look. */
const ASSESS = 'assess';

export const diagnose: Subcommand = {
  name: 'diagnose',
  usage: 'diagnose [runbook] [argument=value ...]',
  summary: 'Runs all checks at once and says what they mean; changes nothing.',
  incident: 'none',
  run(request, look) {
    const [word, rest] = firstWord(request.text);
    if (word !== '') {
      const runbook = runbookNamed(word, request, look);
      return startDiagnosis(request, look, runbook, checkedArguments(runbook, argumentsOf(rest).given, 'This diagnosis takes no arguments.'));
    }
    const first = request.incident === null ? null : look.runbooks.get(`${request.incident.service}/${ASSESS}`);
    return first === null ? pick(request, look) : startDiagnosis(request, look, first);
  },
};

/** Diagnose on a card: which runbook? */
export const pickButton: Handler = (request, look) => pick(request, look);

export const diagnoseButton: Handler = (request, look) => startDiagnosis(request, look, runbookNamed(request.value ?? '', request, look));

export const pickView = view({
  schema: pickSchema,
  submit: (request, input, look) => startDiagnosis(request, look, runbookNamed(input.runbook, request, look)),
});

function pick(request: Request, look: LookUp): Answer {
  const service = serviceHere(request, look);
  const own = service === null ? [] : look.runbooks.list(service);
  const runbooks = own.length > 0 ? own : look.runbooks.list();
  if (runbooks.length === 0) throw new UserError('no-runbooks', 'There are no runbooks. `/runbook list` says why, if files could not be loaded.');
  const initial = runbooks.find(({ id }) => id.endsWith(`/${ASSESS}`)) ?? (runbooks.length === 1 ? runbooks[0] : undefined);
  return { modal: pickModal(runbooks.map(shownRunbook), request.incident, own.length > 0 ? initial?.id : undefined) };
}
