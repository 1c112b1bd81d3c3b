import { dayIn, daysAfter, momentIn } from '../../lib/zoned.ts';
import type { IncidentPolicy } from '../policy.ts';
import type { Severity } from '../severity.ts';
import { type Incident, ownChannelOf } from './incident.ts';

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

/**
 * The canvas in which people write the review: where it is, when (ms) Tocsin filled it, and which channels may write in it; a release before did not keep
 * `canvas` and `channels`. `left`: Slack did not make one. `refusals`: so often, each time for what people can mend, so that it is tried again when the
 * review comes up; missing where it is not.
 */
export type ReviewCanvas =
  | {
      readonly link: string;
      readonly at: number;
      readonly canvas?: string;
      readonly channels?: readonly string[];
      readonly left?: never;
      readonly refusals?: never;
    }
  | {
      readonly left: true;
      readonly refusals?: number;
      readonly link?: never;
      readonly at?: never;
      readonly canvas?: never;
      readonly channels?: never;
    };

/** Slack's codes of what people can mend while an incident still needs its canvas, and of what may pass. */
const MENDABLE: ReadonlySet<string> = new Set(['missing_scope', 'canvas_creation_failed']);

/** What becomes of the canvas where Slack refused to make it. */
export function refusedCanvas(before: ReviewCanvas | undefined, error: string): ReviewCanvas {
  return MENDABLE.has(error) ? { left: true, refusals: (before?.refusals ?? 0) + 1 } : { left: true };
}

/** Whether the review is to have a canvas that it has not: it is owed, none was made, and none was refused for good. */
export function lacksCanvas({ review, reviewCanvas: canvas }: Pick<Incident, 'review' | 'reviewCanvas'>): boolean {
  if (review === undefined || review.done !== undefined) return false;
  return canvas === undefined || canvas.refusals !== undefined;
}

/** The canvas of the review, and the incident’s own channel that may not yet write in it; `null` where there is nothing to open. */
export function channelToOpen(incident: Pick<Incident, 'room' | 'reviewCanvas'>): { readonly canvas: string; readonly channel: string } | null {
  const { canvas, channels = [] } = incident.reviewCanvas ?? {};
  const channel = ownChannelOf(incident);
  return canvas === undefined || channel === null || channels.includes(channel) ? null : { canvas, channel };
}

/** What the canvas of the review says of itself, by which it is known. */
export function reviewMark(incident: string): string {
  return `Tocsin filled this draft of the review of ${incident} once`;
}

/** The run that makes the canvas of the review: one each time that an incident is over, and one more after each refusal that can be mended. */
export function reviewCanvasRunId({ id, reopened, reviewCanvas }: Pick<Incident, 'id' | 'reopened' | 'reviewCanvas'>): string {
  const { refusals } = reviewCanvas ?? {};
  return `${id}:review-canvas:${reopened}${refusals === undefined ? '' : `:${refusals}`}`;
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
