import { describe, expect, test } from '@jest/globals';
import { sayLate } from '../../blocks/late-values.ts';
import { planCard } from '../../blocks/plan.ts';
import { planList } from '../../blocks/plan-list.ts';
import type { ChangeEventData } from '../../src/domain/change/events.ts';
import { ChangeLife, commander, holders, PLAN } from './helpers/changes.ts';

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

describe('A long list of what a plan acts on', () => {
  const diff = Array.from({ length: 60 }, (_, i) => `- file ${i + 1}`).join('\n');

  test('is its first lines on the card, so that the buttons are near, and all of it in the thread', () => {
    const shown = card({ diff, listed: true });
    expect(shown).toContain('- file 3\\n… 57 more lines');
    expect(shown).not.toContain('- file 4');
    expect(shown).toContain('The list is in the thread');
    expect(shown).not.toContain(CUT);
    const life = new ChangeLife(SAID);
    life.request();
    life.plan({ diff, listed: true });
    const record = life.records.find(({ type }) => type === 'plan.made');
    const list = JSON.stringify(planList(record?.data as ChangeEventData['plan.made']).blocks);
    for (const line of diff.split('\n')) expect(list).toContain(`${line}\\n`);
    expect(Object.values(life.incident.plans).map(({ lists }) => lists)).toEqual([true]);
  });

  test('that its record has cut is counted whole, and the card says so', () => {
    const shown = card({ diff: `${diff}\n… 40 more lines`, listed: true });
    expect(shown).toContain('- file 3\\n… 97 more lines');
    expect(shown).toContain(CUT);
    expect(shown).toContain('More of the list is in the thread');
    expect(shown).not.toContain('The list is in the thread');
  });

  test('that is short stands on the card', () => {
    const shown = card({ diff: '- one\n- two\n- three\n- four', listed: true });
    expect(shown).toContain('- four');
    expect(shown).not.toContain('in the thread');
  });

  test('a difference that is none of these stays whole', () => {
    expect(card({ diff })).toContain('- file 60');
  });
});

describe('The card of a plan that was applied', () => {
  test.each([
    [true, {}, ':white_check_mark: *Verified*: 3 of 3 pods ready.'],
    [false, {}, ':warning: *The effect did not show*: 3 of 3 pods ready.'],
    [false, { unknown: true as const }, ':grey_question: *It could not be verified*: 3 of 3 pods ready.'],
  ])('says first whether it had its effect: %j %j', (passed, more, said) => {
    const life = new ChangeLife(SAID, { risk: 'change' });
    life.request();
    life.plan();
    life.ask({ type: 'approve', plan: PLAN }, commander);
    life.apply();
    life.inForce(passed, { summary: '3 of 3 pods ready', ...more });
    const record = life.records.find(({ type }) => type === 'plan.made');
    const [, first, ...rest] = planCard(life.incident, record?.data as ChangeEventData['plan.made'], holders).blocks.map((block) =>
      JSON.stringify(block),
    );
    expect(first).toContain(said);
    expect(rest.join('\n')).not.toContain('3 of 3 pods ready');
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
