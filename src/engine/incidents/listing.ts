import type { TocsinError } from '../../domain/errors.ts';
import { type Incident, isOpen } from '../../domain/incident/incident.ts';
import type { IncidentIndex, Store } from '../../ports/store.ts';

export interface ListingDeps {
  readonly store: Pick<Store, 'incidents'>;
  readonly find: (id: string) => Promise<Incident | null>;
  /** Alarms that something in the database was not written by Tocsin, and returns the error to throw. */
  readonly wrong: (stream: string, what: string) => TocsinError;
}

/** Which incidents are meant, as the index knows them. */
export type IncidentFilter = Parameters<Store['incidents']>[0];

/** How often an incident that changes while it is looked at is looked at again. */
const LOOKS = 5;

/**
 * Incidents that the index finds, the newest first, each as its sealed state says. The index has no seal: whoever holds the database could make a room
 * mean another incident. @throws TocsinError `database-altered` when the two do not agree
 */
export function createListing({ store, find, wrong }: ListingDeps): (filter: IncidentFilter) => Promise<readonly Incident[]> {
  async function believed(row: IncidentIndex, filter: IncidentFilter): Promise<Incident | null> {
    let index: IncidentIndex | undefined = row;
    let seen = -1;
    for (let look = 0; look < LOOKS; look++) {
      const state = await find(row.id);
      if (index === undefined) return null;
      if (state !== null && agree(index, state)) return state;
      // Both are written in one transaction: what stands between two equal states and does not agree was not written by it.
      const seq = state?.seq ?? 0;
      if (seq === seen) throw wrong(row.id, `The index row of ${row.id}`);
      seen = seq;
      index = (await store.incidents(filter)).find(({ id }) => id === row.id);
    }
    return find(row.id);
  }

  return async (filter) => {
    const found = await Promise.all((await store.incidents(filter)).map((row) => believed(row, filter)));
    return found.filter((incident): incident is Incident => incident !== null);
  };
}

/** A room in a thread, or in the channel of all incidents, is not in the index. */
function agree(index: IncidentIndex, state: Incident): boolean {
  if (index.channel !== null && (index.channel !== state.room?.channel || state.room.threadTs !== null)) return false;
  return index.private === state.private && index.status === state.status && index.open === isOpen(state) && index.service === state.service;
}
