import type { TocsinError } from '../../domain/errors.ts';
import { type Incident, isOpen } from '../../domain/incident/incident.ts';
import type { IncidentFilter, IncidentIndex, Store, StreamHead } from '../../ports/store.ts';

export interface ListingDeps {
  readonly store: Pick<Store, 'incidents' | 'heads'>;
  /** The incident of a head. */
  readonly incidentOf: (head: StreamHead) => Promise<Incident | null>;
  readonly find: (id: string) => Promise<Incident | null>;
  /** Alarms that something in the database was not written by Tocsin, and returns the error to throw. */
  readonly wrong: (stream: string, what: string) => TocsinError;
}

/** How many are read at once: their states are a few kB each. */
const AT_ONCE = 500;

/** How often an incident that changes while it is looked at is looked at again. */
const LOOKS = 5;

/**
 * Incidents that the index finds, the newest first, each as its sealed state says. The index has no seal: whoever holds the database could make a room
 * mean another incident. @throws TocsinError `database-altered` when the two do not agree
 */
export function createListing({ store, find, incidentOf, wrong }: ListingDeps): (filter: IncidentFilter) => Promise<readonly Incident[]> {
  /** By two statements, unless an incident changed between them: that one is looked at by itself. */
  async function together(rows: readonly IncidentIndex[], filter: IncidentFilter): Promise<readonly (Incident | null)[]> {
    const heads = new Map((await store.heads(rows.map(({ id }) => id))).map((head) => [head.stream, head]));
    return Promise.all(
      rows.map(async (row) => {
        const head = heads.get(row.id);
        const state = head === undefined ? null : await incidentOf(head);
        return state !== null && agree(row, state) ? state : believed(row, filter);
      }),
    );
  }

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
    const rows = await store.incidents(filter);
    const found: Incident[] = [];
    for (let from = 0; from < rows.length; from += AT_ONCE)
      for (const incident of await together(rows.slice(from, from + AT_ONCE), filter)) if (incident !== null) found.push(incident);
    return found;
  };
}

/** A room in a thread, or in the channel of all incidents, is not in the index. */
function agree(index: IncidentIndex, state: Incident): boolean {
  if (index.channel !== null && (index.channel !== state.room?.channel || state.room.threadTs !== null)) return false;
  return index.private === state.private && index.status === state.status && index.open === isOpen(state) && index.service === state.service;
}
