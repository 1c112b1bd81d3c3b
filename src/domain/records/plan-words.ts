import { own } from '../../lib/own.ts';
import { sayDuration } from '../../lib/time.ts';
import type { EventData } from '../incident/events.ts';
import type { PlanTitles } from './record-type.ts';

/** What a plan is called; its id where that is not known. */
export function titleIn(plans: PlanTitles, id: string): string {
  const title = own(plans, id)?.title;
  return title === undefined ? id : `“${title}”`;
}

/** ` by @ada, 1 h 23 min before its time: REASON`; nothing where nobody asked for the revert. `name`: how a person is named. */
export function sayAskedRevert(asked: EventData['remedy.reverted']['asked'], name: (id: string) => string): string {
  if (asked === undefined) return '';
  const early = asked.early_ms === null || asked.early_ms < 1_000 ? '' : `, ${sayDuration(asked.early_ms)} before its time`;
  return ` by ${name(asked.by)}${early}: ${asked.reason.replace(/[.\s]+$/, '')}`;
}

/** `, 5 minutes late`; nothing for less than a second. */
export function sayLate(ms: number): string {
  return ms < 1_000 ? '' : `, ${sayDuration(ms)} late`;
}
