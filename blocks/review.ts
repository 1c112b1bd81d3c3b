import type { KnownBlock, ModalView } from '@slack/types';
import type { IncidentRecord } from '../src/domain/incident/events.ts';
import type { Incident } from '../src/domain/incident/incident.ts';
import type { Review } from '../src/domain/incident/review.ts';
import { sayReviewCanvas, sinceThen } from './incident-words.ts';
import { actions, button, context, type Message, message, plainText, section } from './kit.ts';
import { about, modal } from './modals.ts';
import { user, when } from './text.ts';

/** Who runs the review, and when: asked at the resolution, and again as a reminder. What was decided since stands below. */
export function reviewMessage(incident: Incident, record: IncidentRecord): Message {
  const { review } = incident;
  const text = `${incident.id}: the post-incident review`;
  if (review === undefined)
    return message(text, [
      section(`:memo: *${incident.id}*: the post-incident review`),
      sinceThen(incident.mergedInto === null ? 'it was reopened' : 'it was merged'),
    ]);
  return message(text, [section(lead(incident, review, record)), ...standing(incident, review, record), ...draft(incident, record)]);
}

/** Where people write it. */
function draft(incident: Incident, record: IncidentRecord): KnownBlock[] {
  const { at } = incident.reviewCanvas ?? {};
  if (at === undefined) return [];
  const says = sayReviewCanvas(incident);
  return at > Date.parse(record.time) ? [sinceThen(says)] : [context(`_Review_: ${says}`)];
}

function lead({ id }: Incident, { dueAt }: Review, record: IncidentRecord): string {
  const by = `by ${when(dueAt, 'in-sentence')}`;
  if (record.type !== 'review.reminded') return `:memo: *${id}* is over. Who runs its post-incident review, and when? Schedule it ${by}.`;
  const { who } = record.data;
  if (who === undefined) return `:alarm_clock: Nobody had scheduled the post-incident review of *${id}*. Schedule it ${by}.`;
  return `:alarm_clock: The post-incident review of *${id}* begins; ${user(who)} runs it. \`/incident postmortem ${id}\` has what the record says.`;
}

function standing({ id }: Incident, { scheduled, done }: Review, record: IncidentRecord): KnownBlock[] {
  if (done !== undefined) return [sinceThen(`${user(done.by)} said that it was held`)];
  if (scheduled === undefined) return [actions('review', [button('Schedule review', 'incident.review', id, { style: 'primary' })])];
  // That it begins was said because it was scheduled for then: only another time is news.
  const begun = record.type === 'review.reminded' && record.data.who === scheduled.who && scheduled.at <= Date.parse(record.time);
  return [
    ...(begun ? [] : [sinceThen(`it is scheduled for ${when(scheduled.at, 'in-sentence')}; ${user(scheduled.who)} runs it`)]),
    actions('review', [button('Review held', 'incident.review.done', id), button('Move it', 'incident.review', id)]),
  ];
}

/** True when there is nothing more to decide about the review. */
export function isReviewFinal({ review }: Incident): boolean {
  return review === undefined || review.done !== undefined;
}

/** The review was not scheduled, or nobody said that it was held. `due`: ms. */
export function reviewMissed({ id, review }: Incident, due: number): Message {
  const scheduled = review?.scheduled !== undefined;
  const text = `Breach: the review of ${id} was not ${scheduled ? 'held' : 'scheduled'} in time`;
  const next = scheduled ? 'If it was held: `/incident review done`.' : 'Schedule it now.';
  return message(text, [
    section(
      `:rotating_light: *Breach*: the post-incident review of ${id} was not ${scheduled ? 'held' : 'scheduled'}; it was due ${when(due, 'in-sentence')}. It is recorded. ${next}`,
    ),
    actions('review-missed', [
      ...(scheduled ? [button('Review held', 'incident.review.done', id)] : []),
      button(scheduled ? 'Move it' : 'Schedule review', 'incident.review', id),
    ]),
  ]);
}

/** When, and who. The time is in the reader's own zone. */
export function reviewModal(incident: Incident, by: string): ModalView {
  const scheduled = incident.review?.scheduled;
  return modal('incident.review', 'Schedule the review', 'Schedule', { incident: incident.id }, [
    about(incident),
    {
      type: 'input',
      block_id: 'when',
      label: plainText('When?', 100),
      element: {
        type: 'datetimepicker',
        action_id: 'value',
        ...(scheduled === undefined ? {} : { initial_date_time: Math.floor(scheduled.at / 1_000) }),
      },
    },
    {
      type: 'input',
      block_id: 'user',
      label: plainText('Who runs it?', 100),
      element: { type: 'users_select', action_id: 'value', initial_user: scheduled?.who ?? by, placeholder: plainText('Choose a person', 150) },
    },
  ]);
}
