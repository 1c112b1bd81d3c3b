import type { Answer } from '../../../commands/command.ts';
import type { PersonCommand } from '../../domain/incident/commands.ts';
import type { Incident } from '../../domain/incident/incident.ts';
import type { Incidents } from '../../engine/incidents/incidents.ts';

type Asked = NonNullable<Answer['asks']>[number];

/** Buttons that do something about a change: it may still be put back, whatever its incident was merged into. */
const ABOUT_CHANGES = /^button plan\./;

/** Finds an incident that a person may see; `null` when there is none. */
type Look = (id: string) => Promise<Incident | null>;

/** Whether what somebody asks is a button of an incident that ended in another one: its messages stay, its work is elsewhere. */
export function isButtonOfMerged(name: string, incident: Incident | null): boolean {
  return incident !== null && incident.mergedInto !== null && name.startsWith('button ') && !ABOUT_CHANGES.test(name);
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
  return `*${id}* was merged into *${survivor}*: work continues there${where}. \`/incident timeline ${id}\` shows what happened before.`;
}

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
export function sayTakenAlong(from: readonly Asked[], to: readonly Asked[]): string | null {
  for (const [i, { incident }] of from.entries()) {
    const into = to[i]?.incident ?? incident;
    if (into !== incident) return `${incident} was merged into *${into}*: that is on its timeline now.`;
  }
  return null;
}
