import { own } from '../../lib/own.ts';
import type { Who } from '../policy.ts';
import { nextInLine, onCall } from './on-call.ts';
import { peopleOf, type Rota, type Swap } from './rota.ts';

/** The rotas of the file by their ids, and who stands in. */
export interface Rotas {
  readonly rotas: Readonly<Record<string, Rota>>;
  readonly swaps: readonly Swap[];
}

export type OnRota = Extract<Who, { readonly rota: string }>;

/** Who is called by a line that names a rota at a moment (ms): one person, or nobody where there is no such rota, nobody on call or nobody else in it. */
export function calledByRota({ rotas, swaps }: Rotas, { rota: id, turn }: OnRota, at: number): readonly string[] {
  const rota = own(rotas, id);
  if (rota === undefined) return [];
  const called = turn === undefined ? onCall(rota, swaps, at).user : nextInLine(rota, swaps, at);
  return called === null ? [] : [called];
}

/** A line with whoever is on call in place of the rota; where that is nobody, the line as it is. */
export function asCalled(all: Rotas, who: Who, at: number): readonly Who[] {
  if (!('rota' in who)) return [who];
  const called = calledByRota(all, who, at);
  return called.length === 0 ? [who] : called.map((user) => ({ user }));
}

/** Everybody who may be on call by a rota: whom it names, and who stands in at a moment (ms). */
export function everybodyOf({ rotas, swaps }: Rotas, id: string, at: number): readonly string[] {
  const rota = own(rotas, id);
  const standIns = swaps.filter((swap) => swap.rota === id && swap.from <= at && at < swap.until).map(({ user }) => user);
  return rota === undefined ? [] : [...new Set([...peopleOf(rota), ...standIns])];
}
