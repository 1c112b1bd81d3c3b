import { note, problem } from '../../blocks/replies.ts';
import { sayLink } from '../../blocks/text.ts';
import { callOf } from '../../src/domain/incident/call.ts';
import { type Answer, ask, incidentOf, type LookUp, type Request, type Subcommand } from '../command.ts';

/** A link as Slack sends what somebody typed: `<https://meet.example.com/a|meet.example.com/a>`. */
const SENT_LINK = /^<([^|>]+)(?:\|[^>]*)?>$/;

export const call: Subcommand = {
  name: 'call',
  usage: 'call [https://...|off]',
  summary: 'Shows the link to the incident’s call, or sets it.',
  incident: 'needed',
  run(request, look) {
    const text = request.text.trim();
    if (text === '') return show(request, look);
    if (text.toLowerCase() === 'off') return ask(request, { type: 'change-call', url: null }, unchanged('This incident has no link to a call.'));
    const url = (SENT_LINK.exec(text)?.[1] ?? text).replaceAll('&amp;', '&');
    return ask(request, { type: 'change-call', url }, unchanged('That is the link already.'));
  },
};

function show(request: Request, look: LookUp): Answer {
  const incident = incidentOf(request);
  const link = callOf(incident, look.services.find(({ id }) => id === incident.service)?.call ?? null);
  if (link === null) return { reply: problem(`*${incident.id}* has no link to a call. \`/incident call https://...\` sets one.`) };
  return { reply: note(`:telephone_receiver: The call of *${incident.id}*: ${sayLink(link)}`) };
}

function unchanged(text: string): Answer['reply'] {
  return ([change]) => (change?.records.length === 0 ? note(text) : null);
}
