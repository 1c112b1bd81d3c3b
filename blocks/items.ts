import type { KnownBlock } from '@slack/types';
import { exampleDay, inOrder, isOverdue, type Numbered } from '../src/domain/incident/follow-ups.ts';
import type { Incident } from '../src/domain/incident/incident.ts';
import { plural } from '../src/lib/plural.ts';
import { sayItem, sayItems } from './item-words.ts';
import { button, context, type Message, message, section, withButton } from './kit.ts';
import { safe } from './outside.ts';
import { note } from './replies.ts';
import { user, when } from './text.ts';

/** A message has 50 blocks at most. */
const SHOWN = 40;

/** Every action item, the overdue ones first and those that are done last, each with its button. */
export function itemList(incident: Incident, now: number): Message {
  const sorted = inOrder(incident, now);
  const how = `\`/incident item add @owner by ${exampleDay(incident, now)} text\` adds one.`;
  if (sorted.length === 0) return note(`*${incident.id}* has no action items. ${how}`);
  const more = sorted.length - SHOWN;
  return message(`${incident.id}: ${sayItems(incident, now)}`, [
    section(`*${incident.id}: action items*, ${sayItems(incident, now)}`),
    ...sorted.slice(0, SHOWN).map((item) => line(incident, item, now)),
    context(more > 0 ? `${plural(more, 'more item')} ${more === 1 ? 'is' : 'are'} in the post-mortem: \`/incident postmortem\`.` : how),
  ]);
}

function line(incident: Incident, item: Numbered, now: number): KnownBlock {
  if (item.done !== undefined)
    return section(
      `:white_check_mark: ${sayItem(item, incident, now)}  _${item.done.there === undefined ? user(item.done.by) : safe(item.done.there)} ${when(item.done.at, 'in-sentence')}_`,
    );
  return withButton(`:white_large_square: ${sayItem(item, incident, now)}`, button('Done', 'incident.item.done', `${incident.id}:${item.number}`));
}

/** The overdue items of several incidents, the longest overdue first. */
export function overdueList(incidents: readonly Incident[], now: number): Message {
  const late = incidents.flatMap((incident) =>
    inOrder(incident, now)
      .filter((item) => isOverdue(item, incident, now))
      .map((item) => ({ incident, item })),
  );
  if (late.length === 0) return note('No action item is overdue.');
  const sorted = late.toSorted((a, b) => (a.item.due ?? '').localeCompare(b.item.due ?? ''));
  const more = sorted.length - SHOWN;
  const [first] = sorted;
  const count = `${plural(late.length, 'action item')} ${late.length === 1 ? 'is' : 'are'} overdue`;
  return message(count, [
    section(`*${count}*`),
    ...sorted.slice(0, SHOWN).map(({ incident, item }) => section(`*${incident.id}* ${sayItem(item, incident, now)}`)),
    context(
      more > 0
        ? `${plural(more, 'more item')} ${more === 1 ? 'is' : 'are'} overdue. Finish some of these, then look again.`
        : `\`/incident item ${first?.incident.id ?? ''} done ${first?.item.number ?? ''}\` says that the first one is done.`,
    ),
  ]);
}
