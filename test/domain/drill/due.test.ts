import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type DrilledService, standings, toRemind } from '../../../src/domain/drill/due.ts';
import { type DrillForm, formOf, later, parseInterval, sayInterval } from '../../../src/domain/drill/forms.ts';
import type { StoredRecord } from '../../../src/domain/record.ts';

const DAY = 24 * 60 * 60_000;
const SINCE = Date.parse('2026-01-01T00:00:00Z');
const AUREUS: DrilledService = {
  id: 'aureus',
  name: 'AUREUS Platform',
  every: { fire: { count: 1, unit: 'month' }, tabletop: { count: 3, unit: 'month' }, review: null },
  runbooks: [
    { id: 'aureus/frontend-down', severity: 'P0' },
    { id: 'aureus/database-connections', severity: 'P1' },
    { id: 'aureus/rate-limiting', severity: 'P2' },
  ],
};

describe('[AU-90] when a drill is due', () => {
  test('each severity has its form', () => {
    expect((['P0', 'P1', 'P2', 'P3'] as const).map(formOf)).toEqual(['fire', 'tabletop', 'review', 'review']);
  });

  test.each([
    ['2026-01-31T09:30:00Z', '1 month', '2026-02-28T09:30:00Z'],
    ['2028-02-29T00:00:00Z', '1 year', '2029-02-28T00:00:00Z'],
    ['2026-11-30T23:59:00Z', '3 months', '2027-02-28T23:59:00Z'],
    ['2026-12-24T12:00:00Z', '2 weeks', '2027-01-07T12:00:00Z'],
  ])('after %s, %s later is %s', (from, every, expected) => {
    const interval = parseInterval(every);
    expect(interval).toBeDefined();
    if (interval !== undefined) expect(later(Date.parse(from), interval)).toBe(Date.parse(expected));
  });

  test('an interval is always later, keeps the time of day, and is read as it is said', () => {
    const units = fc.constantFrom('day' as const, 'week' as const, 'month' as const, 'year' as const);
    const at = fc.integer({ min: Date.parse('2020-01-01T00:00:00Z'), max: Date.parse('2100-01-01T00:00:00Z') });
    fc.assert(
      fc.property(at, fc.integer({ min: 1, max: 99 }), units, (from, count, unit) => {
        const due = later(from, { count, unit });
        expect(due).toBeGreaterThan(from);
        expect(due % DAY).toBe(from % DAY);
        const words = sayInterval({ count, unit }).replace('every ', '');
        expect(parseInterval(count === 1 ? `1 ${words}` : words)).toEqual({ count, unit });
      }),
    );
  });

  test('the newest drill that was held decides, in whatever order of services and forms', () => {
    const held = fc.record({
      form: fc.constantFrom('fire' as const, 'tabletop' as const),
      day: fc.integer({ min: 1, max: 400 }),
      held: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(held, { maxLength: 12 }), fc.integer({ min: 0, max: 500 }), (all, today) => {
        const records = all.toSorted((a, b) => a.day - b.day).map(({ form, day, held: isHeld }) => finished(form, day, isHeld));
        const now = SINCE + today * DAY;
        const list = standings(records, [AUREUS], { since: SINCE, now });
        for (const form of ['fire', 'tabletop'] as const) {
          const last = Math.max(0, ...all.filter((one) => one.form === form && one.held).map(({ day }) => day));
          const due = later(SINCE + last * DAY, form === 'fire' ? { count: 1, unit: 'month' } : { count: 3, unit: 'month' });
          expect(list.find((one) => one.form === form)).toMatchObject({ dueAt: due, overdue: due <= now });
        }
        expect(list.find(({ form }) => form === 'review')).toMatchObject({ dueAt: null, overdue: false });
        const overdue = list.map((one) => one.overdue);
        expect(overdue.toSorted((a, b) => Number(b) - Number(a))).toEqual(overdue);
      }),
    );
  });

  test('a form without a runbook is not due', () => {
    const only = { ...AUREUS, runbooks: AUREUS.runbooks.slice(1, 2) };
    expect(standings([], [only], { since: SINCE, now: SINCE }).map(({ form }) => form)).toEqual(['tabletop']);
  });

  test('what is overdue is said once a week, all of a service at once', () => {
    const now = SINCE + 200 * DAY;
    const list = standings([], [AUREUS], { since: SINCE, now });
    expect(toRemind([], list, 'aureus', now).map(({ form }) => form)).toEqual(['fire', 'tabletop']);
    const told = [record('drill.reminded', 200, { service: 'aureus', forms: ['fire'] })];
    expect(toRemind(told, list, 'aureus', now + 6 * DAY)).toEqual([]);
    expect(toRemind(told, list, 'aureus', now + 7 * DAY)).toHaveLength(2);
    expect(toRemind(told, list, 'sark', now)).toEqual([]);
  });
});

function finished(form: DrillForm, day: number, held: boolean): StoredRecord {
  return record('drill.finished', day, { drill: 'DRL-2026-0001', service: 'aureus', form, runbook: 'aureus/frontend-down', held });
}

function record(type: string, day: number, data: object): StoredRecord {
  return { type, data, time: new Date(SINCE + day * DAY).toISOString() } as StoredRecord;
}
