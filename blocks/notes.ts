import type { KnownBlock, ModalView } from '@slack/types';
import type { Incident } from '../src/domain/incident/incident.ts';
import { type NoteTold, sayNote } from '../src/domain/incident/notes.ts';
import { plural } from '../src/lib/plural.ts';
import { button, context, type Message, message, section, withButton } from './kit.ts';
import { about, input, modal } from './modals.ts';
import { safe } from './outside.ts';
import { note } from './replies.ts';
import { clamp, user, when } from './text.ts';

/** A message has 50 blocks at most. */
const SHOWN = 40;
const HOW =
  '`/incident note edit 2 text` changes your own; `/incident note strike 2 reason` says that one does not count. The record keeps what was written first.';

/** The notes as they read now, the newest last, each with its number and with what the reader may do about it. */
export function noteList(incident: Incident, notes: readonly NoteTold[], viewer: string): Message {
  if (notes.length === 0) return note(`*${incident.id}* has no notes. \`/incident note text\` adds one.`);
  const more = notes.length - SHOWN;
  return message(`${incident.id}: ${plural(notes.length, 'note')}`, [
    section(`*${incident.id}: notes*`),
    ...(more > 0 ? [context(`${plural(more, 'earlier note')} ${more === 1 ? 'is' : 'are'} in the evidence: \`/incident evidence\`.`)] : []),
    ...notes.slice(-SHOWN).map((one) => line(incident, one, viewer)),
    context(HOW),
  ]);
}

function line(incident: Incident, one: NoteTold, viewer: string): KnownBlock {
  const said = `${one.number}. ${safe(clamp(sayNote(one), 300))}  _${user(one.by)} ${when(Date.parse(one.time), 'in-sentence')}_`;
  if (one.struck !== null) return section(said);
  const value = `${incident.id}:${one.number}`;
  if (one.by === viewer) return withButton(said, button('Edit', 'incident.note.edit', value));
  return incident.roles['incident-commander'] === viewer ? withButton(said, button('Strike', 'incident.note.strike', value)) : section(said);
}

/** Other words for a note. */
export function editNoteModal(incident: Incident, { number, text }: Pick<NoteTold, 'number' | 'text'>): ModalView {
  return modal('incident.note.edit', 'Edit note', 'Save', { incident: incident.id, number }, [
    about(incident),
    input('text', `Note ${number}`, { multiline: true, focus: true, initial: text, hint: 'The record keeps what was written first.' }),
  ]);
}

/** Why a note does not count. */
export function strikeNoteModal(incident: Incident, { number, text }: Pick<NoteTold, 'number' | 'text'>): ModalView {
  return modal('incident.note.strike', 'Strike note', 'Strike', { incident: incident.id, number }, [
    about(incident),
    section(`${number}. ${safe(clamp(text, 600))}`),
    input('text', 'Why does it not count?', { multiline: true, focus: true, optional: true }),
  ]);
}
