import { itemList, overdueList } from '../../blocks/items.ts';
import { note } from '../../blocks/replies.ts';
import { UserError } from '../../src/domain/errors.ts';
import { exampleDay, numbered } from '../../src/domain/incident/follow-ups.ts';
import { PRIORITIES, type Priority } from '../../src/domain/records/data/tracking.ts';
import { typed } from '../../src/lib/echo.ts';
import { type Answer, ask, type Handler, incidentOf, type LookUp, type Request, type Subcommand } from '../command.ts';
import { assertMember, userOf } from '../people.ts';
import { firstWord } from './arguments.ts';

/** What may be typed, with a day that is to come. */
function usageOf(request: Request): string {
  const day = exampleDay(incidentOf(request), request.now);
  return `Type \`/incident item add @owner by ${day} priority high text\`, \`/incident item done 2\` or \`/incident item undone 2\`. \`/incident items\` shows them.`;
}

export const item: Subcommand = {
  name: 'item',
  usage: 'item add|done|undone [@owner] [by 2026-12-10] [priority high] [text]',
  summary: 'Adds an action item for after the incident, or says which one is done, or is not done after all.',
  incident: 'needed',
  among: 'any',
  run(request, look) {
    const [what, rest] = firstWord(request.text);
    if (what === '') return { reply: itemList(incidentOf(request), request.now) };
    if (what.toLowerCase() === 'add') return add(request, look, rest);
    if (what.toLowerCase() === 'done') return finish(request, numberIn(request, rest, 'is done'), false);
    if (what.toLowerCase() === 'undone') return undo(request, numberIn(request, rest, 'is not done'));
    throw new UserError('which-item', `“${typed(what)}” is neither \`add\` nor \`done\` nor \`undone\`. ${usageOf(request)}`);
  },
};

export const items: Subcommand = {
  name: 'items',
  usage: 'items',
  summary: 'Shows the action items, with a button for each that is open.',
  incident: 'needed',
  among: 'any',
  run: (request) => ({ reply: itemList(incidentOf(request), request.now) }),
};

/** How many of the newest incidents are looked through. */
const LOOKED_AT = 500;

export const overdue: Subcommand = {
  name: 'overdue',
  usage: 'overdue',
  summary: 'Shows the overdue action items of all incidents, with their owners.',
  incident: 'none',
  run: async (request, look) => ({ reply: overdueList(await look.newestIncidents(LOOKED_AT), request.now) }),
};

/** The button beside an item; the answer is the list as it stands then. */
export const itemDone: Handler = (request) => finish(request, Number(request.value ?? ''), true);

async function add(request: Request, look: LookUp, words: string): Promise<Answer> {
  const { text, ...said } = parse(words);
  const { owner } = said;
  if (text === '') throw new UserError('text-missing', `What is to be done? ${usageOf(request)}`);
  if (owner !== undefined) assertMember(owner, (await look.assignee(owner, incidentOf(request).service)).standing, 'own an action item');
  return ask(request, { type: 'add-follow-up', text, ...said }, ([change]) =>
    change === undefined ? null : note(`Added as action item ${numbered(change.incident).length} of *${change.incident.id}*.`),
  );
}

/** Owner, day and priority in any order, each once, then the text. */
function parse(words: string): { readonly owner?: string; readonly due?: string; readonly priority?: Priority; readonly text: string } {
  const found: { owner?: string; due?: string; priority?: Priority } = {};
  let text = words;
  for (;;) {
    const [first, rest] = firstWord(text);
    const owner = userOf(first);
    const [second, after] = firstWord(rest);
    const priority = first.toLowerCase() === 'priority' ? PRIORITIES.find((one) => one === second.toLowerCase()) : undefined;
    if (owner !== null && found.owner === undefined) {
      found.owner = owner;
      text = rest;
    } else if (first.toLowerCase() === 'by' && second !== '' && found.due === undefined) {
      found.due = second;
      text = after;
    } else if (priority !== undefined && found.priority === undefined) {
      found.priority = priority;
      text = after;
    } else {
      return { ...found, text };
    }
  }
}

function numberIn(request: Request, word: string, what: string): number {
  const number = /^#?(\d{1,3})$/.exec(word.trim())?.[1];
  if (number === undefined) throw new UserError('which-item', `Which action item ${what}? ${usageOf(request)}`);
  return Number(number);
}

function undo(request: Request, number: number): Answer {
  return ask(request, { type: 'reopen-follow-up', number }, ([change]) => {
    if (change === undefined) return null;
    return note(change.records.length === 0 ? `Action item ${number} was open already.` : `Action item ${number} is open again.`);
  });
}

function finish(request: Request, number: number, listed: boolean): Answer {
  return ask(request, { type: 'finish-follow-up', number }, ([change]) => {
    if (change === undefined) return null;
    if (listed) return itemList(change.incident, request.now);
    return note(change.records.length === 0 ? `Action item ${number} was done already.` : `Action item ${number} is done.`);
  });
}
