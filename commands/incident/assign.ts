import { handoffModal } from '../../blocks/handoff.ts';
import { assignModal } from '../../blocks/modals.ts';
import { UserError } from '../../src/domain/errors.ts';
import { handedOver } from '../../src/domain/incident/handover.ts';
import type { Role } from '../../src/domain/incident/incident.ts';
import { type Answer, type Assignee, ask, incidentOf, type LookUp, type Request, type Subcommand, view } from '../command.ts';
import { assertMember, userOf } from '../people.ts';
import { firstWord, isRole, roleOf } from './arguments.ts';
import { assignSchema, handoffSchema } from './schema.ts';

export const assign: Subcommand = {
  name: 'assign',
  usage: 'assign [commander|communications|scribe] [@person] [note]',
  summary: 'Gives somebody a role.',
  incident: 'needed',
  run(request, look) {
    const { role, user, note: said, other } = parse(request.text);
    if (user === null && other === '') return { modal: assignModal(incidentOf(request), role) };
    if (user === null) throw new UserError('no-person', `“${other}” is not a person here. Mention somebody: \`/incident assign commander @ada\`.`);
    return give(request, look, { role, user, handoff: false, note: said });
  },
};

/** Role and person in either order, then a note. `other`: what stands where the person should. @throws UserError `unknown-role` */
function parse(text: string): { readonly role: Role; readonly user: string | null; readonly note: string; readonly other: string } {
  const [first, rest] = firstWord(text);
  const [second, after] = firstWord(rest);
  const firstUser = userOf(first);
  if (firstUser !== null) {
    return isRole(second)
      ? { role: roleOf(second), user: firstUser, note: after, other: '' }
      : { role: 'incident-commander', user: firstUser, note: rest, other: '' };
  }
  const role = first === '' ? 'incident-commander' : roleOf(first);
  return { role, user: userOf(second), note: after, other: second };
}

export const handoff: Subcommand = {
  name: 'handoff',
  usage: 'handoff @person [note]',
  summary: 'Hands the command over, with a note for the next commander.',
  incident: 'needed',
  run(request, look) {
    const [first, text] = firstWord(request.text);
    const user = userOf(first);
    if (user === null && first !== '')
      throw new UserError('no-person', `“${first}” is not a person here. Mention somebody: \`/incident handoff @ada note\`.`);
    if (user === null) return { modal: assignModal(incidentOf(request)) };
    return give(request, look, { role: 'incident-commander', user, handoff: true, note: text });
  },
};

export const assignView = view({
  schema: assignSchema,
  submit(request, input, look) {
    const previous = incidentOf(request).roles[input.role];
    return give(request, look, { role: input.role, user: input.user, handoff: previous !== undefined, note: input.note ?? null });
  },
});

interface Given {
  readonly role: Role;
  readonly user: string;
  readonly handoff: boolean;
  readonly note?: string | null;
}

/** The answer to what was shown before the command moves: it moves now, whatever was said. */
export const handoffView = view({
  schema: handoffSchema,
  async submit(request, input, look) {
    const user = String(request.remember.user ?? '');
    const assignee = await look.assignee(user, incidentOf(request).service);
    const handoff = incidentOf(request).roles['incident-commander'] !== undefined;
    return assigned(request, { role: 'incident-commander', user, handoff, note: input.note ?? null }, assignee);
  },
});

/** The one way to give a role to somebody: full members only. What speaks against a new commander, and what they take over, is asked about before. */
async function give(request: Request, look: LookUp, given: Given): Promise<Answer> {
  const incident = incidentOf(request);
  const assignee = await look.assignee(given.user, incident.service);
  const commander = incident.roles['incident-commander'];
  if (given.role !== 'incident-commander' || commander === given.user) return assigned(request, given, assignee);
  assertMember(given.user, assignee.standing);
  const over = commander === undefined ? null : handedOver(incident);
  const insteadOf = assignee.roles.includes('incident-commander') ? null : assignee.commanders;
  if (over === null && insteadOf === null && assignee.away === null) return assigned(request, given, assignee);
  return {
    modal: handoffModal(incident, { user: given.user, note: given.note ?? '', handedOver: over, insteadOf, away: assignee.away }, request.now),
  };
}

function assigned(request: Request, given: Given, { standing, roles }: Assignee): Answer {
  assertMember(given.user, standing);
  const approves = given.role !== 'incident-commander' || roles.includes('incident-commander');
  return ask(request, { type: 'assign', ...given, ...(approves ? {} : { approves: false }) });
}
