import { describe, expect, test } from '@jest/globals';
import { flags } from '../../commands/incident/arguments.ts';

const KNOWN = ['customers', 'data'];
const taken = (text: string, after = 0) => {
  const { set, rest } = flags(text, KNOWN, { after });
  return [[...set], rest];
};

describe('flags', () => {
  test.each([
    ['--customers Half of all queries fail', ['customers'], 'Half of all queries fail'],
    ['Half fail --data', ['data'], 'Half fail'],
    ['Half --customers fail', ['customers'], 'Half fail'],
    ['—customers –data Half fail', ['customers', 'data'], 'Half fail'],
    ['Half fail —Customers', ['customers'], 'Half fail'],
  ])('%s', (text, set, rest) => expect(taken(text)).toEqual([set, rest]));

  test.each([
    'Checkout is down —payments first',
    'Users —customers mostly— cannot log in',
    'They cannot log in — all of them',
    'The deployment with --force did it',
    'Checkout –slow',
  ])('a dash in a sentence is no flag: %s', (text) => expect(taken(text)).toEqual([[], text]));

  test('words of the command may stand before a flag that a phone wrote', () => {
    expect(taken('P2 sark —data Leak', 2)).toEqual([['data'], 'P2 sark Leak']);
    expect(taken('P2 sark Leak —data copied by hand', 2)).toEqual([[], 'P2 sark Leak —data copied by hand']);
  });

  test('a slip in the first word is named', () =>
    expect(() => taken('--custmers Half fail')).toThrow('There is no flag `--custmers`. Flags: `--customers`, `--data`.'));
});
