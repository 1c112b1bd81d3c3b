import type { Incident } from '../src/domain/incident/incident.ts';
import type { Place } from '../src/engine/run-kinds.ts';
import type { Request } from './command.ts';

/** Where the answer of a run goes that belongs to no incident: the channel, or the person when they asked in private. */
export function placeOf(request: Request): Place {
  const { channel, person } = request;
  return channel === null || channel.startsWith('D') ? { kind: 'person', user: person.id } : { kind: 'channel', channel };
}

/** The incident that a look at a service belongs to; `null` for one of another service, whose people and record have nothing to do with it. */
export function incidentOfService({ incident }: Request, service: string): Incident | null {
  return incident?.service === service ? incident : null;
}

/** Whether this was asked in the room of an incident of another service, which is not the incident that is meant. */
export function isElsewhere({ incident, channel }: Request, service: string): boolean {
  return incident !== null && incident.service !== service && incident.room !== null && incident.room.channel === channel;
}
