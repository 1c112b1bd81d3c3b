import { UserError } from '../src/domain/errors.ts';
import type { Runbook } from '../src/engine/runbooks/load/runbook.ts';
import type { LookUp, Request } from './command.ts';
import { serviceHere } from './names.ts';
import { firstWord } from './words.ts';

/** What somebody wants of a family of runbooks: the one that is meant, and what follows the service's name. */
export interface Meant {
  readonly runbook: Runbook;
  readonly rest: string;
}

/**
 * The runbook of the first of these scenarios that there is: of the service that is named first, else of the incident's or channel's,
 * else the only one. `needs` says what it has to have.
 * @throws UserError `no-such-scenario`, `runbook-ambiguous`
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
  const service = named ?? serviceHere(request, look);
  for (const scenario of scenarios) {
    const all = look.runbooks.list().filter((runbook) => runbook.id.endsWith(`/${scenario}`) && needs(runbook));
    const here = service === null ? all : all.filter((runbook) => runbook.service === service);
    const [only, second] = here;
    if (only !== undefined && second === undefined) return { runbook: only, rest };
    if (only !== undefined)
      throw new UserError('runbook-ambiguous', `Which service? Put it first: ${here.map((one) => `\`${one.service}\``).join(', ')}.`);
  }
  const where = service === null ? 'No service' : `${service} has no runbook for that, and no service that was named`;
  throw new UserError('no-such-scenario', `${where} has a runbook called ${scenarios.join(' or ')}. \`/runbook list\` shows what there is.`);
}
