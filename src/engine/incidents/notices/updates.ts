import { type Incident, isOpen } from '../../../domain/incident/incident.ts';
import type { Breach, UPDATE_DATA } from '../../../domain/records/data/updates.ts';
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
  // Who is called for it is told with it: one moment is one message. Where nobody is, it is a message of its own.
  'breach.recorded': ({ data }, { incident, inRoom }) => (isCalledFor(data, incident) ? [] : [inRoom('breach')]),
};

/** Whether the next in line is called for a breach; a drill calls nobody. */
function isCalledFor({ target }: Breach, incident: Incident): boolean {
  return target !== 'review' && incident.drill === undefined && isOpen(incident);
}

/** Who owes the update: the commander, else communications, else whoever reads the room. */
function dutyOf({ roles }: Incident): Destination {
  const user = roles['incident-commander'] ?? roles.communications;
  return user === undefined ? ROOM_OF_INCIDENT : { kind: 'person', user };
}
