import type { RecordOf } from '../../../domain/incident/events.ts';
import type { Incident } from '../../../domain/incident/incident.ts';
import type { REACH_DATA } from '../../../domain/records/data/reach.ts';
import { isKeptOut } from '../../../domain/records/reach.ts';
import { EARLIER, ROOM, ROOM_ARCHIVE, UNDELIVERED } from '../../run-kinds.ts';
import { type Notice, starting } from '../notice.ts';
import { alertsRun, card, invite } from './calling.ts';
import { reviewAccess } from './review.ts';
import type { NoticesOf, Tell } from './tell.ts';

/** What its first room is told of the incidents before it, once. */
function earlier({ id, reopened }: Incident): readonly Notice[] {
  return reopened > 0 ? [] : [starting(`${id}:earlier`, EARLIER.with({ incident: id }))];
}

function createdRoom(data: RecordOf<'room.created'>['data'], tell: Tell): readonly Notice[] {
  const { incident, inRoom, key } = tell;
  return [
    ...(data.thread_ts === null ? [card(incident.id, data.channel)] : []),
    inRoom('welcome'),
    ...(incident.drill === undefined ? earlier(incident) : [inRoom('drill')]),
    invite(key('invite'), incident.id),
    alertsRun(key('alerts'), incident.id),
    ...reviewAccess(tell),
  ];
}

export const REACH_NOTICES: NoticesOf<keyof typeof REACH_DATA> = {
  // In a room that exists already those who are called are brought in; a new one brings in all of them.
  'people.called': ({ data, outcome }, { incident, inRoom, key }) => [
    ...(outcome === 'done' ? [] : [inRoom('unreached')]),
    ...(incident.room === null || data.users.length === 0 ? [] : [invite(key('invite'), incident.id, data.users)]),
  ],
  'person.reached': ({ data }, { inRoom, elsewhere }) => {
    if (isKeptOut(data)) return [inRoom('event')];
    return data.way === null ? [inRoom('unreached'), ...elsewhere('unreached')] : [];
  },
  'person.mailed': () => [],
  'room.created': ({ data }, tell) => createdRoom(data, tell),
  'room.archive-due': ({ data }, { incident, key }) => [
    starting(key('archive'), ROOM_ARCHIVE.with({ incident: incident.id, channel: data.channel })),
  ],
  'room.archived': ({ outcome }, { inRoom }) => (outcome === 'failed' ? [inRoom('event')] : []),
  'room.lost': ({ data }, { incident, key, elsewhere }) => [
    starting(key('room'), ROOM.with({ incident: incident.id, lost: { channel: data.channel, reason: data.reason } })),
    ...elsewhere('room-lost'),
  ],
  'message.failed': ({ data }, { incident, key }) => [
    starting(key('undelivered'), UNDELIVERED.with({ incident: incident.id, key: data.key, error: data.error })),
  ],
};
