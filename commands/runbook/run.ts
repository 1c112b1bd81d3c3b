import { UserError } from '../../src/domain/errors.ts';
import { type Handler, type Subcommand, view } from '../command.ts';
import { remedyNamed, remedyOfValue, runbookNamed } from '../names.ts';
import { runRemedy } from '../remedies.ts';
import { argumentsOf, firstWord } from '../words.ts';
import { argumentsIn, runSchema } from './schema.ts';

export const run: Subcommand = {
  name: 'run',
  usage: 'run runbook remedy [name=value ...] [reason]',
  summary: 'Asks for a remedy: first a plan with the exact diff, then its approvals. Declares an incident if there is none.',
  incident: 'none',
  run(request, look) {
    const [runbookWord, rest] = firstWord(request.text);
    if (runbookWord === '')
      throw new UserError(
        'unknown-runbook',
        'Which runbook, and which remedy? `/runbook run policy-engine-failure reload-policies reason`. `/runbook list` shows all.',
      );
    const runbook = runbookNamed(runbookWord, request, look);
    const [remedyWord, more] = firstWord(rest);
    const name = remedyNamed(remedyWord, runbook);
    const { given, reason } = argumentsOf(more);
    return runRemedy(request, look, { runbook, name, arguments: given, reason, where: null });
  },
};

export const runButton: Handler = (request, look) => {
  const { runbook, name, diagnosis } = remedyOfValue(request.value ?? '', look);
  return runRemedy(request, look, { runbook, name, arguments: {}, reason: '', where: null, diagnosis });
};

export const runView = view({
  schema: runSchema,
  submit(request, input, look) {
    const { runbook, name } = remedyOfValue(String(request.remember.remedy ?? ''), look);
    const { outside } = request.remember;
    const asked = { arguments: argumentsIn(input), reason: input.reason, where: input.where ?? null, outside: outside === 1 };
    return runRemedy(request, look, { runbook, name, ...asked });
  },
});
