import type { IncidentRecord } from '../../domain/incident/events.ts';
import { type Incident, isOpen, pagedSince } from '../../domain/incident/incident.ts';
import type { Store } from '../../ports/store.ts';

/** Why somebody is escalated to because nobody has acknowledged. */
const UNACKNOWLEDGED: ReadonlySet<string> = new Set(['acknowledgement', 'time', 'unreached']);

/**
 * Whether a page no longer counts: the incident is over, or it was opened again since, and then calls people anew. What is escalated for another
 * reason, such as a revert that fails, counts whatever the incident's status.
 */
export async function isPageOver(store: Store, incident: Incident, seq: number): Promise<boolean> {
  const [record] = (await store.records(incident.id, { from: seq, to: seq })) as IncidentRecord[];
  if (record === undefined || (record.type === 'incident.escalated' && !UNACKNOWLEDGED.has(record.data.cause))) return false;
  return !isOpen(incident) || Date.parse(record.time) < pagedSince(incident);
}
