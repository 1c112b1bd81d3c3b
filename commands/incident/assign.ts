import { assignModal } from '../../blocks/modals.ts';
import { UserError } from '../../src/domain/errors.ts';
import { ask, incidentOf, type Subcommand, view } from '../command.ts';
import { firstWord, roleOf, userOf } from './arguments.ts';
import { assignSchema } from './schema.ts';

export const assign: Subcommand = {
  name: 'assign',
  usage: 'assign [commander|communications|scribe] [@person]',
  summary: 'Gives somebody a role.',
  incident: 'needed',
  run(request) {
    const [first, second] = firstWord(request.text);
    const user = userOf(second) ?? userOf(first);
    if (user === null && (first === '' || second === '')) {
      if (first !== '') roleOf(first);
      return { modal: assignModal(incidentOf(request)) };
    }
    if (user === null) throw new UserError('no-person', `“${second}” is no person here. Mention somebody: \`/incident assign commander @ada\`.`);
    const role = userOf(first) === null ? roleOf(first) : 'incident-commander';
    return ask(request, { type: 'assign', role, user, handoff: false });
  },
};

export const handoff: Subcommand = {
  name: 'handoff',
  usage: 'handoff @person [note]',
  summary: 'Hands the command over, with a note for the next commander.',
  incident: 'needed',
  run(request) {
    const [first, note] = firstWord(request.text);
    const user = userOf(first);
    if (user === null && first !== '')
      throw new UserError('no-person', `“${first}” is no person here. Mention somebody: \`/incident handoff @ada what they must know\`.`);
    if (user === null) return { modal: assignModal(incidentOf(request)) };
    return ask(request, { type: 'assign', role: 'incident-commander', user, handoff: true, note });
  },
};

export const assignView = view({
  schema: assignSchema,
  submit(request, input) {
    const previous = incidentOf(request).roles[input.role];
    return ask(request, { type: 'assign', role: input.role, user: input.user, handoff: previous !== undefined, note: input.note ?? null });
  },
});
