import { hash } from 'node:crypto';

/** How many statements the server keeps ready; the one that was not used for longest goes. */
export const MOST = 256;

/** All columns of a table: a server refuses to run such a statement again when another release of Tocsin has added one. */
const EVERY_COLUMN = /(?:\bselect|\breturning|\.|,)\s*\*/i;

/**
 * Whether a text is one statement that the server may keep ready: one that reads or writes rows. A semicolon may part two statements, and
 * those cannot be prepared.
 */
export function isPreparable(text: string): boolean {
  return /^\s*(?:with|select|insert|update|delete)\b/i.test(text) && !text.includes(';');
}

/**
 * Names for statements that a PostgreSQL server keeps ready: for those that are asked again, and for no more than MOST, as each
 * connection's server process keeps them all. `null`: this one is asked without.
 */
export function statementNames(): { of(text: string): string | null } {
  const seen = new Map<string, string | null>();
  return {
    of(text) {
      const known = seen.get(text);
      if (typeof known === 'string') return known;
      if (known === undefined) {
        if (seen.size < MOST && isPreparable(text) && !EVERY_COLUMN.test(text)) seen.set(text, null);
        return null;
      }
      const name = `tocsin_${hash('sha256', text).slice(0, 32)}`;
      seen.set(text, name);
      return name;
    },
  };
}
