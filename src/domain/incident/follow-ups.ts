import { dayIn, daysAfter, momentIn } from '../../lib/zoned.ts';
import type { FollowUp } from '../change/plans.ts';
import type { Incident } from './incident.ts';

/** When on the day after its date somebody hears that an item is overdue, in the service's time zone. */
const MORNING = '09:00';

/** An item with its number, by which people name it: they are counted from 1, and never change. */
export interface Numbered extends FollowUp {
  readonly number: number;
}

export function numbered({ followUps }: Pick<Incident, 'followUps'>): readonly Numbered[] {
  return followUps.map((item, i) => ({ ...item, number: i + 1 }));
}

/** A day that may be typed as it is read: a week from now (ms), by the clocks of the incident’s service. */
export function exampleDay({ policy }: Pick<Incident, 'policy'>, now: number): string {
  return daysAfter(dayIn(policy.time_zone, now), 7);
}

/** When the day is over (ms) that an item is to be done by; `null` where it has none. */
export function endOf({ due }: Pick<FollowUp, 'due'>, { policy }: Pick<Incident, 'policy'>): number | null {
  return due === undefined ? null : momentIn(policy.time_zone, daysAfter(due, 1), '00:00');
}

/** Whether an item is not done, and its day is over. */
export function isOverdue(item: FollowUp, incident: Pick<Incident, 'policy'>, now: number): boolean {
  const end = endOf(item, incident);
  return item.done === undefined && end !== null && end <= now;
}

/** The items in the order in which people look at them: the overdue ones first and of those the longest overdue, then the open ones, then what is done. */
export function inOrder(incident: Pick<Incident, 'followUps' | 'policy'>, now: number): readonly Numbered[] {
  const ranked = numbered(incident).map((item) => {
    const isLate = isOverdue(item, incident, now);
    return { item, rank: isLate ? 0 : item.done === undefined ? 1 : 2, due: isLate ? (item.due ?? '') : '' };
  });
  return ranked.toSorted((a, b) => a.rank - b.rank || a.due.localeCompare(b.due) || a.item.number - b.item.number).map(({ item }) => item);
}

/** Items that somebody is still to be reminded of, each with when (ms): once, on the morning after its day. */
export function toRemind(
  incident: Pick<Incident, 'followUps' | 'policy'>,
): readonly (Numbered & { readonly due: string; readonly remindAt: number })[] {
  return numbered(incident).flatMap((item) => {
    const { due, done, reminded } = item;
    if (due === undefined || done !== undefined || reminded === true) return [];
    return [{ ...item, due, remindAt: momentIn(incident.policy.time_zone, daysAfter(due, 1), MORNING) }];
  });
}
