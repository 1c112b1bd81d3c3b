import { UserError } from '../../src/domain/errors.ts';
import { ROLES, type Role } from '../../src/domain/incident/incident.ts';
import { INCIDENT_TYPES, type IncidentType, isIncidentType } from '../../src/domain/incident-type.ts';
import { typed as echoed } from '../../src/lib/echo.ts';
import { own } from '../../src/lib/own.ts';
import { nearest } from '../../src/lib/suggest.ts';

export { firstWord } from '../words.ts';

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

/** A type of incident. @throws UserError `unknown-type` with the nearest one. */
export function incidentTypeOf(word: string): IncidentType {
  const typed = word.toLowerCase();
  if (isIncidentType(typed)) return typed;
  const near = nearest(typed, INCIDENT_TYPES);
  const meant = near === null ? '' : ` Did you mean \`${near}\`?`;
  throw new UserError('unknown-type', `There is no type of incident “${echoed(word)}”.${meant} Types: ${INCIDENT_TYPES.join(', ')}.`);
}

/** A flag as it is typed; phones write `—` where two dashes are typed. */
const FLAG = /^(--|[—–])([a-z][a-z-]*)$/i;

interface FlagsOptions {
  /** How many words of the command itself may stand before a flag that a phone wrote. */
  readonly after?: number;
}

/**
 * Takes `--name` flags off a text, wherever they stand. With the long dash that a phone writes they count before the sentence and at its end: within it a
 * long dash is a dash, and what is no flag is a part of the sentence. @throws UserError `unknown-flag` when the first word is `--something` that is none
 */
export function flags(
  text: string,
  known: readonly string[],
  { after = 0 }: FlagsOptions = {},
): { readonly set: ReadonlySet<string>; readonly rest: string } {
  const set = new Set<string>();
  let before = 0;
  const rest = text.trim().replaceAll(/(^|\s+)(\S+)/g, (whole: string, _gap: string, word: string, at: number, all: string) => {
    const [, dash, typed = ''] = FLAG.exec(word) ?? [];
    const name = typed.toLowerCase();
    if (dash === '--' && before === 0 && !known.includes(name))
      throw new UserError('unknown-flag', `There is no flag \`--${name}\`. Flags: ${known.map((one) => `\`--${one}\``).join(', ')}.`);
    const isPlaced = dash === '--' || before <= after || at + whole.length === all.length;
    if (dash === undefined || !known.includes(name) || !isPlaced) {
      before += 1;
      return whole;
    }
    set.add(name);
    return '';
  });
  return { set, rest: rest.trim() };
}
