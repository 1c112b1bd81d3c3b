import { describe, expect, test } from '@jest/globals';
import { code } from '../../blocks/code.ts';
import { message, section } from '../../blocks/kit.ts';
import { clampMarkup, LIMITS } from '../../blocks/text.ts';
import { clip, SHOWN_DIFF } from '../../src/engine/runbooks/remedy/planned-steps.ts';

const lines = (count: number, text = 'a line of the plan') => Array.from({ length: count }, (_, i) => `${text} ${i + 1}`);

describe('What is too long for Slack', () => {
  test('is cut at the end of a line, and says how many lines are left out', () => {
    const all = lines(300);
    const cut = clampMarkup(all.join('\n'), 1_000);
    const kept = cut.split('\n');
    const [, left] = /^… (\d+) more lines$/.exec(kept.at(-1) ?? '') ?? [];
    expect(kept.slice(0, -1)).toEqual(all.slice(0, kept.length - 1));
    expect(kept.length - 1 + Number(left)).toBe(300);
    expect(cut.length).toBeLessThanOrEqual(1_000);
  });

  test('keeps what is code a block of its own', () => {
    const cut = clampMarkup(`Before\n\`\`\`\n${lines(300).join('\n')}\n\`\`\``, 1_000);
    expect(cut.split('```').length - 1).toBe(2);
    expect(cut).toMatch(/\n```\n… \d+ more lines$/);
  });

  test('a single line keeps its links whole', () => {
    expect(clampMarkup(`${'x'.repeat(50)} <https://example.com/a|a link>`, 60)).toBe(`${'x'.repeat(50)} …`);
  });

  test('a difference that the record has cut and the card cuts again has one number for all of it', () => {
    const all = lines(400);
    const stored = clip(all.join('\n'));
    expect(stored.length).toBeLessThanOrEqual(SHOWN_DIFF + 30);
    const shown = code(stored, 1_000).split('\n').slice(1, -1);
    const [, left] = /^… (\d+) more lines$/.exec(shown.at(-1) ?? '') ?? [];
    expect(shown.slice(0, -1)).toEqual(all.slice(0, shown.length - 1));
    expect(shown.length - 1 + Number(left)).toBe(400);
  });

  test('a message says how many lines have no place in it, and where all of it is', () => {
    const { blocks } = message(
      'text',
      Array.from({ length: 60 }, (_, i) => section(`first ${i}\nsecond ${i}`)),
      'All of it is in the evidence.',
    );
    expect(blocks.length).toBeLessThanOrEqual(LIMITS.blocks);
    const left = (60 - (blocks.length - 1)) * 2;
    expect(JSON.stringify(blocks.at(-1))).toContain(`_${left} more lines are not shown here. All of it is in the evidence._`);
  });
});
