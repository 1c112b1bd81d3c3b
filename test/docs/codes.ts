import { read, sources } from './files.ts';

export interface Codes {
  /** Said to people in Slack. */
  readonly user: readonly string[];
  /** Said to operators: log and command line. */
  readonly operator: readonly string[];
}

/** The first argument of every error that is made. */
const MADE = /\bnew (User|Tocsin)Error\(\s*([^,)]*)/g;

/** Every error code that is thrown anywhere, read off the sources. */
export function errorCodes(): Codes {
  const user = new Set<string>();
  const operator = new Set<string>();
  for (const path of sources()) {
    const text = read(path);
    for (const [, kind, first = ''] of text.matchAll(MADE)) for (const code of codesIn(first)) (kind === 'User' ? user : operator).add(code);
    for (const [, code = ''] of text.matchAll(/\brefuse\(\s*'([a-z0-9-]+)'/g)) user.add(code);
    for (const [, code = ''] of text.matchAll(/\bmissing\(\s*\w+,\s*'([a-z0-9-]+)'/g)) user.add(code);
    for (const [, code = ''] of text.matchAll(/\bsuper\(\s*'([a-z0-9-]+)'/g)) operator.add(code);
    for (const code of familyOf(text)) operator.add(code);
  }
  return { user: [...user].sort(), operator: [...operator].sort() };
}

/** The codes that an argument may be: a text, or the texts that a condition chooses from. */
function codesIn(argument: string): string[] {
  const literal = /^'([a-z0-9-]+)'$/.exec(argument.trim());
  if (literal !== null) return [literal[1] ?? ''];
  return [...argument.matchAll(/(?:\?\??|:)\s*'([a-z0-9-]+)'/g)].map(([, code = '']) => code);
}

/** Codes that are put together: super(`evidence-store-${reason}`) with the reasons of the class. */
function familyOf(text: string): string[] {
  const prefix = /super\(`([a-z-]+-)\$\{reason\}`/.exec(text)?.[1];
  const reasons = /readonly reason:\s([^;]+);/.exec(text)?.[1];
  if (prefix === undefined || reasons === undefined) return [];
  return [...reasons.matchAll(/'([a-z-]+)'/g)].map(([, reason = '']) => `${prefix}${reason}`);
}

/** Every error whose code cannot be read: the reference could not know it. */
export function unreadableCodes(): string[] {
  return sources().flatMap((path) =>
    [...read(path).matchAll(MADE)]
      .filter(([, , first = '']) => codesIn(first).length === 0)
      .map(([, , first = '']) => `${path}: ${first.trim()}`)
      // A parameter that is called so is a helper's, whose callers were read.
      .filter((found) => !found.endsWith(': code')),
  );
}
