import type { Duty, ListedRota, ListedTurn } from './rota.ts';

/** Who is on call at a moment (ms) by a list of turns. */
export function dutyListed(rota: ListedRota, at: number): Duty {
  const [first] = turnsAt(rota, at);
  if (first === undefined) return { user: null, because: { missing: null } };
  return { user: first.user, because: first.user === null ? { missing: first } : { turn: first } };
}

/**
 * The turns at a moment, the one that counts first. Of turns that overlap the one counts that began last, and of those the one that ends first: what is put
 * on top of a longer turn is an exception of it. Somebody who is not in Slack is passed over where somebody else is on call.
 */
function turnsAt({ list }: ListedRota, at: number): readonly ListedTurn[] {
  const on = (list?.turns ?? []).filter(({ from, until }) => from <= at && at < until);
  return on.toSorted((a, b) => Number(a.user === null) - Number(b.user === null) || b.from - a.from || a.until - b.until);
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
