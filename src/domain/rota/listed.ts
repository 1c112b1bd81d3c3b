import type { Duty, ListedRota, ListedTurn } from './rota.ts';

/** Who is on call at a moment (ms) by a list of turns. */
export function dutyListed({ list }: ListedRota, at: number): Duty {
  // It is asked for each moment at which a turn begins or ends, so the turns are gone through once and never sorted.
  let first: ListedTurn | undefined;
  for (const turn of list?.turns ?? []) if (isOn(turn, at) && (first === undefined || byCounting(turn, first) < 0)) first = turn;
  if (first === undefined) return { user: null, because: { missing: null } };
  return { user: first.user, because: first.user === null ? { missing: first } : { turn: first } };
}

/** The turns at a moment, the one that counts first. */
function turnsAt({ list }: ListedRota, at: number): readonly ListedTurn[] {
  return (list?.turns ?? []).filter((turn) => isOn(turn, at)).toSorted(byCounting);
}

function isOn({ from, until }: ListedTurn, at: number): boolean {
  return from <= at && at < until;
}

/**
 * Of turns that overlap the one counts that began last, and of those the one that ends first: what is put on top of a longer turn is an exception of it.
 * Somebody who is not in Slack is passed over where somebody else is on call.
 */
function byCounting(a: ListedTurn, b: ListedTurn): number {
  return Number(a.user === null) - Number(b.user === null) || b.from - a.from || a.until - b.until;
}

/** Who is called when nobody answers, in order: who has a turn at the same time, then whoever has the next ones. */
export function orderListed(rota: ListedRota, at: number): readonly string[] {
  const later = (rota.list?.turns ?? []).filter(({ from }) => from > at);
  return [...turnsAt(rota, at), ...later].flatMap(({ user }) => user ?? []);
}

/** Every moment at which somebody else may be on call, in the time that is known. */
export function changesListed({ list }: ListedRota): readonly number[] {
  if (list === null) return [];
  return list.turns.flatMap(({ from, until }) => [from, until]).filter((at) => at < list.until);
}
