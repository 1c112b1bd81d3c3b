import type { PlannedStep } from '../records/data/plans.ts';

/** Lines of a list that stand on a plan's card, before its buttons. */
export const LISTED = 3;

/** Whether a step lists more of what it acts on than its card shows: then the whole list stands in the card's thread. */
export function isLongList({ listed, diff }: Pick<PlannedStep, 'listed' | 'diff'>): boolean {
  return listed === true && diff !== null && diff.split('\n').length > LISTED + 1;
}
