import { sayMoment } from '../../lib/time.ts';
import type { FollowUp } from '../change/plans.ts';
import type { EventData } from '../incident/events.ts';
import { refusedCanvas, withReview } from '../incident/review.ts';
import { mention } from '../mentions.ts';
import { saySlackError } from '../slack-error-words.ts';
import { REVIEW_DATA } from './data/review.ts';
import { TRACKER_NAMES } from './data/tracking.ts';
import type { RecordTypes } from './record-type.ts';
import { onItem, withIssue } from './tracking.ts';

/** What becomes of an incident after it is over. */
export const REVIEW: RecordTypes<keyof typeof REVIEW_DATA> = {
  'follow-up.done': {
    data: REVIEW_DATA['follow-up.done'],
    evolve: (state, { data: { number, via }, actor }, at) =>
      onItem(state, number, (item) => ({
        ...told(item, via, true),
        done: { by: actor.id, at, ...(via === undefined ? {} : { there: whereabouts(via) }) },
      })),
    says: ({ data: { number, text, via } }, { by }) =>
      via === undefined ? `${by} completed action item ${number}: ${text}` : `Action item ${number} was completed ${whereabouts(via)}: ${text}`,
  },
  'follow-up.undone': {
    data: REVIEW_DATA['follow-up.undone'],
    evolve: (state, { data: { number, via } }) => onItem(state, number, ({ done: _done, ...item }) => told(item, via, false)),
    says: ({ data: { number, text, via } }, { by }) =>
      via === undefined ? `${by} reopened action item ${number}: ${text}` : `Action item ${number} was reopened ${whereabouts(via)}: ${text}`,
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
  'review.drafted': {
    data: REVIEW_DATA['review.drafted'],
    quiet: true,
    evolve: (state, { data }, at) => ({ ...state, reviewCanvas: { link: data.link, at, canvas: data.canvas, channels: [data.channel] } }),
    says: ({ data: { channel, link, access } }) =>
      `The draft of the post-incident review is in a canvas of <#${channel}>, for people to write: ${link}${access === undefined ? '' : `. Slack did not open it to everybody in the channel: ${saySlackError(access)}. Where it cannot be edited, \`/incident postmortem\` posts the same as a file`}`,
  },
  'review.opened': {
    data: REVIEW_DATA['review.opened'],
    quiet: true,
    evolve: (state, { data }) =>
      state.reviewCanvas?.link === undefined || data.access !== undefined
        ? state
        : { ...state, reviewCanvas: { ...state.reviewCanvas, channels: [...(state.reviewCanvas.channels ?? []), data.channel] } },
    says: ({ data: { channel, access } }) =>
      access === undefined
        ? `<#${channel}> may write in the draft of the post-incident review too`
        : `The draft of the post-incident review is not open to <#${channel}>: ${saySlackError(access)}. \`/incident postmortem\` posts it as a file`,
  },
  'review.undrafted': {
    data: REVIEW_DATA['review.undrafted'],
    quiet: true,
    evolve: (state, { data }) => ({ ...state, reviewCanvas: refusedCanvas(state.reviewCanvas, data.error) }),
    says: ({ data }) =>
      `The draft of the post-incident review is in no canvas: ${saySlackError(data.error)}. \`/incident postmortem\` posts it as a file`,
  },
};

type Via = EventData['follow-up.done']['via'];

/** The item one turn later: what was done with its issue by somebody there is known of the issue too. */
function told(item: FollowUp, via: Via, done: boolean): FollowUp {
  const turned = { ...item, turns: (item.turns ?? 0) + 1 };
  return via === undefined ? turned : withIssue(turned, (issue) => ({ ...issue, done, at: via.at }));
}

/** `in GitHub by @ada` */
function whereabouts({ tracker, by }: Exclude<Via, undefined>): string {
  return `in ${TRACKER_NAMES[tracker]}${by === null ? '' : ` by ${tracker === 'github' ? '@' : ''}${by}`}`;
}
