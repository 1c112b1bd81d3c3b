import type { FollowUp } from '../change/plans.ts';
import type { Incident } from '../incident/incident.ts';
import { mention } from '../mentions.ts';
import { REVIEW_DATA } from './data/review.ts';
import type { RecordTypes } from './record-type.ts';

/** What becomes of an incident after it is over. */
export const REVIEW: RecordTypes<keyof typeof REVIEW_DATA> = {
  'follow-up.done': {
    data: REVIEW_DATA['follow-up.done'],
    evolve: (state, { data, actor }, at) => onItem(state, data.number, (item) => ({ ...item, done: { by: actor.id, at } })),
    says: ({ data }, { by }) => `${by} did action item ${data.number}: ${data.text}`,
  },
  'follow-up.overdue': {
    data: REVIEW_DATA['follow-up.overdue'],
    evolve: (state, { data }) => onItem(state, data.number, (item) => ({ ...item, reminded: true })),
    says: ({ data }) =>
      `Action item ${data.number} is overdue since ${data.due}: ${data.text} (${data.owner === undefined ? 'nobody owns it' : mention(data.owner)}). When it is done: \`/incident item done ${data.number}\``,
  },
};

function onItem(state: Incident, number: number, change: (item: FollowUp) => FollowUp): Incident {
  return { ...state, followUps: state.followUps.map((item, i) => (i === number - 1 ? change(item) : item)) };
}
