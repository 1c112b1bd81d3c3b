import { onCallList, onCallOf, type RotaShown, type ServiceOnCall } from '../../blocks/on-call.ts';
import { respondersOf, rotasIn } from '../../src/domain/incident/line.ts';
import type { Rotas } from '../../src/domain/rota/called.ts';
import { nextShift, onCall } from '../../src/domain/rota/on-call.ts';
import { isListed, type Rota } from '../../src/domain/rota/rota.ts';
import { own } from '../../src/lib/own.ts';
import type { Service, Subcommand } from '../command.ts';
import { serviceNamed } from '../names.ts';
import { firstWord } from '../words.ts';

export const show: Subcommand = {
  name: 'show',
  usage: 'show [service]',
  summary: 'Says who is on call now and next, for each service or for one, with its contacts for members who hold a role. The default.',
  incident: 'none',
  async run(request, look) {
    const [word] = firstWord(request.text);
    const all = await look.rotas();
    if (word === '') return { reply: onCallList(look.services.map((service) => shownOf(service, all, request.now))) };
    const id = serviceNamed(word, look);
    const service = look.services.find((one) => one.id === id);
    // A service that only runbooks name has nobody in line.
    if (service === undefined) return { reply: onCallList(look.services.map((one) => shownOf(one, all, request.now))) };
    const { trusted, roles } = await look.personIn(id);
    return { reply: onCallOf(shownOf(service, all, request.now), trusted && roles.length > 0 ? service.contacts : []) };
  },
};

function shownOf({ id, name, policy, contacts }: Service, all: Rotas, now: number): ServiceOnCall {
  const rotas = rotasIn(policy).flatMap((one) => {
    const rota = own(all.rotas, one);
    return rota === undefined ? [] : [rotaNow(rota, all, now)];
  });
  return { id, name, rotas, responders: respondersOf({ policy, type: null }), contacts: contacts.length > 0 };
}

function rotaNow(rota: Rota, { swaps }: Rotas, now: number): RotaShown {
  const { user, because } = onCall(rota, swaps, now);
  const others = swaps.filter((swap) => !('swap' in because) || swap !== because.swap);
  const next = nextShift(rota, swaps, now);
  return {
    name: rota.name,
    user,
    for: 'swap' in because ? onCall(rota, others, now).user : null,
    holiday: 'holiday' in because ? (because.holiday.name ?? 'holiday') : null,
    missing: 'missing' in because ? (because.missing?.says ?? null) : null,
    next: next === null ? null : { user: next.user, from: next.from },
    kept: isListed(rota) ? { source: rota.source, readAt: rota.list?.readAt ?? null, away: rota.away } : null,
  };
}
