import { describe, expect, test } from '@jest/globals';
import { momentMeant } from '../../commands/oncall/moments.ts';

const at = (iso: string) => Date.parse(iso);
/** A Wednesday, 10:30 in Berlin. */
const NOW = at('2026-06-10T08:30:00Z');

describe('[VQ-25] the time until which somebody stands in', () => {
  test.each([
    ['18:00', '2026-06-10T16:00:00Z'],
    ['9:00', '2026-06-11T07:00:00Z'],
    ['today 18:00', '2026-06-10T16:00:00Z'],
    ['Tomorrow 09:00', '2026-06-11T07:00:00Z'],
    ['friday 18:00', '2026-06-12T16:00:00Z'],
    ['Fri 18:00', '2026-06-12T16:00:00Z'],
    ['wednesday 18:00', '2026-06-10T16:00:00Z'],
    ['wednesday 09:00', '2026-06-17T07:00:00Z'],
    ['2026-12-27 09:00', '2026-12-27T08:00:00Z'],
    ['4h', '2026-06-10T12:30:00Z'],
    ['1h30m', '2026-06-10T10:00:00Z'],
  ])('%s is the next such moment by the clocks of the rota', (text, iso) => {
    expect(new Date(momentMeant(text, 'Europe/Berlin', NOW)).toISOString()).toBe(iso.replace('Z', '.000Z'));
  });

  test('is right on the days on which the clocks change', () => {
    expect(momentMeant('tomorrow 02:30', 'Europe/Berlin', at('2026-03-28T12:00:00Z'))).toBe(at('2026-03-29T01:00:00Z'));
    expect(momentMeant('tomorrow 02:30', 'Europe/Berlin', at('2026-10-24T12:00:00Z'))).toBe(at('2026-10-25T00:30:00Z'));
    // Between the two: the next 02:30 is tomorrow's.
    expect(momentMeant('02:30', 'Europe/Berlin', at('2026-10-25T01:10:00Z'))).toBe(at('2026-10-26T01:30:00Z'));
  });

  test.each(['', 'later', '25:00', 'tomorrow', 'someday 09:00', '2026-02-30 09:00', 'tomorrow 9'])('“%s” is none', (text) => {
    expect(() => momentMeant(text, 'Europe/Berlin', NOW)).toThrow('is not a time');
  });
});
