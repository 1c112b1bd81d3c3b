import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { safe } from '../../blocks/outside.ts';
import { clampMarkup } from '../../blocks/text.ts';
import { clamp, headOf, tailOf } from '../../src/lib/clamp.ts';

const WHOLE = ['a', 'é', 'e\u0301', '👍', '👍🏽', '👩‍👩‍👧‍👦', '🇩🇪', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '한', 'नि', '\r\n', '❤️', ' ', '<', '&'] as const;
const characters = fc.array(fc.constantFrom(...WHOLE), { maxLength: 60 });
const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
const split = (text: string) => [...segmenter.segment(text)].map(({ segment }) => segment);

describe('Cutting text', () => {
  test('the result is never longer than asked, well formed, and made of whole characters of the text', () => {
    fc.assert(
      fc.property(characters, fc.integer({ min: 1, max: 80 }), (parts, length) => {
        const text = parts.join('');
        const cut = clamp(text, length);
        expect(cut.length).toBeLessThanOrEqual(Math.max(length, 1));
        expect(cut.isWellFormed()).toBe(true);
        if (text.length <= length) return expect(cut).toBe(text);
        const kept = split(cut.slice(0, -1));
        expect(cut.endsWith('…')).toBe(true);
        expect(kept).toEqual(split(text).slice(0, kept.length));
      }),
    );
  });

  test('both ends of a text are cut between characters', () => {
    fc.assert(
      fc.property(characters, fc.integer({ min: 0, max: 80 }), (parts, length) => {
        const text = parts.join('');
        const all = split(text);
        expect(headOf(text, length).length).toBeLessThanOrEqual(length);
        expect(tailOf(text, length).length).toBeLessThanOrEqual(length);
        expect(all.slice(0, split(headOf(text, length)).length).join('')).toBe(headOf(text, length));
        const tail = split(tailOf(text, length));
        expect(all.slice(all.length - tail.length).join('')).toBe(tailOf(text, length));
      }),
    );
  });

  test('any text at all, half an emoji too, comes out well formed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 50 }), fc.integer({ min: 1, max: 50 }), (text, length) => {
        expect(clamp(`${text}\ud83d`, length).isWellFormed()).toBe(true);
        expect(tailOf(`\udc4d${text}`, length).isWellFormed()).toBe(true);
      }),
    );
  });

  test('a character with endless marks does not take the text with it', () => {
    const endless = `ab${'\u0301'.repeat(5_000)}`;
    expect(clamp(endless, 3_000).length).toBeGreaterThan(2_000);
    expect(clamp(endless, 3_000).length).toBeLessThanOrEqual(3_000);
  });

  test('in mrkdwn no link, mention, date or escaped character is cut in two', () => {
    const piece = fc.constantFrom('word ', '👍🏽', '<@U0ADA>', '<https://example.com/a|a link>', '&amp;', '&lt;', '<!date^1^{time}|12:00 UTC>');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), fc.integer({ min: 1, max: 200 }), (pieces, length) => {
        const text = pieces.join('');
        const cut = clampMarkup(text, length);
        expect(cut.length).toBeLessThanOrEqual(Math.max(1, length));
        if (text.length <= length) return expect(cut).toBe(text);
        const kept = cut.slice(0, -1);
        expect(text.startsWith(kept)).toBe(true);
        expect(kept.lastIndexOf('<')).toBeLessThanOrEqual(kept.lastIndexOf('>'));
        expect(kept).not.toMatch(/&[a-z]*$/);
      }),
    );
    expect(clampMarkup(safe('a & b'), 5)).toBe('a …');
  });
});
