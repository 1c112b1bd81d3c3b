import { UserError } from '../errors.ts';
import { checklistOf, isDone } from './checklist.ts';
import type { Person, PersonCommand } from './commands.ts';
import { clip, event, MAX_TEXT, person } from './deciding.ts';
import type { IncidentEvent } from './events.ts';
import type { Incident } from './incident.ts';

/** A person ticks an item, or says that it is not done, also of what Tocsin sees as done. */
export function tick(state: Incident, by: Person, ask: Extract<PersonCommand, { type: 'tick' }>): readonly IncidentEvent[] {
  const known = checklistOf(state).find((item) => item.id === ask.item);
  if (known === undefined) throw new UserError('unknown-item', 'There is no such checklist item. `/incident checklist` shows them.');
  if (isDone(known) === ask.done) return [];
  return [event(person(by), state.id, 'checklist.ticked', { item: ask.item, done: ask.done, text: clip(known.text, MAX_TEXT) })];
}
