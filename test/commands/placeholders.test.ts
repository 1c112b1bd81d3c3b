import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { COMMANDS } from '../../commands/registry.ts';
import { placeholdersOf } from '../../src/slack/receive/placeholders.ts';

/** A command in a message, with what follows its subcommand. */
const EXAMPLE = /\\?`\/(?<command>[a-z]+) (?<name>[a-z]+) (?<rest>[^`\\\n]+)\\?`/g;
/** What is typed as it is there: real words of an example, a person, a value, an id, a choice. */
const CONCRETE =
  /waiting for the vendor$|@ada$|@person$|\$\{[^}]*\}$|^INC-\d{4}-\d{4}$|^(?:incident-)?commander$|^off(?:\|on)?$|until tomorrow 09:00$|^name$|^identified a bad release$|^(?:INC-\d{4}-\d{4} )?(?:un)?done(?: \d+)?$/;

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(folder, name), 'utf8'));
}

test('an example in a message uses the words of the help, so that it is known when somebody sends it as it is', () => {
  const known = placeholdersOf(COMMANDS);
  const unknown = ['commands', 'blocks', 'src']
    .flatMap(sources)
    .flatMap((text) => [...text.matchAll(EXAMPLE)])
    .filter(({ groups }) => COMMANDS.some(({ name }) => name === `/${groups?.command ?? ''}`))
    .filter(({ groups: { rest = '' } = {} }) => !CONCRETE.test(rest) && ![...known].some((word) => rest === word || rest.endsWith(` ${word}`)));
  expect(unknown.map(([text]) => text)).toEqual([]);
});

test('what people type as it is, is no placeholder', () => {
  const known = placeholdersOf(COMMANDS);
  expect(known.has('reason') && known.has('what fixed it')).toBe(true);
  for (const word of ['monitoring', 'off', 'commander', '@person', 'p0-p3', '30m']) expect(known.has(word)).toBe(false);
});
