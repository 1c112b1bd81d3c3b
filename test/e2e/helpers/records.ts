import type { IncidentRecord } from '../../../src/domain/incident/events.ts';
import type { World } from './world.ts';

/** The records of an incident, oldest first. */
export async function recordsOf(world: World, id: string): Promise<IncidentRecord[]> {
  return (await world.tocsin.store.records(id)) as IncidentRecord[];
}

/** The newest record of a type. */
export async function newest<T extends IncidentRecord['type']>(
  world: World,
  id: string,
  type: T,
): Promise<Extract<IncidentRecord, { type: T }> | undefined> {
  return (await recordsOf(world, id)).findLast((record): record is Extract<IncidentRecord, { type: T }> => record.type === type);
}
