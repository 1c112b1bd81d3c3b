import { type InputOptions, pinModal, textModal } from '../../blocks/modals.ts';
import { note as noteReply, problem, timeline as timelineReply } from '../../blocks/replies.ts';
import { type Answer, ask, type Handler, incidentOf, type Request, type Subcommand, view } from '../command.ts';
import { pinSchema } from './schema.ts';

export const timeline: Subcommand = {
  name: 'timeline',
  usage: 'timeline',
  summary: 'Shows what happened so far.',
  incident: 'needed',
  among: 'any',
  async run(request, look) {
    const incident = incidentOf(request);
    return { reply: timelineReply(incident, await look.records(incident.id)) };
  },
};

/** How many incidents a menu has room for. */
const OFFERED = 100;

/** The message shortcut: the channel's incident, or a choice. */
export const pinShortcut: Handler = async (request, look) => {
  if (request.incident !== null) return pin(request, sayPinned);
  const incidents = await look.openIncidents(OFFERED);
  if (incidents.length === 0) return { reply: problem('You can see no open incident to add this to. `/incident declare` opens one.') };
  const { message } = request;
  if (message === null) return {};
  return {
    modal: pinModal(incidents, {
      channel: message.channel,
      ts: message.ts,
      ...(message.author === null ? {} : { author: message.author }),
      text: message.text,
    }),
  };
};

/** A pushpin in an incident's own room puts the message on its timeline; elsewhere it is just a pushpin. */
export const pinReaction: Handler = (request) => (request.incident === null ? {} : pin(request));

export const pinView = view({
  schema: pinSchema,
  async submit(request, input, look) {
    const incident = await look.incident(input.incident);
    const { channel, ts, author, text } = request.remember;
    const message = {
      channel: String(channel),
      ts: String(ts),
      author: author === undefined ? null : String(author),
      text: String(text ?? ''),
      permalink: null,
    };
    return pin({ ...request, incident, message }, sayPinned);
  },
});

const sayPinned: Answer['reply'] = ([change]) =>
  noteReply(change?.records.length === 0 ? 'It is already on the timeline.' : 'Added to the timeline.');

function pin(request: Request, reply?: Answer['reply']): Answer {
  if (request.message === null) return {};
  return ask(request, { type: 'pin-message', ...request.message }, reply);
}

/** A modal that asks for one text, for buttons whose command needs one. */
export function textForm(callbackId: string, title: string, submit: string, label: string, options: InputOptions = {}): Handler {
  return (request) => ({ modal: textModal(callbackId, title, submit, label, incidentOf(request), options) });
}
