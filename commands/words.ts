import { z } from 'zod';

/** The first word and what follows it. */
export function firstWord(text: string): readonly [string, string] {
  const trimmed = text.trim();
  const end = trimmed.search(/\s/);
  return end === -1 ? [trimmed, ''] : [trimmed.slice(0, end), trimmed.slice(end).trim()];
}

/** A text field of a form that has to be filled in. */
export const textField = z.string({ error: 'Please fill this in.' }).trim().min(1, 'Please fill this in.').max(3_000, 'At most 3,000 characters.');

/** `name=value` words before the reason; a value with blanks stands in quotes. */
export function argumentsOf(text: string): { readonly given: Readonly<Record<string, string>>; readonly reason: string } {
  const given: Record<string, string> = {};
  let rest = text.trim();
  for (;;) {
    const match = /^([a-zA-Z][a-zA-Z0-9_-]{0,39})=(?:"([^"]*)"|“([^”]*)”|(\S*))(?:\s+|$)/.exec(rest);
    if (match === null) return { given, reason: rest };
    const [whole, name = '', quoted, curly, bare] = match;
    given[name.toLowerCase()] = quoted ?? curly ?? bare ?? '';
    rest = rest.slice(whole.length);
  }
}
