import { UserError } from '../../src/domain/errors.ts';
import { ROLES, type Role } from '../../src/domain/incident.ts';
import { own } from '../../src/domain/own.ts';
import { nearest } from '../../src/domain/suggest.ts';

export { firstWord } from '../words.ts';

/** The person of `<@U0ABC|ada>`, as Slack writes a mention (`should_escape` is on). */
export function userOf(word: string): string | null {
  return /^<@([A-Z0-9]{2,20})(?:\|[^>]*)?>$/.exec(word)?.[1] ?? null;
}

const ROLE_WORDS: Readonly<Record<string, Role>> = {
  commander: 'incident-commander',
  ic: 'incident-commander',
  comms: 'communications',
};

/** A role by its name or a usual short form. @throws UserError with the nearest one. */
export function roleOf(word: string): Role {
  const typed = word.toLowerCase();
  const role = knownRole(typed);
  if (role !== undefined) return role;
  const near = nearest(typed, [...ROLES, ...Object.keys(ROLE_WORDS)]);
  throw new UserError('unknown-role', `There is no role “${word}”.${near === null ? '' : ` Did you mean \`${near}\`?`} Roles: ${ROLES.join(', ')}.`);
}

export function isRole(word: string): boolean {
  return knownRole(word.toLowerCase()) !== undefined;
}

function knownRole(typed: string): Role | undefined {
  return own(ROLE_WORDS, typed) ?? ROLES.find((known) => known === typed);
}

/** Phones write `—` where two dashes are typed. */
const DASHES = '(?:--|[—–])';

/** Takes one flag off a text, wherever it stands; what else looks like a flag is a part of the text. */
export function takeFlag(text: string, name: string): { readonly set: boolean; readonly rest: string } {
  const flag = new RegExp(`(^|\\s)${DASHES}${name}(?=\\s|$)`, 'i');
  return { set: flag.test(text), rest: text.replace(flag, '').trim() };
}

/** Takes `--name` flags off a text. */
export function flags(text: string, known: readonly string[]): { readonly set: ReadonlySet<string>; readonly rest: string } {
  const set = new Set<string>();
  const rest = text.replaceAll(new RegExp(`(?:^|\\s)${DASHES}([a-z-]+)`, 'g'), (_, name: string) => {
    if (!known.includes(name))
      throw new UserError('unknown-flag', `There is no flag \`--${name}\`. Flags: ${known.map((one) => `\`--${one}\``).join(', ')}.`);
    set.add(name);
    return '';
  });
  return { set, rest: rest.trim() };
}
