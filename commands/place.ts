import type { Place } from '../src/engine/run-kinds.ts';
import type { Request } from './command.ts';

/** Where the answer of a run goes that belongs to no incident: the channel, or the person when they asked in private. */
export function placeOf(request: Request): Place {
  const { channel, person } = request;
  return channel === null || channel.startsWith('D') ? { kind: 'person', user: person.id } : { kind: 'channel', channel };
}
