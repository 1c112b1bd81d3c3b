import { refuse, UserError } from '../errors.ts';
import { mention } from '../mentions.ts';
import type { Person, PersonCommand } from './commands.ts';
import { event, optional, person, required } from './deciding.ts';
import type { IncidentEvent } from './events.ts';
import type { Incident } from './incident.ts';
import type { Note } from './notes.ts';

/** Other words for one's own note; the record keeps both. @throws UserError `unknown-note`, `not-your-note`, `note-struck` */
export function editNote(
  state: Incident,
  by: Person,
  { number, text }: Pick<Extract<PersonCommand, { type: 'edit-note' }>, 'number' | 'text'>,
): readonly IncidentEvent[] {
  const note = noteOf(state, number);
  if (note.by !== by.id)
    throw refuse('not-your-note', `Note ${number} is by ${mention(note.by)}, and only they can edit it. Add your own: \`/incident note text\`.`);
  if (note.struck === true) throw new UserError('note-struck', `Note ${number} was struck. Add another one: \`/incident note text\`.`);
  return [event(person(by), state.id, 'note.edited', { number, text: required(text, 'the text of the note') })];
}

/** A note that does not count any more: whose it is says so, or the commander. One that was struck already stays as it is. @throws UserError `unknown-note`, `not-your-note` */
export function strikeNote(
  state: Incident,
  by: Person,
  { number, why }: Pick<Extract<PersonCommand, { type: 'strike-note' }>, 'number' | 'why'>,
): readonly IncidentEvent[] {
  const note = noteOf(state, number);
  if (note.struck === true) return [];
  if (note.by !== by.id && state.roles['incident-commander'] !== by.id)
    throw refuse('not-your-note', `Note ${number} is by ${mention(note.by)}: only they and the incident commander can strike it. Ask one of them.`);
  return [event(person(by), state.id, 'note.struck', { number, why: optional(why) })];
}

/** An incident has no note of this number. */
export function unknownNote(id: string, number: number): UserError {
  return new UserError('unknown-note', `${id} has no note ${number}. \`/incident notes\` shows them with their numbers.`);
}

function noteOf({ id, notes = [] }: Incident, number: number): Note {
  const note = notes[number - 1];
  if (note === undefined) throw unknownNote(id, number);
  return note;
}
