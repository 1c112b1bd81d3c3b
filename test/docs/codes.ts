import { read, sources } from './files.ts';

export interface Codes {
  /** Said to people in Slack. */
  readonly user: readonly string[];
  /** Said to operators: log and command line. */
  readonly operator: readonly string[];
}

/** Every error code that is thrown anywhere, read off the sources. */
export function errorCodes(): Codes {
  const user = new Set<string>();
  const operator = new Set<string>();
  for (const path of sources()) {
    const text = read(path);
    for (const [, kind, code = ''] of text.matchAll(/\bnew (User|Tocsin)Error\(\s*'([a-z0-9-]+)'/g)) (kind === 'User' ? user : operator).add(code);
    for (const [, code = ''] of text.matchAll(/\brefuse\(\s*'([a-z0-9-]+)'/g)) user.add(code);
    for (const [, code = ''] of text.matchAll(/\bsuper\(\s*'([a-z0-9-]+)'/g)) operator.add(code);
    for (const code of familyOf(text)) operator.add(code);
  }
  return { user: [...user].sort(), operator: [...operator].sort() };
}

/** Codes that are put together: super(`evidence-store-${reason}`) with the reasons of the class. */
function familyOf(text: string): string[] {
  const prefix = /super\(`([a-z-]+-)\$\{reason\}`/.exec(text)?.[1];
  const reasons = /readonly reason: ([^;]+);/.exec(text)?.[1];
  if (prefix === undefined || reasons === undefined) return [];
  return [...reasons.matchAll(/'([a-z-]+)'/g)].map(([, reason = '']) => `${prefix}${reason}`);
}

/** Every error whose code is no literal: the reference could not know it. */
export function unreadableCodes(): string[] {
  return sources().flatMap((path) =>
    [...read(path).matchAll(/\bnew (?:User|Tocsin)Error\(\s*(?!['\s])([^,)]*)/g)]
      .map(([, code = '']) => `${path}: ${code}`)
      .filter((found) => !found.endsWith(': code')),
  );
}
