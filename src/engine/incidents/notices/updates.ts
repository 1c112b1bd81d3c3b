import type { Incident } from '../../../domain/incident/incident.ts';
import type { UPDATE_DATA } from '../../../domain/records/data/updates.ts';
import type { Destination } from '../notice.ts';
import { type NoticesOf, ROOM_OF_INCIDENT, saidInRoom } from './tell.ts';

export const UPDATE_NOTICES: NoticesOf<keyof typeof UPDATE_DATA> = {
  'update.offered': (_, { incident, message }) => [message('update-draft', dutyOf(incident))],
  'update.reminded': (_, { incident, message, inRoom }) => {
    const duty = dutyOf(incident);
    return [message('update-reminder', duty, 'update-reminder:person'), ...(duty.kind === 'room' ? [] : [inRoom('update-reminder')])];
  },
  'update.posted': (_, { inRoom, outsideRoom }) => [inRoom('update'), ...outsideRoom('update')],
  'update.snoozed': saidInRoom,
  'breach.recorded': (_, { inRoom }) => [inRoom('breach')],
};

/** Who owes the update: the commander, else communications, else whoever reads the room. */
function dutyOf({ roles }: Incident): Destination {
  const user = roles['incident-commander'] ?? roles.communications;
  return user === undefined ? ROOM_OF_INCIDENT : { kind: 'person', user };
}
