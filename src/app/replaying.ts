import { evolve } from '../domain/incident/evolve.ts';
import type { Incident } from '../domain/incident/incident.ts';
import { readBack } from '../domain/json.ts';
import type { Json, StoredRecord } from '../domain/record.ts';
import { fitting, fittingSystem } from '../domain/records/fits.ts';
import { SYSTEM_STREAM } from '../domain/streams.ts';
import { storedState } from '../engine/incidents/incidents.ts';
import { systemAfter } from '../engine/system-state.ts';

/**
 * The state of a stream after a record that was read back, as the database keeps it; `null` for streams that keep none.
 * @throws TocsinError `record-too-new`
 */
export function stateAfter(stream: string, state: Json | null, record: StoredRecord): Json | null {
  if (stream === SYSTEM_STREAM) return systemAfter(state, fittingSystem(record));
  if (!isIncident(stream)) return null;
  const next = evolve(incidentOf(state), fitting(record));
  return next === null ? null : storedState(next);
}

export function incidentOf(state: Json | null): Incident | null {
  return state === null ? null : readBack<{ incident: Incident }>(state).incident;
}

export function isIncident(stream: string): boolean {
  return /^(?:INC|DRL)-/.test(stream);
}
