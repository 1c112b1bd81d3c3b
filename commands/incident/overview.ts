import { home as homeMessage, list as listReply, note } from '../../blocks/replies.ts';
import { PACK } from '../../src/engine/run-kinds.ts';
import { type Handler, incidentOf, type Subcommand } from '../command.ts';
import { waitingEntries } from '../plans.ts';

export const list: Subcommand = {
  name: 'list',
  usage: 'list',
  summary: 'Shows the open incidents.',
  incident: 'none',
  run: async (request, look) => ({ reply: listReply(await look.openIncidents(), request.now) }),
};

export const evidence: Subcommand = {
  name: 'evidence',
  usage: 'evidence',
  summary: 'Exports the incident’s evidence pack and says how to verify it.',
  incident: 'needed',
  among: 'any',
  run(request) {
    const { id } = incidentOf(request);
    return {
      run: PACK.with({ incident: id }),
      reply: note(`The evidence pack of *${id}* is being made; the files follow.`),
    };
  },
};

/** App Home: what waits for the reader, what is in force, what is open, what is owed. */
export const home: Handler = async (request, look) => {
  const incidents = await look.openIncidents();
  const waiting = await waitingEntries(request, look, incidents);
  return {
    home: homeMessage(
      incidents,
      request.person.id,
      request.now,
      waiting.filter(({ mine }) => mine),
    ),
  };
};
