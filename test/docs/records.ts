import { RECORD_TYPES } from '../../src/domain/records/record-types.ts';
import { LOG_DATA, SYSTEM_DATA } from '../../src/evidence/system-records.ts';

/** Every record type that Tocsin writes, with the names of its data. */
export function recordTypes(): Map<string, readonly string[]> {
  const system = Object.entries({ ...SYSTEM_DATA, ...LOG_DATA }).map(([type, { shape }]) => [type, Object.keys(shape)] as const);
  // An incident's stream says what an alert, a diagnosis and a refusal are when they come; that is what the page shows.
  const incident = Object.entries(RECORD_TYPES).map(([type, { data }]) => [type, Object.keys(data.shape)] as const);
  return new Map([...system, ...incident]);
}
