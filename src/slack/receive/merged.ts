import type { IncidentAsk } from '../../../commands/command.ts';
import type { PersonCommand } from '../../domain/incident/commands.ts';
import { HIDDEN_INCIDENT, type Incident } from '../../domain/incident/incident.ts';
import type { Incidents } from '../../engine/incidents/incidents.ts';
import type { Origin } from './origin.ts';

/** Buttons that do something about a change: it may still be put back, whatever its incident was merged into. */
const ABOUT_CHANGES = /^plan\./;

/** Finds an incident that a person may see; `null` when there is none. */
type Look = (id: string) => Promise<Incident | null>;

/** Whether what somebody asks is a button of an incident that ended in another one: its messages stay, its work is elsewhere. */
export function isButtonOfMerged(origin: Origin, incident: Incident | null): boolean {
  return incident !== null && incident.mergedInto !== null && origin.kind === 'button' && !ABOUT_CHANGES.test(origin.action);
}

/** Where a merged incident went, in the end, with the way there. */
export async function sayWhereItWent({ id, mergedInto }: Incident, look: Look): Promise<string> {
  let survivor = mergedInto ?? id;
  let seen = await look(survivor);
  while (seen !== null && seen.mergedInto !== null) {
    survivor = seen.mergedInto;
    seen = await look(survivor);
  }
  const where = seen?.room ? ` in <#${seen.room.channel}>` : '';
  return `*${id}* was merged into ${seen === null ? HIDDEN_INCIDENT : `*${survivor}*`}: work continues there${where}. \`/incident timeline ${id}\` shows what happened before.`;
}

/** What people still say where a merged incident was: it belongs to the one that work goes on in. */
const TAKEN_ALONG: ReadonlySet<PersonCommand['type']> = new Set(['add-note', 'pin-message', 'change-impact']);

/**
 * What is asked of a merged incident, asked of its survivor. A merge is for ever, so it is looked up outside of any transaction. `here`: the incident that
 * is known already.
 */
export async function toSurvivor(incidents: Pick<Incidents, 'find'>, asked: IncidentAsk, here: Incident | null): Promise<IncidentAsk> {
  if (!TAKEN_ALONG.has(asked.ask.type) || asked.target.kind !== 'incident') return asked;
  const first = asked.target.id;
  let id = first;
  for (;;) {
    const into = (id === here?.id ? here : await incidents.find(id))?.mergedInto ?? null;
    if (into === null) return id === first ? asked : { ...asked, target: { kind: 'incident', id } };
    id = into;
  }
}

/** Where it went, for whoever said it: they see nothing of it where they are. `null` when it stayed. */
export async function sayTakenAlong(from: readonly IncidentAsk[], to: readonly IncidentAsk[], look: Look): Promise<string | null> {
  for (const [i, { target }] of from.entries()) {
    const there = to[i]?.target ?? target;
    if (target.kind !== 'incident' || there.kind !== 'incident') continue;
    const [incident, into] = [target.id, there.id];
    if (into !== incident)
      return `${incident} was merged into ${(await look(into)) === null ? HIDDEN_INCIDENT : `*${into}*`}: that is on its timeline now.`;
  }
  return null;
}
