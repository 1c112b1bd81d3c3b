import { ownChannelOf } from '../../../domain/incident/incident.ts';
import { channelToOpen, isAskedAtOnce, lacksCanvas, owedReview, reviewCanvasRunId } from '../../../domain/incident/review.ts';
import type { REVIEW_DATA } from '../../../domain/records/data/review.ts';
import { REVIEW_ACCESS, REVIEW_CANVAS } from '../../run-kinds.ts';
import { type Notice, starting } from '../notice.ts';
import { toPerson } from './asking.ts';
import { type NoticesOf, saidInRoom, type Tell } from './tell.ts';
import { turning } from './tracking.ts';

export const REVIEW_NOTICES: NoticesOf<keyof typeof REVIEW_DATA> = {
  'follow-up.done': ({ data }, tell) => [tell.inRoom('event'), ...turning(data, tell)],
  'follow-up.undone': ({ data }, tell) => [tell.inRoom('event'), ...turning(data, tell)],
  'follow-up.overdue': ({ data, actor }, tell) => [tell.inRoom('event'), ...toPerson(data.owner, actor.id, tell)],
  'review.scheduled': ({ data, actor }, tell) => [
    tell.inRoom('event'),
    ...toPerson(data.who, actor.id, tell),
    ...(tell.incident.status === 'closed' ? reviewCanvas(tell) : []),
  ],
  'review.reminded': ({ data, actor }, tell) => [tell.inRoom('review'), ...toPerson(data.who, actor.id, tell), ...reviewCanvas(tell)],
  'review.done': saidInRoom,
  'review.drafted': (_, tell) => [...(isReviewShown(tell) ? [] : [tell.inRoom('event')]), ...reviewAccess(tell)],
};

/**
 * The review is due, so its draft is put where people write it together: when the incident is closed, or when the review is asked for again or begins before
 * that. Only in a channel of the incident's own, where its service wants canvases; a drill is no incident, and has none.
 */
export function reviewCanvas({ incident, channels }: Tell): readonly Notice[] {
  if (!lacksCanvas(incident)) return [];
  if (channels.canvas !== true || ownChannelOf(incident) === null) return [];
  return [starting(reviewCanvasRunId(incident), REVIEW_CANVAS.with({ incident: incident.id }))];
}

/** The incident meets in a channel that may not yet write in the canvas of its review, because it has moved. */
export function reviewAccess({ incident, key }: Tell): readonly Notice[] {
  const open = channelToOpen(incident);
  return open === null ? [] : [starting(key('review-access'), REVIEW_ACCESS.with({ incident: incident.id, channel: open.channel }))];
}

/** Whether the room has a message about the review that is still edited: that one says where the draft is. */
function isReviewShown({ incident }: Tell): boolean {
  const { review } = incident;
  if (review === undefined || review.done !== undefined) return false;
  // Where none was owed, nobody was asked for it.
  return review.reminded === true || (isAskedAtOnce(incident) && owedReview(incident, review.since) !== null);
}
