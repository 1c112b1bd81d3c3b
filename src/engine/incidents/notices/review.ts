import type { REVIEW_DATA } from '../../../domain/records/data/review.ts';
import { toPerson } from './asking.ts';
import { type NoticesOf, saidInRoom } from './tell.ts';
import { turning } from './tracking.ts';

export const REVIEW_NOTICES: NoticesOf<keyof typeof REVIEW_DATA> = {
  'follow-up.done': ({ data }, tell) => [tell.inRoom('event'), ...turning(data, tell)],
  'follow-up.undone': ({ data }, tell) => [tell.inRoom('event'), ...turning(data, tell)],
  'follow-up.overdue': ({ data, actor }, tell) => [tell.inRoom('event'), ...toPerson(data.owner, actor.id, tell)],
  'review.scheduled': ({ data, actor }, tell) => [tell.inRoom('event'), ...toPerson(data.who, actor.id, tell)],
  'review.reminded': ({ data, actor }, tell) => [tell.inRoom('review'), ...toPerson(data.who, actor.id, tell)],
  'review.done': saidInRoom,
};
