import { dayIn, daysAfter, momentIn } from '../../lib/zoned.ts';
import type { IncidentPolicy } from '../policy.ts';
import type { Severity } from '../severity.ts';
import type { Incident } from './incident.ts';

/** A review that was scheduled has this long (ms), from its time on, until it counts as missed. */
const HELD_WITHIN_MS = 24 * 3_600_000;

/** The review after an incident. Missing while it is open, and where none is asked for. */
export interface Review {
  /** When the incident was resolved; until `dueAt` (ms) somebody has to schedule its review. */
  readonly since: number;
  readonly dueAt: number;
  /** When (ms) it is, and who runs it. */
  readonly scheduled?: { readonly at: number; readonly who: string };
  readonly reminded?: true;
  readonly missed?: true;
  readonly done?: { readonly by: string; readonly at: number };
}

/** The canvas in which people write the review: where it is, and when (ms) Tocsin filled it. `left`: Slack did not make one, and it is not tried again. */
export type ReviewCanvas =
  | { readonly link: string; readonly at: number; readonly left?: never }
  | { readonly left: true; readonly link?: never; readonly at?: never };

/** What the canvas of the review says of itself, by which it is known. */
export function reviewMark(incident: string): string {
  return `Tocsin filled this draft of the review of ${incident} once`;
}

/** The run that makes the canvas of the review: one each time that an incident is over. */
export function reviewCanvasRunId({ id, reopened }: Pick<Incident, 'id' | 'reopened'>): string {
  return `${id}:review-canvas:${reopened}`;
}

/** Of a grave incident the review is asked for at once; of others, when half of the time is over. */
export function isAskedAtOnce({ review, severity }: Pick<Incident, 'review' | 'severity'>): boolean {
  return review !== undefined && (severity === 'P0' || severity === 'P1');
}

/** The review that an incident owes from when it is resolved on, by its policy; `null` where it owes none. */
export function owedReview({ policy, severity }: { readonly policy: IncidentPolicy; readonly severity: Severity }, at: number): Review | null {
  const within = policy.review_within?.[severity];
  if (within === undefined || within === null) return null;
  if ('ms' in within) return { since: at, dueAt: at + within.ms };
  return { since: at, dueAt: momentIn(policy.time_zone, daysAfter(businessDay(dayIn(policy.time_zone, at), within.business_days), 1), '00:00') };
}

/** The day so many working days after one: Saturdays and Sundays are none. */
function businessDay(day: string, count: number): string {
  let at = day;
  for (let left = count; left > 0; ) {
    at = daysAfter(at, 1);
    const weekday = new Date(`${at}T00:00:00Z`).getUTCDay();
    if (weekday !== 0 && weekday !== 6) left -= 1;
  }
  return at;
}

/** When (ms) somebody is reminded, and when it counts as missed: of scheduling it at half time, of the review itself when it begins. */
export function reviewMoments({ since, dueAt, scheduled, reminded, missed, done }: Review): {
  readonly remindAt: number | null;
  readonly missedAt: number | null;
} {
  if (done !== undefined || missed === true) return { remindAt: null, missedAt: null };
  const remindAt = scheduled?.at ?? since + Math.floor((dueAt - since) / 2);
  const missedAt = scheduled === undefined ? dueAt : scheduled.at + HELD_WITHIN_MS;
  return { remindAt: reminded === true ? null : remindAt, missedAt };
}

/** What of a review is due next (ms): that it is scheduled, or that it is held. */
export function nextOf({ dueAt, scheduled }: Review): number {
  return scheduled?.at ?? dueAt;
}

/** The incident with another state of its review. */
export function withReview(incident: Incident, review: Review | null): Incident {
  const { review: _, ...rest } = incident;
  return review === null ? rest : { ...rest, review };
}
