import { itemList } from '../../blocks/items.ts';
import { note } from '../../blocks/replies.ts';
import { UserError } from '../../src/domain/errors.ts';
import { numbered } from '../../src/domain/incident/follow-ups.ts';
import { typed } from '../../src/lib/echo.ts';
import { type Answer, ask, type Handler, incidentOf, type LookUp, type Request, type Subcommand } from '../command.ts';
import { assertMember, userOf } from '../people.ts';
import { firstWord } from './arguments.ts';

const USAGE = 'Type `/incident item add @owner by 2026-12-10 text`, or `/incident item done 2`. `/incident items` shows them.';

export const item: Subcommand = {
  name: 'item',
  usage: 'item add|done [@owner] [by 2026-12-10] [text]',
  summary: 'Adds an action item for after the incident, or says which one is done.',
  incident: 'needed',
  among: 'any',
  run(request, look) {
    const [what, rest] = firstWord(request.text);
    if (what === '') return { reply: itemList(incidentOf(request), request.now) };
    if (what.toLowerCase() === 'add') return add(request, look, rest);
    if (what.toLowerCase() === 'done') return done(request, rest);
    throw new UserError('which-item', `“${typed(what)}” is neither \`add\` nor \`done\`. ${USAGE}`);
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

/** The button beside an item; the answer is the list as it stands then. */
export const itemDone: Handler = (request) => finish(request, Number(request.value ?? ''), true);

async function add(request: Request, look: LookUp, words: string): Promise<Answer> {
  const { owner, due, text } = parse(words);
  if (text === '') throw new UserError('text-missing', `What is to be done? ${USAGE}`);
  if (owner !== undefined) assertMember(owner, (await look.assignee(owner, incidentOf(request).service)).standing, 'own an action item');
  const given = { text, ...(owner === undefined ? {} : { owner }), ...(due === undefined ? {} : { due }) };
  return ask(request, { type: 'add-follow-up', ...given }, ([change]) =>
    change === undefined ? null : note(`Added as action item ${numbered(change.incident).length} of *${change.incident.id}*.`),
  );
}

/** Owner and day in either order, each once, then the text. */
function parse(words: string): { readonly owner?: string; readonly due?: string; readonly text: string } {
  const found: { owner?: string; due?: string } = {};
  let text = words;
  for (;;) {
    const [first, rest] = firstWord(text);
    const owner = userOf(first);
    const [second, after] = firstWord(rest);
    if (owner !== null && found.owner === undefined) {
      found.owner = owner;
      text = rest;
    } else if (first.toLowerCase() === 'by' && second !== '' && found.due === undefined) {
      found.due = second;
      text = after;
    } else {
      return { ...found, text };
    }
  }
}

function done(request: Request, word: string): Answer {
  const number = /^#?(\d{1,3})$/.exec(word.trim())?.[1];
  if (number === undefined) throw new UserError('which-item', `Which action item is done? ${USAGE}`);
  return finish(request, Number(number), false);
}

function finish(request: Request, number: number, listed: boolean): Answer {
  return ask(request, { type: 'finish-follow-up', number }, ([change]) => {
    if (change === undefined) return null;
    if (listed) return itemList(change.incident, request.now);
    return note(change.records.length === 0 ? `Action item ${number} was done already.` : `Action item ${number} is done.`);
  });
}
