import type { KnownBlock } from '@slack/types';
import { checklistOf, isDone, type ListedItem, type Sign } from '../src/domain/incident/checklist.ts';
import type { Incident } from '../src/domain/incident/incident.ts';
import { plural } from '../src/lib/plural.ts';
import { button, context, type Message, message, section, withButton } from './kit.ts';
import { safe } from './outside.ts';
import { note } from './replies.ts';
import { clamp, user, when } from './text.ts';

/** Characters of what Tocsin sees of an item. */
const SIGN = 200;

/** Every item with its button. */
export function checklist(incident: Incident): Message {
  const items = checklistOf(incident);
  if (items.length === 0) return note('This service has no checklist.');
  const open = items.filter((item) => !isDone(item));
  return message(`${incident.id}: ${plural(open.length, 'open item')}`, [
    section(`*${incident.id}: checklist*, ${sayDone(items)}`),
    ...items.map((item) => line(incident, item)),
  ]);
}

/** The answer to a checklist button: that item as it stands now, and how many are left. */
export function checklistItem(incident: Incident, id: string): Message {
  const items = checklistOf(incident);
  const item = items.find((one) => one.id === id);
  if (item === undefined) return checklist(incident);
  return message(`${incident.id}: ${sayDone(items)}`, [line(incident, item), context(`*${incident.id}: checklist*, ${sayDone(items)}`)]);
}

function line(incident: Incident, item: ListedItem): KnownBlock {
  const done = isDone(item);
  const from = item.runbook === null ? '' : `  _(${safe(item.runbook)})_`;
  return withButton(
    `${done ? ':white_check_mark:' : ':white_large_square:'} ${safe(item.text)}${from}${sayWhy(item)}`,
    button(done ? 'Undo' : 'Done', done ? 'incident.untick' : 'incident.tick', `${incident.id}:${item.id}`),
  );
}

/** Who ticked it, or what Tocsin sees of it; who said that it is not done, where Tocsin sees otherwise. */
function sayWhy({ ticked, unticked, signs }: ListedItem): string {
  if (ticked !== null) return `  _${user(ticked.by)} ${when(ticked.at)}_`;
  if (signs.length === 0) return '';
  const seen = `Tocsin: ${signs.map(saySign).join('; ')}`;
  return unticked === null ? `  _${seen}_` : `  _Not done, says ${user(unticked.by)} ${when(unticked.at)} (${seen})_`;
}

function saySign({ what, at }: Sign): string {
  return `${safe(clamp(what, SIGN))}${at === null ? '' : ` ${when(at)}`}`;
}

function sayDone(items: readonly ListedItem[]): string {
  return `${items.filter(isDone).length} of ${items.length} done`;
}
