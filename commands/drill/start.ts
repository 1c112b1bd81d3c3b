import { drillStarted } from '../../blocks/drill.ts';
import { type DrillForm, FORM_NAMES, formOf, isDrillForm, later, parseInterval } from '../../src/domain/drill/forms.ts';
import { questionsOf } from '../../src/domain/drill/questions.ts';
import { UserError } from '../../src/domain/errors.ts';
import type { Runbook } from '../../src/engine/runbooks/load/runbook.ts';
import { own } from '../../src/lib/own.ts';
import { type Answer, assertResponder, type LookUp, type Service, type Subcommand } from '../command.ts';
import { neededService, runbookNamed } from '../names.ts';
import { shownRunbook } from '../remedies.ts';
import { firstWord } from '../words.ts';

const USAGE = '/drill start [fire|tabletop|review] service [runbook]';

export const start: Subcommand = {
  name: 'start',
  usage: 'start [fire|tabletop|review] service [runbook]',
  summary: 'Begins a drill in a channel of its own. Nobody is called, and nothing of production is changed.',
  incident: 'none',
  async run(request, look) {
    const [first, after] = firstWord(request.text);
    const form = isDrillForm(first.toLowerCase()) ? (first.toLowerCase() as DrillForm) : null;
    const [word, more] = firstWord(form === null ? request.text : after);
    const named = neededService(word, USAGE, request, look);
    const service = look.services.find(({ id }) => id === named);
    if (service === undefined) throw new UserError('unknown-service', `The service ${named} is not configured. \`${USAGE}\``);
    await assertResponder(look, service.id);
    const [runbookWord] = firstWord(more);
    const runbook =
      runbookWord === ''
        ? await dueFirst(look, service, form)
        : ofService(runbookNamed(inService(runbookWord, service, look), request, look), service);
    return declaring(service, runbook, form ?? formOf(runbook.severity), look);
  },
};

/** A scenario's name means the one of the service that was named. */
function inService(word: string, { id }: Service, look: LookUp): string {
  const full = `${id}/${word.toLowerCase()}`;
  return look.runbooks.get(full) === null ? word : full;
}

function ofService(runbook: Runbook, { id }: Service): Runbook {
  if (runbook.service === id) return runbook;
  throw new UserError('unknown-runbook', `\`${runbook.id}\` is no runbook of ${id}. \`/runbook list ${id}\` shows what there is.`);
}

/** The runbook whose drill is due first: by how often it says itself, and what was never drilled before all others. @throws UserError `no-runbook` */
async function dueFirst(look: LookUp, service: Service, form: DrillForm | null): Promise<Runbook> {
  const last = await look.drills.lastByRunbook();
  const fitting = look.runbooks.list(service.id).filter(({ severity }) => form === null || formOf(severity) === form);
  const dueAt = ({ id, drill }: Runbook) => {
    const at = last.get(id);
    const every = drill === undefined ? undefined : parseInterval(drill.every);
    // One that says nothing comes after those that say how often.
    return at === undefined ? (every === undefined ? 1 : 0) : later(at, every ?? { count: 1, unit: 'year' });
  };
  const [first] = fitting.toSorted((one, other) => dueAt(one) - dueAt(other));
  if (first !== undefined) return first;
  const what = form === null ? 'runbook' : `runbook for a ${FORM_NAMES[form]}`;
  throw new UserError('no-runbook', `${service.id} has no ${what}. Name the runbook that is to be drilled: \`${USAGE}\`.`);
}

function declaring(service: Service, runbook: Runbook, form: DrillForm, look: LookUp): Answer {
  const questions = form === 'tabletop' ? questionsOf(shownRunbook(runbook), look.runbooks.list().map(shownRunbook)) : [];
  if (form === 'tabletop' && questions.length === 0)
    throw new UserError(
      'no-questions',
      `\`${runbook.id}\` says too little to ask about. Play it instead: \`/drill start fire ${service.id} ${runbook.id}\`.`,
    );
  const expected = runbook.drill?.expect;
  const remedy = expected === undefined ? undefined : own(runbook.remedies, expected);
  const settings = look.drills.settingsOf(service.id);
  const drill = {
    form,
    runbook: runbook.id,
    runbook_title: runbook.title,
    revision: runbook.revision,
    ...settings,
    ...(expected === undefined || remedy === undefined ? {} : { expect: { remedy: expected, title: remedy.title } }),
    ...(form === 'fire' && settings.simulated && runbook.drill?.inject !== undefined ? { inject: runbook.drill.inject } : {}),
    questions,
  };
  const about = { service: service.id, serviceName: service.name, severity: runbook.severity, policy: service.policy };
  return {
    asks: [{ target: { kind: 'new' }, ask: { type: 'declare', title: runbook.title, ...about, drill } }],
    reply: ([change]) => (change === undefined ? null : drillStarted(change.incident)),
  };
}
