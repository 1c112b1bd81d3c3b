import { UserError } from '../src/domain/errors.ts';
import type { Who } from '../src/domain/policy.ts';
import type { Assignee } from './command.ts';

/** The person of `<@U0ABC|ada>`, as Slack writes a mention (`should_escape` is on). */
export function userOf(word: string): string | null {
  return /^<@([A-Z0-9]{2,20})(?:\|[^>]*)?>$/.exec(word)?.[1] ?? null;
}

/** Whom a word can name: a person or a group. */
export type Named = Exclude<Who, { readonly rota: string }>;

/** That person, or the group of `<!subteam^S0ABC|@sre>`. */
export function whoOf(word: string): Named | null {
  const group = /^<!subteam\^([A-Z0-9]{2,20})(?:\|[^>]*)?>$/.exec(word)?.[1];
  if (group !== undefined) return { usergroup: group };
  const user = userOf(word);
  return user === null ? null : { user };
}

const NO_MEMBER: Readonly<Record<Exclude<Assignee['standing'], 'member'>, string>> = {
  bot: 'is a bot',
  guest: 'is a guest',
  deactivated: 'is deactivated',
  elsewhere: 'belongs to another workspace',
  unknown: 'is unknown to Slack',
};

/** @throws UserError `no-member` */
export function assertMember(user: string, standing: Assignee['standing'], what = 'hold a role'): void {
  if (standing === 'member') return;
  throw new UserError('no-member', `<@${user}> ${NO_MEMBER[standing]} and cannot ${what}. Choose a full member of this workspace.`, {
    refusal: true,
  });
}
