import { type Incident, isIn } from '../../../domain/incident/incident.ts';
import type { DRILL_COURSE_DATA } from '../../../domain/records/data/drill-course.ts';
import {
  ASK_APPROVERS,
  DIAGNOSIS,
  DRILL_NOTE,
  PACK,
  RECURRENCE,
  REMEDY,
  REVERT,
  ROOM,
  ROOM_CALL,
  ROOM_CANVAS,
  ROOM_INVITE,
  ROOM_TOPIC,
  UNDELIVERED,
} from '../../run-kinds.ts';
import { type Notice, starting } from '../notice.ts';
import type { NoticesOf, Tell } from './tell.ts';

export const DRILL_NOTICES: NoticesOf<keyof typeof DRILL_COURSE_DATA> = {
  'drill.judged': ({ data }, tell) => [tell.inRoom('drill-judged'), noted(tell, data.held)],
};

/** That a drill began (`null`) or is over stands in `system`, from which it follows when the next one is due. */
export function noted({ incident, key }: Tell, held: boolean | null): Notice {
  return starting(key('note'), DRILL_NOTE.with({ incident: incident.id, held }));
}

/** What a drill sets going: an allow-list, so that whatever else reaches people, now or later, has no part in one. */
const INSIDE: ReadonlySet<string> = new Set(
  [ROOM, ROOM_INVITE, ROOM_TOPIC, ROOM_CALL, ROOM_CANVAS, UNDELIVERED, DIAGNOSIS, ASK_APPROVERS, REMEDY, REVERT, RECURRENCE, PACK, DRILL_NOTE].map(
    ({ kind }) => kind,
  ),
);
/** What is said of an incident that begins or ends: a drill says it in its own words. */
const OF_INCIDENTS: ReadonlySet<string> = new Set(['welcome', 'milestone', 'review']);

/**
 * Whether something may follow from a record of a drill: what stays in its own channel, and what is for somebody who is in it. It holds for every
 * type of record, so that one that is added later reaches nobody either.
 */
export function staysInDrill(notice: Notice, incident: Incident): boolean {
  if (notice.kind === 'signal') return true;
  if (notice.kind === 'run') return INSIDE.has(notice.run);
  if (OF_INCIDENTS.has(notice.template)) return false;
  const { to } = notice;
  if (to.kind === 'channel') return to.channel === incident.room?.channel;
  // The channel reads every entry of the timeline: nobody needs it by themselves as well.
  return to.kind !== 'person' || (notice.template !== 'event' && isIn(incident, to.user));
}
