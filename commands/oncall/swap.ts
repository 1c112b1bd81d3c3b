import { swapped, takenBack } from '../../blocks/on-call.ts';
import { UserError } from '../../src/domain/errors.ts';
import type { Person } from '../../src/domain/incident/commands.ts';
import { rotasIn } from '../../src/domain/incident/line.ts';
import type { Rotas } from '../../src/domain/rota/called.ts';
import { onCall } from '../../src/domain/rota/on-call.ts';
import { peopleOf, type Rota } from '../../src/domain/rota/rota.ts';
import { swapMeant } from '../../src/domain/rota/swaps.ts';
import { typed } from '../../src/lib/echo.ts';
import { own } from '../../src/lib/own.ts';
import type { Answer, LookUp, Request, Subcommand } from '../command.ts';
import { serviceHere } from '../names.ts';
import { assertMember, userOf } from '../people.ts';
import { firstWord } from '../words.ts';
import { momentMeant, TIMES } from './moments.ts';

const USAGE = `\`/oncall swap @person until tomorrow 09:00\`, with the rota’s name before \`until\` where there are several. ${TIMES}.`;

export const swap: Subcommand = {
  name: 'swap',
  usage: 'swap @person|off [rota] [from 18:00] [until 09:00]',
  summary: 'Puts somebody on call until a time, from now on or from a time on; `off` takes that back. For those who swap, and for responders.',
  incident: 'none',
  run(request, look) {
    const [word, rest] = firstWord(request.text);
    if (word.toLowerCase() === 'off') return takeBack(request, look, rest);
    const user = userOf(word);
    if (user === null)
      throw new UserError('no-person', word === '' ? `Who stands in? ${USAGE}` : `“${typed(word)}” is not a person here. Mention one: ${USAGE}`);
    return standIn(request, look, user, rest);
  },
};

async function standIn(request: Request, look: LookUp, user: string, rest: string): Promise<Answer> {
  const [, named = '', from, until] = /^(?:(?!from\b|until\b)(\S+)\s*)?(?:from\s+(.+?)\s+)?until\s+(.+)$/is.exec(rest) ?? [];
  if (until === undefined) throw new UserError('not-a-time', `Until when? ${USAGE}`);
  const all = await look.rotas();
  const rota = rotaMeant(named, request, look, all, user);
  const begins = from === undefined ? null : momentMeant(from, rota.timeZone, request.now);
  const ends = momentMeant(until, rota.timeZone, begins ?? request.now);
  const by = await asking(request, look, rota);
  assertMember(user, (await look.assignee(user, servicesOf(rota, look)[0] ?? '')).standing, 'be on call');
  const command = { type: 'swap', by, user, from: begins ?? request.now, until: ends } as const;
  return { rota: { rota: rota.id, command }, reply: swapped(rota.name, user, begins, ends) };
}

async function takeBack(request: Request, look: LookUp, rest: string): Promise<Answer> {
  const [named] = firstWord(rest);
  const all = await look.rotas();
  const rota = rotaMeant(named, request, look, all, null);
  const by = await asking(request, look, rota);
  return {
    rota: { rota: rota.id, command: { type: 'restore', by } },
    reply: takenBack(rota.name, swapMeant(all, rota, by.id, request.now)),
  };
}

/** Who asks, with the roles that they hold for any service that the rota is for. */
async function asking({ person }: Request, look: LookUp, rota: Rota): Promise<Person> {
  const held = await Promise.all(servicesOf(rota, look).map((service) => look.personIn(service)));
  return { ...person, roles: [...new Set([...person.roles, ...held.flatMap(({ roles }) => roles)])] };
}

function servicesOf({ id }: Rota, look: LookUp): readonly string[] {
  return look.services.filter(({ policy }) => rotasIn(policy).includes(id)).map((service) => service.id);
}

/** The rota by its name or a service's, or the only one that fits: of the place, or of those who swap. @throws UserError `which-rota` */
function rotaMeant(word: string, request: Request, look: LookUp, all: Rotas, standsIn: string | null): Rota {
  const rotas = Object.values(all.rotas);
  if (rotas.length === 0) throw new UserError('no-rota', 'There is no rota. Add `rotas` to tocsin.yml, and restart Tocsin.');
  const name = word.toLowerCase();
  if (name !== '') {
    const exact = own(all.rotas, name) ?? rotas.find((one) => one.name.toLowerCase() === name);
    const found = exact === undefined ? ofService(name, look, all) : [exact];
    if (found.length === 1 && found[0] !== undefined) return found[0];
    throw whichRota(found.length === 0 ? `There is no rota “${typed(word)}”.` : `${typed(word)} has several rotas.`, rotas);
  }
  const here = serviceHere(request, look);
  const narrower = [rotas, here === null ? [] : ofService(here, look, all), rotas.filter((rota) => concerns(rota, all, request, standsIn))];
  const only = narrower.find(({ length }) => length === 1)?.[0];
  if (only === undefined) throw whichRota('Which rota?', rotas);
  return only;
}

function ofService(id: string, look: LookUp, all: Rotas): readonly Rota[] {
  const service = look.services.find((one) => one.id === id);
  return service === undefined ? [] : rotasIn(service.policy).flatMap((one) => own(all.rotas, one) ?? []);
}

/** Whether who asks or who stands in has to do with a rota. */
function concerns(rota: Rota, { swaps }: Rotas, { person, now }: Request, standsIn: string | null): boolean {
  const people = [...peopleOf(rota), onCall(rota, swaps, now).user];
  return people.includes(person.id) || (standsIn !== null && people.includes(standsIn));
}

function whichRota(lead: string, rotas: readonly Rota[]): UserError {
  return new UserError('which-rota', `${lead} Rotas are ${rotas.map(({ id }) => `\`${id}\``).join(', ')}: ${USAGE}`);
}
