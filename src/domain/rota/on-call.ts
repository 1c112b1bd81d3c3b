import { dayIn, daysAfter, daysBetween, momentIn } from '../../lib/zoned.ts';
import { changesListed, dutyListed, orderListed } from './listed.ts';
import { type Duty, isListed, type Layer, type OwnRota, peopleOf, type Rota, type Shift, type Swap } from './rota.ts';
import { isAlwaysOn, isOn, personOfTurn, turnAt, turnBegins, windowsOn } from './turns.ts';

/** How many days ahead somebody who comes next is looked for: soon first, and a year and a bit where one person has it for long. */
const AHEAD = [8, 40, 400] as const;

/** Who is on call at a moment (ms): a swap, else who has the holiday, else whose turn it is in the last layer that is on, or in the list. Pure. */
export function onCall(rota: Rota, swaps: readonly Swap[], at: number): Duty {
  const swap = swaps.findLast((one) => one.rota === rota.id && one.from <= at && at < one.until);
  if (swap !== undefined) return { user: swap.user, because: { swap } };
  return ofRota(rota, at);
}

/** The same without any swap. */
function ofRota(rota: Rota, at: number): Duty {
  if (isListed(rota)) return dutyListed(rota, at);
  const today = dayIn(rota.timeZone, at);
  const holiday = rota.holidays.find(({ day }) => day === today);
  if (holiday !== undefined && holiday.user !== null) return { user: holiday.user, because: { holiday } };
  const layer = layerOn(rota, at);
  return { user: personOfTurn(layer, turnAt(rota, layer, at)), because: { layer } };
}

/** The layer that counts at a moment: the last one that is on and has begun. The first one is always on. */
function layerOn(rota: OwnRota, at: number): Layer {
  const [first, ...later] = rota.layers;
  return later.findLast((layer) => isOn(rota, layer, at) && turnBegins(rota.timeZone, layer, 0) <= at) ?? first;
}

/**
 * Who is called when nobody answers: the next by the order of the layer that is on, or of the list, but nobody who is on call already or for whom somebody
 * stands in. `null` where there is nobody else.
 */
export function nextInLine(rota: Rota, swaps: readonly Swap[], at: number): string | null {
  const away = new Set([onCall(rota, swaps, at).user, ofRota(rota, at).user]);
  const order = isListed(rota) ? orderListed(rota, at) : orderOf(rota, at);
  return order.find((user) => !away.has(user)) ?? null;
}

function orderOf(rota: OwnRota, at: number): readonly string[] {
  const layer = layerOn(rota, at);
  const turn = turnAt(rota, layer, at);
  return layer.people.map((_, i) => personOfTurn(layer, turn + 1 + i));
}

/** Who is on call from a moment to another (ms), in order, with the times that nobody is; neighbours are different people. */
export function shiftsIn(rota: Rota, swaps: readonly Swap[], from: number, until: number): readonly Shift[] {
  const shifts: Shift[] = [];
  for (const at of [from, ...changesIn(rota, swaps, from, until)]) {
    const { user } = onCall(rota, swaps, at);
    const last = shifts.at(-1);
    if (last?.user === user) continue;
    if (last !== undefined) shifts[shifts.length - 1] = { ...last, until: at };
    shifts.push({ user, from: at, until });
  }
  return shifts;
}

/** Who comes after whoever is on call at a moment, and when, or from when on nobody is; `null` where nothing changes for a year, or nothing is known. */
export function nextShift(rota: Rota, swaps: readonly Swap[], at: number): Shift | null {
  if (isAlone(rota, swaps, at)) return null;
  for (const days of AHEAD) {
    const until = at + days * 86_400_000;
    const [, next] = shiftsIn(rota, swaps, at, until);
    if (next !== undefined) return next;
  }
  return null;
}

/** Whether a rota knows one person alone from a moment on: nobody else has to be looked for. */
function isAlone(rota: Rota, swaps: readonly Swap[], at: number): boolean {
  if (isListed(rota)) return false;
  const standIns = swaps.filter((swap) => swap.rota === rota.id && swap.until > at).map(({ user }) => user);
  return new Set([...peopleOf(rota), ...standIns]).size === 1;
}

/** Every moment after `from` and before `until` at which somebody else may come on call, in order. */
function changesIn(rota: Rota, swaps: readonly Swap[], from: number, until: number): readonly number[] {
  const own = isListed(rota) ? changesListed(rota) : changesOf(rota, from, until);
  const changes = [...own, ...swaps.filter((swap) => swap.rota === rota.id).flatMap(edges)];
  return [...new Set(changes)].filter((at) => from < at && at < until).sort((a, b) => a - b);
}

function changesOf(rota: OwnRota, from: number, until: number): readonly number[] {
  const first = daysAfter(dayIn(rota.timeZone, from), -1);
  const days = Array.from({ length: daysBetween(first, dayIn(rota.timeZone, until)) + 2 }, (_, i) => daysAfter(first, i));
  return [
    ...rota.layers.flatMap((layer) => turnsIn(rota, layer, from, until)),
    ...rota.layers.flatMap((layer) => (isAlwaysOn(layer) ? [] : days.flatMap((day) => windowsOn(rota, layer, day).flatMap(edges)))),
    ...rota.holidays.flatMap(({ day, user }) => (user === null ? [] : [day, daysAfter(day, 1)].map((one) => momentIn(rota.timeZone, one, '00:00')))),
  ];
}

function edges({ from, until }: { readonly from: number; readonly until: number }): readonly number[] {
  return [from, until];
}

function turnsIn(rota: OwnRota, layer: Layer, from: number, until: number): readonly number[] {
  const [first, last] = [turnAt(rota, layer, from), turnAt(rota, layer, until)];
  return Array.from({ length: last - first + 1 }, (_, i) => turnBegins(rota.timeZone, layer, first + i));
}
