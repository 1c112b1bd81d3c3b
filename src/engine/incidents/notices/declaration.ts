import { kindAmong } from '../../../domain/incident/alert-kinds.ts';
import type { RecordOf } from '../../../domain/incident/events.ts';
import { respondersOf } from '../../../domain/incident/line.ts';
import { SECURITY_BREACH } from '../../../domain/incident-type.ts';
import type { DECLARATION_DATA } from '../../../domain/records/data/declaration.ts';
import { ROOM } from '../../run-kinds.ts';
import { hasOwnChannel, type Notice, roomNamed, starting } from '../notice.ts';
import { alertsRun, card, page } from './calling.ts';
import { noted } from './drill.ts';
import { type NoticesOf, ROOM_OF_INCIDENT, recordKey, type Tell } from './tell.ts';

/** What the key of a message about an alert ends with; releases before this one told each alert in the room, by the same key. */
const SAID = 'event';

export const DECLARATION_NOTICES: NoticesOf<keyof typeof DECLARATION_DATA> = {
  'incident.declared': ({ seq }, tell) => [
    ...cards(tell),
    page(tell.key('responders'), tell.incident.id, seq, respondersOf(tell.incident), 'page'),
    ...ownRoom(tell),
    alertsRun(tell.key('alerts'), tell.incident.id),
    ...(tell.incident.drill === undefined ? [] : [noted(tell, null)]),
  ],
  // Whoever takes the command by it is said with that: one click is one line.
  'incident.acknowledged': (_, { incident, inRoom }) => (incident.roles['incident-commander'] === undefined ? [] : [inRoom('event')]),
  'acknowledgement.reminded': (_, { inRoom }) => [inRoom('acknowledgement-reminder')],
  'alert.attached': attached,
};

/** The first alert of each kind is told in the room, by a message that counts the others; each of these is told in its thread, however many they are. */
function attached({ event_id: id, data }: RecordOf<'alert.attached'>, { incident, message }: Tell): readonly Notice[] {
  const first = kindAmong(incident.alerts ?? [], data.title)?.first ?? id;
  return first === id ? [message('alerts', ROOM_OF_INCIDENT, SAID)] : [message('event', { kind: 'under', message: recordKey(first, SAID) }, SAID)];
}

function cards({ incident, channels }: Tell): readonly Notice[] {
  if (incident.private) return incident.type === SECURITY_BREACH && channels.security !== undefined ? [card(incident.id, channels.security)] : [];
  return [...new Set([channels.incidents, channels.updates])].map((channel) => card(incident.id, channel));
}

function ownRoom({ incident, channels, key }: Tell): readonly Notice[] {
  if (!hasOwnChannel(incident, channels)) return [];
  return [starting(key('room'), ROOM.with({ incident: incident.id, ...roomNamed(incident, channels) }))];
}
