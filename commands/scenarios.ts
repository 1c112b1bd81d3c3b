import { UserError } from '../src/domain/errors.ts';
import type { Runbook } from '../src/engine/runbooks/load/runbook.ts';
import type { LookUp, Request } from './command.ts';
import { assertNotMisspelt, serviceHere } from './names.ts';
import { firstWord } from './words.ts';

/** What somebody wants of a family of runbooks: the one that is meant, and what follows the service's name. */
export interface Meant {
  readonly runbook: Runbook;
  readonly rest: string;
}

/**
 * The runbook of the first of these scenarios that there is: of the service that is named first, else of the incident's or channel's,
 * else the only one, wherever it was asked for. `needs` says what it has to have.
 * @throws UserError `no-such-scenario`, `runbook-ambiguous`, `unknown-service`
 */
export function scenarioMeant(
  request: Request,
  look: LookUp,
  scenarios: readonly string[],
  needs: (runbook: Runbook) => boolean = () => true,
): Meant {
  const [word, after] = firstWord(request.text);
  const named = look.services.find(({ id, name }) => id === word.toLowerCase() || name.toLowerCase() === word.toLowerCase())?.id ?? null;
  const rest = named === null ? request.text.trim() : after;
  if (named === null) assertNotMisspelt(word, look);
  const here = serviceHere(request, look);
  const places = named === null ? [here, ...(here === null ? [] : [null])] : [named];
  for (const service of places) {
    const runbook = scenarioOf(service, look, scenarios, needs);
    if (runbook !== null) return { runbook, rest };
  }
  const who = named === null ? 'No service has a' : `${named} has no`;
  throw new UserError('no-such-scenario', `${who} runbook called ${scenarios.join(' or ')}. \`/runbook list\` shows what there is.`);
}

/** The first of these scenarios that a service has, or any when it is `null`. @throws UserError `runbook-ambiguous` */
function scenarioOf(service: string | null, look: LookUp, scenarios: readonly string[], needs: (runbook: Runbook) => boolean): Runbook | null {
  for (const scenario of scenarios) {
    const all = look.runbooks.list().filter((runbook) => runbook.id.endsWith(`/${scenario}`) && needs(runbook));
    const found = service === null ? all : all.filter((runbook) => runbook.service === service);
    const [only, second] = found;
    if (only !== undefined && second === undefined) return only;
    if (only !== undefined)
      throw new UserError('runbook-ambiguous', `Which service? Put it first: ${found.map((one) => `\`${one.service}\``).join(', ')}.`);
  }
  return null;
}
