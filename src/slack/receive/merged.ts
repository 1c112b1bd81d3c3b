import { note } from '../../../blocks/replies.ts';
import type { Answer } from '../../../commands/command.ts';
import type { PersonCommand } from '../../domain/incident/commands.ts';
import type { Incident } from '../../domain/incident/incident.ts';
import type { Incidents } from '../../engine/incidents/incidents.ts';

type Asked = NonNullable<Answer['asks']>[number];

/** What people still say where a merged incident was: it belongs to the one that work goes on in. */
const TAKEN_ALONG: ReadonlySet<PersonCommand['type']> = new Set(['add-note', 'pin-message', 'change-impact']);

/**
 * What is asked of a merged incident, asked of its survivor. A merge is for ever, so it is looked up outside of any transaction. `here`: the incident that
 * is known already.
 */
export async function toSurvivor(incidents: Pick<Incidents, 'find'>, asked: Asked, here: Incident | null): Promise<Asked> {
  if (!TAKEN_ALONG.has(asked.ask.type)) return asked;
  let id = asked.incident;
  for (;;) {
    const into = (id === here?.id ? here : await incidents.find(id))?.mergedInto ?? null;
    if (into === null) return id === asked.incident ? asked : { ...asked, incident: id };
    id = into;
  }
}

/** Where it went, for whoever said it: they see nothing of it where they are. `null` when it stayed. */
export function sayTakenAlong(from: readonly Asked[], to: readonly Asked[]) {
  for (const [i, { incident }] of from.entries()) {
    const into = to[i]?.incident ?? incident;
    if (into !== incident) return note(`${incident} was merged into *${into}*: that is on its timeline now.`);
  }
  return null;
}
