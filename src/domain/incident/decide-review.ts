import { toIso } from '../../lib/time.ts';
import { refuse, UserError } from '../errors.ts';
import { mention } from '../mentions.ts';
import type { Actor } from '../record.ts';
import { TOCSIN } from '../streams.ts';
import type { Person, PersonCommand } from './commands.ts';
import { event, person } from './deciding.ts';
import type { IncidentEvent } from './events.ts';
import { type Incident, isIn } from './incident.ts';
import { nextOf, type Review } from './review.ts';

/** Who runs the review, and when. A second time moves it. @throws UserError with what to type */
export function scheduleReview(
  state: Incident,
  by: Person,
  { who, when }: Extract<PersonCommand, { type: 'schedule-review' }>,
  at: number,
): readonly IncidentEvent[] {
  if (state.review?.done !== undefined)
    throw new UserError('review-done', `The review of ${state.id} was held. \`/incident postmortem\` has the paper.`);
  if (when <= at) throw new UserError('date-past', 'That is in the past. Name a time to come, such as `/incident review at 2030-12-03 14:00 @ada`.');
  // Whoever runs it is told of it, and so of the incident.
  if (who !== by.id && state.private && !isIn(state, who))
    throw refuse(
      'item-private',
      `${state.id} is private, and ${mention(who)} is not in it. Choose somebody who is in it, or give them a role first: \`/incident assign scribe @person\`.`,
    );
  return [event(person(by), state.id, 'review.scheduled', { at: toIso(when), who })];
}

/** What Tocsin tells an incident of the canvas in which its review is written. */
export type ReviewTold =
  /** `access`: Slack's code where it did not open the canvas to the channel. */
  | { readonly type: 'review-drafted'; readonly channel: string; readonly canvas: string; readonly link: string; readonly access: string | null }
  /** `access`: Slack's code where another channel of the incident may not write in it. */
  | { readonly type: 'review-opened'; readonly channel: string; readonly access: string | null }
  /** `error`: Slack's code. */
  | { readonly type: 'review-undrafted'; readonly channel: string; readonly error: string };

/** Its canvas is made, or not, or open to another channel: each is recorded once. What was refused and can be mended may be told again. */
export function decideReviewCanvas(state: Incident, told: ReviewTold): readonly IncidentEvent[] {
  if (told.type === 'review-opened') {
    const { channel, access } = told;
    const isOpened = state.reviewCanvas?.channels?.includes(channel) === true;
    if (isOpened) return [];
    const opened = event(TOCSIN, state.id, 'review.opened', { channel, ...(access === null ? {} : { access }) });
    return [access === null ? opened : { ...opened, outcome: 'failed' }];
  }
  if (state.reviewCanvas !== undefined && state.reviewCanvas.refusals === undefined) return [];
  if (told.type === 'review-undrafted') {
    const { channel, error } = told;
    return [{ ...event(TOCSIN, state.id, 'review.undrafted', { channel, error }), outcome: 'failed' }];
  }
  const { channel, canvas, link, access } = told;
  return [event(TOCSIN, state.id, 'review.drafted', { channel, canvas, link, ...(access === null ? {} : { access }) })];
}

/** The review was held. */
export function finishReview(state: Incident, by: Person): readonly IncidentEvent[] {
  return state.review?.done === undefined ? [event(person(by), state.id, 'review.done', {})] : [];
}

/** Somebody is reminded of what is due next. */
export function remindOfReview(state: Incident, review: Review, actor: Actor): readonly IncidentEvent[] {
  return [
    event(actor, state.id, 'review.reminded', {
      due: toIso(nextOf(review)),
      ...(review.scheduled === undefined ? {} : { who: review.scheduled.who }),
    }),
  ];
}

/** Nobody scheduled it in time, or nobody said that it was held. */
export function missReview(state: Incident, review: Review, actor: Actor, at: number): readonly IncidentEvent[] {
  const due = nextOf(review);
  return [event(actor, state.id, 'breach.recorded', { target: 'review', due: toIso(due), late_ms: Math.max(0, at - due) })];
}
