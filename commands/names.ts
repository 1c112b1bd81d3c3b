import { UserError } from '../src/domain/errors.ts';
import type { Runbook } from '../src/engine/runbooks/load/runbook.ts';
import { typed } from '../src/lib/echo.ts';
import { own } from '../src/lib/own.ts';
import { misspelt, nearest } from '../src/lib/suggest.ts';
import type { LookUp, Request, Service } from './command.ts';

/** The service that a word names, or that of the place where it was typed. `usage`: what to type. @throws UserError `unknown-service` */
export function neededService(word: string, usage: string, request: Request, look: LookUp): string {
  const id = word === '' ? serviceHere(request, look) : serviceNamed(word, look);
  if (id !== null) return id;
  const known = look.services.map((one) => one.id).join(', ');
  throw new UserError('unknown-service', `Which service? \`${usage}\`. Services: ${known}.`);
}

/** A runbook by its full id, or by what follows the slash when only one is meant. The incident's own service wins. @throws UserError */
export function runbookNamed(word: string, request: Request, look: LookUp): Runbook {
  const name = word.toLowerCase();
  const exact = look.runbooks.get(name);
  if (exact !== null) return exact;
  const all = look.runbooks.list();
  const short = all.filter(({ id }) => id.split('/')[1] === name);
  const own = short.filter(({ service }) => service === request.incident?.service);
  const [only, second] = own.length > 0 ? own : short;
  if (only !== undefined && second === undefined) return only;
  if (only !== undefined) {
    throw new UserError(
      'runbook-ambiguous',
      `Several runbooks are called ${typed(name)}: ${short.map(({ id }) => `\`${id}\``).join(', ')}. Which one?`,
    );
  }
  throw unknown(word, all, request.incident?.service ?? null);
}

/** What was meant is most likely of the incident's service, if anything of it is near. */
function unknown(word: string, all: readonly Runbook[], service: string | null): UserError {
  const near = nearestOf(
    word,
    all.filter((runbook) => runbook.service === service),
  );
  const found = near ?? nearestOf(word, all);
  const meant = found === null ? '' : ` Did you mean \`${found}\`?`;
  return new UserError('unknown-runbook', `There is no runbook “${typed(word)}”.${meant} \`/runbook list\` shows all.`);
}

/** The id of the runbook that is nearest to a word, by its full id or by its scenario. */
function nearestOf(word: string, runbooks: readonly Runbook[]): string | null {
  const scenarios = new Map(runbooks.map(({ id }) => [id.split('/')[1] ?? id, id]));
  const near = nearest(word, [...runbooks.map(({ id }) => id), ...scenarios.keys()]);
  return near === null ? null : (scenarios.get(near) ?? near);
}

/** A remedy of a runbook by its name. @throws UserError with the nearest one */
export function remedyNamed(word: string, runbook: Runbook): string {
  const name = word.toLowerCase();
  if (own(runbook.remedies, name) !== undefined) return name;
  const names = Object.keys(runbook.remedies);
  if (names.length === 0) throw new UserError('unknown-remedy', `${runbook.id} has no remedies: it only diagnoses.`);
  const has = names.map((one) => `\`${one}\``).join(', ');
  if (word === '') throw new UserError('unknown-remedy', `Which remedy of ${runbook.id}? It has: ${has}.`);
  const near = nearest(name, names);
  const meant = near === null ? '' : ` Did you mean \`${near}\`?`;
  throw new UserError('unknown-remedy', `${runbook.id} has no remedy “${typed(word)}”.${meant} It has: ${has}.`);
}

/** What a button's value names: `aureus/policy-engine-failure#bypass`, and behind an `@` the diagnosis that it belongs to. @throws UserError */
export function remedyOfValue(value: string, look: LookUp): { readonly runbook: Runbook; readonly name: string; readonly diagnosis: string | null } {
  const [id = '', ...about] = value.split('#');
  const [name = '', ...run] = about.join('#').split('@');
  const runbook = look.runbooks.get(id);
  if (runbook === null) throw new UserError('unknown-runbook', `The runbook “${typed(id)}” no longer exists. \`/runbook list\` shows all.`);
  return { runbook, name: remedyNamed(name, runbook), diagnosis: run.length === 0 ? null : run.join('@') };
}

/** A service that somebody named. @throws UserError with the nearest one */
export function serviceNamed(word: string, look: LookUp): string {
  const name = word.toLowerCase();
  const known = [...new Set([...look.services.map(({ id }) => id), ...look.runbooks.list().map(({ service }) => service)])];
  const found = known.find((id) => id === name) ?? look.services.find((service) => service.name.toLowerCase() === name)?.id;
  if (found !== undefined) return found;
  const near = nearest(name, known);
  const meant = near === null ? '' : ` Did you mean \`${near}\`?`;
  throw new UserError('unknown-service', `There is no service “${typed(word)}”.${meant} Services: ${known.join(', ')}.`);
}

/** The name of a service with a slip in it would be taken for something else, such as a part of the reason. @throws UserError `unknown-service` */
export function assertNotMisspelt(word: string, look: LookUp): void {
  const near = misspelt(
    word,
    look.services.map(({ id }) => id),
  );
  if (near !== null) throw new UserError('unknown-service', `There is no service “${typed(word)}”. Did you mean \`${near}\`?`);
}

/** The service that a request is about without naming it: the incident's, the only one, or the channel's. */
export function serviceHere(request: Request, look: LookUp): string | null {
  if (request.incident !== null) return request.incident.service;
  return serviceOfChannel(request.channel, look.services)?.id ?? null;
}

/** A channel speaks for a service when it belongs to one only. */
function serviceOfChannel(channel: string | null, services: readonly Service[]): Service | null {
  if (services.length === 1) return services[0] ?? null;
  const owners = services.filter((service) => channel !== null && service.channels.includes(channel));
  return owners.length === 1 ? (owners[0] ?? null) : null;
}
