import { note } from '../../blocks/replies.ts';
import { UserError } from '../../src/domain/errors.ts';
import { PREFLIGHT } from '../../src/engine/run-kinds.ts';
import { assertResponder, type Subcommand } from '../command.ts';
import { neededService } from '../names.ts';
import { placeOf } from '../place.ts';
import { firstWord } from '../words.ts';

export const preflight: Subcommand = {
  name: 'preflight',
  usage: 'preflight [service]',
  summary: 'Would a service’s runbooks work tonight? Checks the rights and targets of every step; changes nothing.',
  incident: 'none',
  async run(request, look) {
    const [word] = firstWord(request.text);
    const service = neededService(word, '/runbook preflight service', request, look);
    const count = look.runbooks.list(service).length;
    if (count === 0) throw new UserError('no-runbooks', `There are no runbooks for ${service}. \`/runbook list\` shows all.`);
    await assertResponder(look, service);
    return {
      run: PREFLIGHT.with({ service, by: request.person.id, to: placeOf(request) }),
      reply: note(`Looking at ${count === 1 ? 'the runbook' : `the ${count} runbooks`} of *${service}*; the report follows.`),
    };
  },
};
