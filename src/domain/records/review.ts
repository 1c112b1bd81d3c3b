import { sayMoment } from '../../lib/time.ts';
import type { FollowUp } from '../change/plans.ts';
import type { Incident } from '../incident/incident.ts';
import { withReview } from '../incident/review.ts';
import { mention } from '../mentions.ts';
import { REVIEW_DATA } from './data/review.ts';
import type { RecordTypes } from './record-type.ts';

/** What becomes of an incident after it is over. */
export const REVIEW: RecordTypes<keyof typeof REVIEW_DATA> = {
  'follow-up.done': {
    data: REVIEW_DATA['follow-up.done'],
    evolve: (state, { data, actor }, at) => onItem(state, data.number, (item) => ({ ...item, done: { by: actor.id, at } })),
    says: ({ data }, { by }) => `${by} completed action item ${data.number}: ${data.text}`,
  },
  'follow-up.overdue': {
    data: REVIEW_DATA['follow-up.overdue'],
    evolve: (state, { data }) => onItem(state, data.number, (item) => ({ ...item, reminded: true })),
    says: ({ data }) =>
      `Action item ${data.number} has been overdue since ${data.due}: ${data.text} (${data.owner === undefined ? 'nobody owns it' : mention(data.owner)}). When it is done: \`/incident item done ${data.number}\``,
  },
  'review.scheduled': {
    data: REVIEW_DATA['review.scheduled'],
    evolve(state, { data }) {
      const when = Date.parse(data.at);
      const { since, dueAt } = state.review ?? { since: when, dueAt: when };
      return withReview(state, { since, dueAt, scheduled: { at: when, who: data.who } });
    },
    says: ({ data }, { by }) => `${by} scheduled the review for ${sayMoment(data.at)}; ${mention(data.who)} runs it`,
  },
  'review.reminded': {
    data: REVIEW_DATA['review.reminded'],
    evolve: (state) => withReview(state, state.review === undefined ? null : { ...state.review, reminded: true }),
    says: ({ data }) =>
      data.who === undefined
        ? 'Tocsin reminded the room of the review that nobody has scheduled'
        : `Tocsin reminded the room of the review, which ${mention(data.who)} runs`,
  },
  'review.done': {
    data: REVIEW_DATA['review.done'],
    evolve: (state, { actor }, at) => withReview(state, { ...(state.review ?? { since: at, dueAt: at }), done: { by: actor.id, at } }),
    says: (_, { by }) => `${by} said that the review was held`,
  },
};

function onItem(state: Incident, number: number, change: (item: FollowUp) => FollowUp): Incident {
  return { ...state, followUps: state.followUps.map((item, i) => (i === number - 1 ? change(item) : item)) };
}
