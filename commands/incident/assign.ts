import { assignModal } from '../../blocks/modals.ts';
import { note } from '../../blocks/replies.ts';
import { UserError } from '../../src/domain/errors.ts';
import type { Role } from '../../src/domain/incident/incident.ts';
import { type Answer, type Assignee, ask, incidentOf, type LookUp, type Request, type Subcommand, view } from '../command.ts';
import { firstWord, isRole, roleOf, userOf } from './arguments.ts';
import { assignSchema } from './schema.ts';

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

/** The one way to give a role to somebody: full members only, and who gives the command to somebody that cannot approve is told so. */
async function give(request: Request, look: LookUp, given: Given): Promise<Answer> {
  const assignee = await look.assignee(given.user, incidentOf(request).service);
  assertMember(given.user, assignee.standing);
  if (given.role !== 'incident-commander' || assignee.roles.includes('incident-commander')) return ask(request, { type: 'assign', ...given });
  return ask(request, { type: 'assign', ...given, approves: false }, note(sayCannotApprove(given.user, assignee.commanders)));
}

const NO_MEMBER: Readonly<Record<Exclude<Assignee['standing'], 'member'>, string>> = {
  bot: 'is a bot',
  guest: 'is a guest',
  deactivated: 'is deactivated',
  elsewhere: 'belongs to another workspace',
  unknown: 'is unknown to Slack',
};

/** @throws UserError `no-member` */
function assertMember(user: string, standing: Assignee['standing']): void {
  if (standing === 'member') return;
  throw new UserError('no-member', `<@${user}> ${NO_MEMBER[standing]} and cannot hold a role. Choose a full member of this workspace.`, {
    refusal: true,
  });
}

function sayCannotApprove(user: string, commanders: string): string {
  const who = commanders === '' ? 'Nobody is configured as incident commander' : `Those who can: ${commanders}`;
  return `:warning: <@${user}> has the command and *cannot approve changes*: they are not in the group of incident commanders. ${who}. \`/incident handoff\` moves the command.`;
}
