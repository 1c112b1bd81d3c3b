import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseMessageBlocks, parseView } from '../../simulators/slack/blocks/validate.ts';
import { catalogue, type Entry, type Words } from './helpers/catalogue.ts';

/** The groups that Tocsin may call: the responders of the catalogue's policy, and who holds a role that is waited for. */
const CALLED = ['<!subteam^S0SRE>', '<!subteam^S0SEC>'];

/** What people type into a form comes back as they typed it, and notifies nobody there. */
const UNSEEN = new Set(['initial_value', 'private_metadata']);

const nasty = fc.oneof(
  fc.constantFrom(
    '<!channel>',
    '<!here>',
    '<!everyone>',
    '<!here|here>',
    '<!subteam^S0EVIL>',
    '<!subteam^S0EVIL|@all>',
    '<@U0EVIL>',
    '<#C0EVIL|general>',
  ),
  fc.constantFrom(
    '<',
    '>',
    '&',
    '&lt;!channel&gt;',
    '|',
    '*',
    '_',
    '~',
    '`',
    '```',
    '\n',
    '\n\n> ',
    '<https://e.vil|<!channel>>',
    '<!date^1^{ago}|<!here>>',
    ':x:',
    '"',
    '\\',
    '\u0000',
    '\u2028',
    '😀',
  ),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
);
const phrase = fc.array(nasty, { minLength: 1, maxLength: 12 }).map((parts) => `x${parts.join('')}`);
const huge = fc.tuple(nasty, fc.integer({ min: 1, max: 12_000 })).map(([part, times]) => `x${part.repeat(times)}`.slice(0, 12_000));
const words: fc.Arbitrary<Words> = fc.record({
  title: fc.oneof(phrase, huge),
  service: phrase,
  remedy: fc.oneof(phrase, huge),
  text: fc.oneof(phrase, huge),
  many: fc.constantFrom(1, 2, 60, 130),
});

describe('Every message and modal, whatever people write', () => {
  test('Slack would take it, and nobody is notified who was not called', () => {
    fc.assert(
      fc.property(words, (said) => {
        for (const entry of catalogue(said)) {
          checkTaken(entry);
          const read = CALLED.reduce((text, group) => text.replaceAll(group, ''), texts(entry.shown).join('\n'));
          const found = /<!(channel|here|everyone|subteam)[^>]*>?/.exec(read)?.[0];
          expect({ name: entry.name, found }).toEqual({ name: entry.name, found: undefined });
        }
      }),
      { numRuns: 100 },
    );
  });

  test('what must be pressed is there even when there is too much to say', () => {
    const said = 'all of it '.repeat(1_200);
    for (const { name, shown } of catalogue({ title: said, service: 'AUREUS', remedy: said, text: said, many: 1 })) {
      if (name === 'update-draft') expect(JSON.stringify(shown)).toContain('incident.update.post');
      if (name === 'plan-waiting' || name === 'plan-many-steps') expect(JSON.stringify(shown)).toContain('plan.approve');
      if (name === 'change-in-force') expect(JSON.stringify(shown)).toContain('plan.revert');
      if (name === 'change-revert-conflict') expect(JSON.stringify(shown)).toContain('plan.overwrite');
      if (name === 'diagnosis-done') expect(JSON.stringify(shown)).toContain('aureus/policy-engine-failure#bypass');
      if (name === 'card') expect(JSON.stringify(shown)).toContain('incident.ack');
    }
  });
});

/** @throws SlackError with every flaw, as the simulator finds it. */
function checkTaken({ name, kind, shown }: Entry): void {
  try {
    if (kind === 'modal') parseView(shown, 'modal');
    else if (kind === 'home') parseView({ type: 'home', blocks: shown.blocks }, 'home');
    else parseMessageBlocks(shown.blocks);
  } catch (error) {
    throw new Error(`${name} is refused: ${JSON.stringify(error)}`, { cause: error });
  }
}

/** All that is shown of a message or modal. */
function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => (UNSEEN.has(key) ? [] : texts(item)));
}

test('an approver is told when a plan is too long to be shown in full', () => {
  const shown = (text: string, name: string) =>
    JSON.stringify(
      catalogue({ title: 'Down', service: 'AUREUS', remedy: 'Bypass', text, many: 3 })
        .filter((entry) => entry.name === name)
        .map((entry) => entry.shown),
    );
  expect(shown('a line\n'.repeat(1_000), 'plan-many-steps')).toContain('Not all of this plan is shown here');
  expect(shown('a line', 'plan-many-steps')).not.toContain('Not all of this plan is shown here');
});
