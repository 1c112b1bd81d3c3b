import type { Incident } from '../src/domain/incident/incident.ts';
import type { LookUp, Request } from './command.ts';

/** What stands for an incident's id where there is none to name. */
const NO_ID = 'ID';

/** Among how many open incidents one is looked for. */
const NEWEST = 40;

/**
 * An incident's id for an example: one that can be typed now. `except`: the one that is not meant; `fits`: whether one can be meant. `null` while there is
 * none.
 */
export async function exampleIncident(look: LookUp, except: Incident | null = null, fits?: (incident: Incident) => boolean): Promise<string | null> {
  // Where any would do, one of two is not the one that is not meant.
  const open = await look.openIncidents(fits === undefined ? 2 : NEWEST);
  return open.find((incident) => incident.id !== except?.id && fits?.(incident) !== false)?.id ?? null;
}

/** The same for help, which shows where the id stands even while there is no incident. Guests hear of none. */
export async function idForHelp({ person }: Request, look: LookUp): Promise<string> {
  return (person.trusted ? await exampleIncident(look) : null) ?? NO_ID;
}
