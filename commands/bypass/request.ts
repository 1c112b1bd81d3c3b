import { bypassModal } from '../../blocks/runbooks.ts';
import { UserError } from '../../src/domain/errors.ts';
import type { Incident } from '../../src/domain/incident/incident.ts';
import type { Runbook } from '../../src/engine/runbooks/load/runbook.ts';
import { assertPossible } from '../../src/engine/runbooks/remedy/request.ts';
import { own } from '../../src/lib/own.ts';
import { assertResponder, type LookUp, type Request, type Subcommand, view } from '../command.ts';
import { assertNotMisspelt, remedyOfValue, serviceHere, serviceNamed } from '../names.ts';
import { runRemedy, shownRemedy, shownRunbook } from '../remedies.ts';
import { firstWord } from '../words.ts';
import { requestSchema } from './schema.ts';

export const request: Subcommand = {
  name: 'request',
  usage: 'request [service] [reason]',
  summary: 'Asks for a service’s emergency bypass: P0 only, two people approve, it reverts by itself.',
  incident: 'none',
  async run(asked, look) {
    const { service, reason } = aboutOf(asked, look);
    const found = emergencies(service, look);
    const [only] = found;
    if (only === undefined)
      throw new UserError('no-emergency-remedy', `${service} has no emergency remedy. \`/runbook list ${service}\` shows what it has.`);
    if (found.length === 1) return runRemedy(asked, look, { ...only, arguments: {}, reason, where: null });
    await assertOnePossible(asked, look, found);
    const choices = found.flatMap(({ runbook, name }) => {
      const remedy = own(runbook.remedies, name);
      return remedy === undefined ? [] : [{ runbook: shownRunbook(runbook), remedy: shownRemedy(name, remedy, runbook) }];
    });
    return { modal: bypassModal(service, choices, asked.incident, reason) };
  },
};

/** Nobody is asked which of them when none is possible. @throws UserError why the first one is not */
async function assertOnePossible({ incident }: Request, look: LookUp, [first, ...others]: ReturnType<typeof emergencies>): Promise<void> {
  if (first === undefined) return;
  if (incident === null) return assertResponder(look, first.runbook.service);
  try {
    assertPossible(first.runbook, first.name, incident);
  } catch (error) {
    if (!others.some(({ runbook, name }) => isPossible(runbook, name, incident))) throw error;
  }
}

function isPossible(runbook: Runbook, name: string, incident: Incident): boolean {
  try {
    assertPossible(runbook, name, incident);
    return true;
  } catch {
    return false;
  }
}

export const requestView = view({
  schema: requestSchema,
  submit(asked, input, look) {
    const { runbook, name } = remedyOfValue(input.remedy, look);
    return runRemedy(asked, look, { runbook, name, arguments: {}, reason: input.reason, where: null });
  },
});

/** In an incident the first word is part of the reason, unless it names a service; elsewhere it has to be one. */
function aboutOf(asked: Request, look: LookUp): { readonly service: string; readonly reason: string } {
  const [word, rest] = firstWord(asked.text);
  const named = look.services.find(({ id, name }) => id === word.toLowerCase() || name.toLowerCase() === word.toLowerCase());
  if (named !== undefined) return { service: named.id, reason: rest };
  assertNotMisspelt(word, look);
  const here = serviceHere(asked, look);
  if (here !== null) return { service: here, reason: asked.text.trim() };
  if (word !== '') return { service: serviceNamed(word, look), reason: rest };
  throw new UserError(
    'unknown-service',
    `Which service? \`/bypass request service reason\`. Services: ${look.services.map(({ id }) => id).join(', ')}.`,
  );
}

function emergencies(service: string, look: LookUp): readonly { readonly runbook: Runbook; readonly name: string }[] {
  return look.runbooks
    .list(service)
    .flatMap((runbook) => Object.entries(runbook.remedies).flatMap(([name, { risk }]) => (risk === 'emergency' ? [{ runbook, name }] : [])));
}
