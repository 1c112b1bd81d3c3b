import type { Incidents } from '../engine/incidents/incidents.ts';
import { type People, readPeople } from '../evidence/pack/people.ts';
import { renderRunbookEntry } from '../evidence/pack/review/runbook-entry.ts';
import type { IncidentEntry } from '../ports/action.ts';
import type { EvidenceStore } from '../ports/evidence.ts';
import type { Store } from '../ports/store.ts';
import { DESCRIBE } from './keeping.ts';

export interface EntryDeps {
  readonly incidents: Pick<Incidents, 'find'>;
  readonly store: Pick<Store, 'records'>;
  readonly evidence: EvidenceStore;
  /** What people are called, by their Slack ids. */
  readonly names: () => People;
}

/** An incident as an entry of a log of incidents, filled from its records. `without`: the runbook whose changes are left out. */
export async function entryOf({ incidents, store, evidence, names }: EntryDeps, id: string, without: string): Promise<IncidentEntry | null> {
  const incident = await incidents.find(id);
  if (incident === null) return null;
  const { people } = await readPeople(evidence);
  const section = renderRunbookEntry(id, await store.records(id), { people: { ...people, ...names() }, describe: DESCRIBE, without });
  return { id, title: incident.title, private: incident.private, section };
}
