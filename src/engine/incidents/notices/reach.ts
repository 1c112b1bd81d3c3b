import type { REACH_DATA } from '../../../domain/records/data/reach.ts';
import { isKeptOut } from '../../../domain/records/reach.ts';
import { ROOM, ROOM_ARCHIVE, UNDELIVERED } from '../../run-kinds.ts';
import { starting } from '../notice.ts';
import { alertsRun, card, invite } from './calling.ts';
import type { NoticesOf } from './tell.ts';

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
  'room.created': ({ data }, { incident, inRoom, key }) => [
    ...(data.thread_ts === null ? [card(incident.id, data.channel)] : []),
    inRoom('welcome'),
    ...(incident.drill === undefined ? [] : [inRoom('drill')]),
    invite(key('invite'), incident.id),
    alertsRun(key('alerts'), incident.id),
  ],
  'room.archive-due': ({ data }, { incident, key }) => [starting(key('archive'), ROOM_ARCHIVE.with({ incident: incident.id, channel: data.channel }))],
  'room.archived': ({ outcome }, { inRoom }) => (outcome === 'failed' ? [inRoom('event')] : []),
  'room.lost': ({ data }, { incident, key, elsewhere }) => [
    starting(key('room'), ROOM.with({ incident: incident.id, lost: { channel: data.channel, reason: data.reason } })),
    ...elsewhere('room-lost'),
  ],
  'message.failed': ({ data }, { incident, key }) => [
    starting(key('undelivered'), UNDELIVERED.with({ incident: incident.id, key: data.key, error: data.error })),
  ],
};
