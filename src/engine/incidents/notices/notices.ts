import type { RecordOf } from '../../../domain/incident/events.ts';
import type { Incident } from '../../../domain/incident/incident.ts';
import type { NOTICE_DATA } from '../../../domain/records/data/notices.ts';
import { NOTICE_MAIL, NOTICE_PAGE } from '../../run-kinds.ts';
import { type Destination, type Notice, starting } from '../notice.ts';
import { type NoticesOf, ROOM_OF_INCIDENT, saidInRoom, type Tell } from './tell.ts';

export const CUSTOMER_NOTICES: NoticesOf<keyof typeof NOTICE_DATA> = {
  'notice.offered': (_, { incident, message }) => [message('notice-owed', dutyOf(incident))],
  'notice.reminded': (_, { incident, message, inRoom }) => {
    const duty = dutyOf(incident);
    return [message('notice-owed', duty, 'notice-owed:person'), ...(duty.kind === 'room' ? [] : [inRoom('notice-owed')])];
  },
  'notice.due': goesOut,
  // Who heard that it is not out hears that it is; of what a person did, the room hears.
  'notice.published': ({ data }, { inRoom }) => (data.late_ms === undefined && data.place !== 'hand' ? [] : [inRoom('event')]),
  'notice.failed': saidInRoom,
};

/** One run for each place: one that is away keeps no other waiting. */
function goesOut({ data: { plan, digest, to } }: RecordOf<'notice.due'>, { incident, key, inRoom }: Tell): readonly Notice[] {
  const about = { incident: incident.id, plan, digest };
  return [
    inRoom(to.includes('hand') ? 'notice-by-hand' : 'event'),
    ...(to.includes('customers') ? [starting(key('customers'), NOTICE_MAIL.with(about))] : []),
    ...(to.includes('status-page') ? [starting(key('status-page'), NOTICE_PAGE.with(about))] : []),
  ];
}

/** Who owes the notice: who speaks for the incident, else the commander, else whoever reads the room. */
function dutyOf({ roles }: Incident): Destination {
  const user = roles.communications ?? roles['incident-commander'];
  return user === undefined ? ROOM_OF_INCIDENT : { kind: 'person', user };
}
