import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { WEEKDAYS } from '../../src/domain/rota/rota.ts';
import { isDigestTime, nextDigest } from '../../src/engine/figures/digest.ts';
import { dayIn, timeIn, weekdayOf } from '../../src/lib/zoned.ts';

const MONDAY = { weekday: 'monday', time: '09:00', timeZone: 'Europe/Berlin' } as const;
const next = (after: string) => new Date(nextDigest(MONDAY, Date.parse(after))).toISOString();

test.each([
  ['2026-11-26T12:00:00Z', '2026-11-30T08:00:00.000Z'],
  ['2026-11-30T07:59:59Z', '2026-11-30T08:00:00.000Z'],
  ['2026-11-30T08:00:00Z', '2026-12-07T08:00:00.000Z'],
  // The clocks change between the two.
  ['2026-03-23T09:00:00Z', '2026-03-30T07:00:00.000Z'],
  // Monday there already.
  ['2026-11-29T23:30:00Z', '2026-11-30T08:00:00.000Z'],
])('after %s the digest of Monday 09:00 in Berlin is at %s', (after, at) => {
  expect(next(after)).toBe(at);
});

test('is always ahead, a week at most (an hour more where clocks change), at that time of that day, and known as one', () => {
  const hours = fc.integer({ min: 4, max: 23 }).map((hour) => `${String(hour).padStart(2, '0')}:00`);
  const instants = fc.integer({ min: Date.parse('2026-01-01T00:00:00Z'), max: Date.parse('2029-01-01T00:00:00Z') });
  const zones = fc.constantFrom('Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Pacific/Auckland');
  fc.assert(
    fc.property(fc.constantFrom(...WEEKDAYS), hours, zones, instants, (weekday, time, timeZone, after) => {
      const when = { weekday, time, timeZone };
      const at = nextDigest(when, after);
      expect(at).toBeGreaterThan(after);
      expect(at - after).toBeLessThanOrEqual((7 * 24 + 1) * 3_600_000);
      expect(WEEKDAYS[weekdayOf(dayIn(timeZone, at))]).toBe(weekday);
      expect(timeIn(timeZone, at)).toBe(time);
      expect(isDigestTime(when, at)).toBe(true);
      expect(isDigestTime(when, at + 60_000)).toBe(false);
    }),
  );
});
