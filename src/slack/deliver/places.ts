import type { Incident } from '../../domain/incident/incident.ts';
import { destinationOf } from '../../engine/incidents/destination.ts';
import type { Destination } from '../../engine/incidents/notice.ts';
import { nextLook } from '../../lib/next-look.ts';
import { RetryLater } from '../../ports/queue.ts';
import type { Store } from '../../ports/store.ts';
import type { People } from '../people.ts';

/** How long (ms) a message waits for its incident's room: at first, and at most. */
const ROOM_WAIT = 250;
const ROOM_WAIT_MOST = 2_000;

/** A place in Slack. */
export interface DeliveryPlace {
  readonly channel: string;
  readonly threadTs: string | null;
}

export interface PlaceDeps {
  readonly store: Store;
  readonly people: Pick<People, 'directMessage'>;
}

/** Finds where in Slack a message goes now; `null` where there is no such place any more. @throws RetryLater while there is none yet */
export function placeFinder(deps: PlaceDeps): (to: Destination, incident: Incident | null) => Promise<DeliveryPlace | null> {
  const { store, people } = deps;

  return async function placeOf(to, incident) {
    if (to.kind === 'channel') return { channel: to.channel, threadTs: null };
    if (to.kind === 'person') return { channel: await people.directMessage(to.user), threadTs: null };
    const under = to.kind === 'under' ? await threadOf(to.message, incident) : null;
    // Outside of an incident there is no other place: what it would stand under was refused, and so is this.
    if (under !== null || (to.kind === 'under' && incident === null)) return under;
    if (incident === null) throw new RetryLater(ROOM_WAIT);
    if (incident.room === null) {
      const waited = (await store.now()) - incident.milestones.declared;
      throw new RetryLater(nextLook(waited, ROOM_WAIT, ROOM_WAIT_MOST));
    }
    return incident.room;
  };

  /**
   * The thread of another message, once that is there; `null` where there is none: it was never posted, or its room is another by now. A room
   * that is a thread itself has no threads within it.
   */
  async function threadOf(key: string, incident: Incident | null): Promise<DeliveryPlace | null> {
    const parent = await store.message(key);
    if (parent === null || parent.state === 'failed') return null;
    const { channel, ts, state } = parent;
    if (state !== 'sent' || channel === null || ts === null) throw new RetryLater(ROOM_WAIT);
    const room = destinationOf(parent)?.kind === 'room' ? (incident?.room ?? null) : null;
    if (room === null || room.channel !== channel) return room === null ? { channel, threadTs: ts } : null;
    return { channel, threadTs: room.threadTs ?? ts };
  }
}
