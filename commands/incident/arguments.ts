import { UserError } from '../../src/domain/errors.ts';
import { ROLES, type Role } from '../../src/domain/incident.ts';
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
  const role = ROLE_WORDS[typed] ?? ROLES.find((known) => known === typed);
  if (role !== undefined) return role;
  const near = nearest(typed, [...ROLES, ...Object.keys(ROLE_WORDS)]);
  throw new UserError('unknown-role', `There is no role “${word}”.${near === null ? '' : ` Did you mean \`${near}\`?`} Roles: ${ROLES.join(', ')}.`);
}

/** Takes `--name` flags off a text. */
export function flags(text: string, known: readonly string[]): { readonly set: ReadonlySet<string>; readonly rest: string } {
  const set = new Set<string>();
  const rest = text.replaceAll(/(?:^|\s)--([a-z-]+)/g, (_, name: string) => {
    if (!known.includes(name))
      throw new UserError('unknown-flag', `There is no flag \`--${name}\`. Flags: ${known.map((one) => `\`--${one}\``).join(', ')}.`);
    set.add(name);
    return '';
  });
  return { set, rest: rest.trim() };
}
