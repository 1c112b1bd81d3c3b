import { own } from '../../lib/own.ts';
import { sayDuration } from '../../lib/time.ts';
import type { PlanTitles } from './record-type.ts';

/** What a plan is called; its id where that is not known. */
export function titleIn(plans: PlanTitles, id: string): string {
  const title = own(plans, id)?.title;
  return title === undefined ? id : `“${title}”`;
}

/** `, 5 minutes late`; nothing for less than a second. */
export function sayLate(ms: number): string {
  return ms < 1_000 ? '' : `, ${sayDuration(ms)} late`;
}
