import { describe, expect, test } from '@jest/globals';
import { sayLate } from '../../blocks/late-values.ts';
import { planCard } from '../../blocks/plan.ts';
import type { ChangeEventData } from '../../src/domain/change/events.ts';
import { ChangeLife, holders } from './helpers/changes.ts';

const SAID = { title: 'Down', service: 'AUREUS', remedy: 'Enable policy bypass', text: 'why', many: 1 };
const CUT = 'Not all of this plan is shown here';

/** The card of a plan that waits, as Slack gets it. */
function card(more: Parameters<ChangeLife['plan']>[0]): string {
  const life = new ChangeLife(SAID);
  life.request();
  life.plan(more);
  const record = life.records.find(({ type }) => type === 'plan.made');
  return planCard(life.incident, record?.data as ChangeEventData['plan.made'], holders)
    .blocks.map((block) => JSON.stringify(block))
    .join('\n');
}

describe('The notes of a plan that waits', () => {
  test('are all there while they are few', () => {
    const shown = card({ notes: ['1st', '2nd', '3rd', '4th', '5th'] });
    for (const note of ['1st', '2nd', '3rd', '4th', '5th']) expect(shown).toContain(`• ${note}`);
    expect(shown).not.toContain('more note');
    expect(shown).not.toContain(CUT);
  });

  test.each([
    [6, 'And 1 more note.'],
    [8, 'And 3 more notes.'],
  ])('%i: the card says that there are more, and where', (many, said) => {
    const shown = card({ notes: Array.from({ length: many }, (_, i) => `note ${i + 1}`) });
    expect(shown).toContain('• note 5');
    expect(shown).not.toContain('• note 6');
    expect(shown).toContain(said);
    expect(shown).toContain('/incident evidence');
    expect(shown).toContain(CUT);
  });

  test('are there beside the longest difference', () => {
    const notes = Array.from({ length: 5 }, (_, i) => `note ${i + 1} ${'is long '.repeat(30)}end`);
    const shown = card({ notes, diff: '+ a line of it\n'.repeat(400) });
    for (const note of notes) expect(shown).toContain(note);
  });

  test('that do not fit are counted, whatever they are made of', () => {
    const shown = card({ notes: Array.from({ length: 5 }, () => '&'.repeat(300)) });
    expect(shown).toMatch(/And \d more notes?\./);
    expect(shown).toContain(CUT);
  });

  test('one that is cut is told of', () => {
    expect(card({ notes: ['n'.repeat(301)] })).toContain(CUT);
  });
});

describe('What a plan cannot know yet', () => {
  test('is said in words', () => {
    expect(card({})).toContain('⟨set when it runs: the id of who approves as incident commander⟩');
    expect(sayLate('+ ⟨"/x/" + stamp() + ".log"⟩', ['"/x/" + stamp() + ".log"'])).toBe('+ ⟨set when it runs, with the time⟩');
    expect(sayLate('+ {"by":"⟨approval(\\"security\\").id⟩"}', ['approval("security").id'])).toBe(
      '+ {"by":"⟨set when it runs: the id of who approves as security⟩"}',
    );
  });

  test.each(['⟨U1/../../admin/ALL⟩', '⟨set by Ada⟩', '⟨now()⟩', '⟨⟩', '⟨a ⟨approval("x").id⟩ b⟩'])(
    'is nothing else: %s is shown as it will be applied',
    (content) => {
      expect(card({ diff: `- prefix=a\n+ prefix=${content}` })).toContain(JSON.stringify(`+ prefix=${content}`).slice(1, -1));
    },
  );
});
