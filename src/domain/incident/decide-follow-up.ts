import { dayIn, daysAfter, isDay } from '../../lib/zoned.ts';
import { refuse, UserError } from '../errors.ts';
import { mention } from '../mentions.ts';
import type { Actor } from '../record.ts';
import type { Person, PersonCommand } from './commands.ts';
import { clip, event, person, required } from './deciding.ts';
import type { IncidentEvent } from './events.ts';
import { type Numbered, numbered, toRemind } from './follow-ups.ts';
import { type Incident, isIn } from './incident.ts';

/** One item is a line of the post-mortem, not the post-mortem. */
const MAX_ITEM = 500;
/** How many an incident has at most. */
const MAX_ITEMS = 100;

/** Something to be done afterwards, for somebody, by some day. @throws UserError with what to type */
export function addFollowUp(
  state: Incident,
  by: Person,
  { text, owner, due, priority }: Extract<PersonCommand, { type: 'add-follow-up' }>,
  at: number,
): readonly IncidentEvent[] {
  if (state.followUps.length >= MAX_ITEMS)
    throw new UserError('too-many-items', `${state.id} has ${MAX_ITEMS} action items, and takes no more. Put the rest into your issue tracker.`);
  if (due !== undefined) assertAhead(due, dayIn(state.policy.time_zone, at));
  // Whoever owns an item is told of it, and so of the incident.
  if (owner !== undefined && owner !== by.id && state.private && !isIn(state, owner))
    throw refuse(
      'item-private',
      `${state.id} is private, and ${mention(owner)} is not in it. Give them a role first: \`/incident assign scribe @person\`. Then add the item again.`,
    );
  const said = { ...(owner === undefined ? {} : { owner }), ...(due === undefined ? {} : { due }), ...(priority === undefined ? {} : { priority }) };
  return [event(person(by), state.id, 'follow-up.added', { text: clip(required(text, 'what is to be done'), MAX_ITEM), plan: null, ...said })];
}

function assertAhead(due: string, today: string): void {
  const example = daysAfter(today, 7);
  if (!isDay(due)) throw new UserError('not-a-date', `“${due}” is not a date. Write it as \`by ${example}\`: year, month, day.`);
  if (due < today) throw new UserError('date-past', `${due} is in the past; today is ${today}. Name a day to come, such as \`by ${example}\`.`);
}

/** An item is done. One that is done already stays as it is. @throws UserError `unknown-item` */
export function finishFollowUp(state: Incident, by: Person, number: number): readonly IncidentEvent[] {
  const item = itemOf(state, number);
  if (item.done !== undefined) return [];
  assertOwns(item, by, 'An action item is done when its owner or a responder says so. Ask one of them.');
  return [event(person(by), state.id, 'follow-up.done', { number, text: item.text })];
}

/** An item that was marked by mistake, or whose work did not last, is open again. One that is open stays as it is. @throws UserError `unknown-item` */
export function reopenFollowUp(state: Incident, by: Person, number: number): readonly IncidentEvent[] {
  const item = itemOf(state, number);
  if (item.done === undefined) return [];
  assertOwns(item, by, 'An action item is opened again by its owner or a responder. Ask one of them.');
  return [event(person(by), state.id, 'follow-up.undone', { number, text: item.text })];
}

function itemOf(state: Incident, number: number): Numbered {
  const item = numbered(state).find((one) => one.number === number);
  if (item !== undefined) return item;
  throw new UserError('unknown-item', `${state.id} has no action item ${number}. \`/incident items\` shows them.`);
}

function assertOwns({ owner }: Numbered, by: Person, says: string): void {
  if (!by.roles.includes('responder') && owner !== by.id) throw refuse('role-needed', says);
}

/** Every item whose reminder is due by now; each is reminded of once. */
export function remindFollowUps(state: Incident, actor: Actor, at: number): readonly IncidentEvent[] {
  return toRemind(state)
    .filter(({ remindAt }) => remindAt <= at)
    .map(({ number, text, due, owner }) =>
      event(actor, state.id, 'follow-up.overdue', { number, text, due, ...(owner === undefined ? {} : { owner }) }),
    );
}
