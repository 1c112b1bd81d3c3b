import { nearest } from '../lib/suggest.ts';
import type { Incident } from './incident/incident.ts';

/** That there is no such incident, with the nearest of those that the reader may see. */
export function sayNoIncident(id: string, known: readonly Pick<Incident, 'id'>[]): string {
  const near = nearest(
    id,
    known.map((one) => one.id),
  );
  const meant = near === null ? '' : ` Did you mean \`${near}\`?`;
  return `There is no incident ${id}.${meant} \`/incident list\` shows the open ones.`;
}
