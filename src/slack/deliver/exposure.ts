import type { Incident } from '../../domain/incident/incident.ts';

/** What is private is told to nobody whom its people did not invite: not in a room that was made public, or shared, since. */
export function exposureFinder(
  exposureOf: (channel: string) => Promise<string | null>,
): (channel: string, incident: Incident | null) => Promise<string | null> {
  return async (channel, incident) => (incident?.private !== true || channel.startsWith('D') ? null : exposureOf(channel));
}
