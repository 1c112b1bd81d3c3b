import type { KnownBlock } from '@slack/types';
import { type Numbered, numbered } from '../src/domain/incident/follow-ups.ts';
import type { Incident } from '../src/domain/incident/incident.ts';
import { plural } from '../src/lib/plural.ts';
import { sayItem, sayItems } from './item-words.ts';
import { button, context, type Message, message, section, withButton } from './kit.ts';
import { note } from './replies.ts';
import { user, when } from './text.ts';

/** A message has 50 blocks at most. */
const SHOWN = 40;
const HOW = '`/incident item add @owner by 2026-12-10 text` adds one.';

/** Every action item, the open ones first, each with its button. */
export function itemList(incident: Incident, now: number): Message {
  const items = numbered(incident);
  if (items.length === 0) return note(`*${incident.id}* has no action items. ${HOW}`);
  const sorted = [...items.filter(({ done }) => done === undefined), ...items.filter(({ done }) => done !== undefined)];
  const more = sorted.length - SHOWN;
  return message(`${incident.id}: ${sayItems(incident, now)}`, [
    section(`*${incident.id}: action items*, ${sayItems(incident, now)}`),
    ...sorted.slice(0, SHOWN).map((item) => line(incident, item, now)),
    context(more > 0 ? `${plural(more, 'more item')} ${more === 1 ? 'is' : 'are'} in the post-mortem: \`/incident postmortem\`.` : HOW),
  ]);
}

function line(incident: Incident, item: Numbered, now: number): KnownBlock {
  if (item.done !== undefined)
    return section(`:white_check_mark: ${sayItem(item, incident, now)}  _${user(item.done.by)} ${when(item.done.at, 'in-sentence')}_`);
  return withButton(`:white_large_square: ${sayItem(item, incident, now)}`, button('Done', 'incident.item.done', `${incident.id}:${item.number}`));
}
