import { describe, expect, test } from '@jest/globals';
import { checklistOf, isDone } from '../../src/domain/incident/checklist.ts';
import { owedReview } from '../../src/domain/incident/review.ts';
import { timerRowsOf } from '../../src/domain/incident/timers.ts';
import type { Severity } from '../../src/domain/severity.ts';
import { codeOf } from './helpers/code-of.ts';
import { declared, joan, type Life, MINUTE, policy } from './helpers/incidents.ts';

const HOUR = 60 * MINUTE;
const REVIEWED = {
  ...policy,
  review_within: { P0: { ms: 48 * HOUR }, P1: { ms: 48 * HOUR }, P2: { business_days: 5 }, P3: null },
  checklist: [{ id: '1', text: 'Postmortem scheduled', seen: { what: 'review' as const } }],
};

function resolved(severity: Severity = 'P1'): Life {
  const life = declared(severity, { policy: REVIEWED });
  life.ask({ type: 'resolve', summary: 'x' });
  return life;
}

/** What waits, in hours from now. */
function waits(life: Life): Record<string, number> {
  return Object.fromEntries(timerRowsOf(life.incident).map(({ name, dueAt }) => [name, (dueAt - life.at) / HOUR]));
}

/** Fires everything that comes due within some hours. */
function pass(life: Life, hours: number): void {
  life.fireUntil(life.at + hours * HOUR);
}

const reviewed = (life: Life) => life.records.filter(({ type }) => /^(?:review|breach)\./.test(type)).map(({ type }) => type);

describe('[AU-09] [VQ-21] the review after an incident', () => {
  test('is reminded of at half time and missed once, also when the incident is closed', () => {
    const life = resolved();
    expect(waits(life)).toEqual({ 'review-reminder': 24, 'review-breach': 48 });
    life.ask({ type: 'close' });
    pass(life, 200);
    expect(reviewed(life)).toEqual(['review.reminded', 'breach.recorded']);
    expect(life.records.at(-1)?.data).toMatchObject({ target: 'review', late_ms: 0 });
    expect(waits(life)).toEqual({});
  });

  test('that is scheduled is reminded of when it begins, and missed when nobody says within a day that it was held', () => {
    const life = resolved();
    life.ask({ type: 'schedule-review', when: life.at + 72 * HOUR, who: 'U0GRACE' });
    expect(waits(life)).toEqual({ 'review-reminder': 72, 'review-breach': 96 });
    pass(life, 73);
    expect(life.records.at(-1)).toMatchObject({ type: 'review.reminded', data: { who: 'U0GRACE' } });
    const held = structuredClone(life.incident);
    life.ask({ type: 'finish-review' });
    expect(waits(life)).toEqual({});
    expect(timerRowsOf(held).map(({ name }) => name)).toEqual(['review-breach']);
    expect(codeOf(() => life.ask({ type: 'schedule-review', when: life.at + HOUR, who: 'U0GRACE' }))).toBe('review-done');
  });

  test('ticks its item of the checklist, also on the record', () => {
    const life = resolved();
    const item = () => checklistOf(life.incident).map((one) => isDone(one));
    expect(item()).toEqual([false]);
    life.ask({ type: 'schedule-review', when: life.at + HOUR, who: 'U0ADA' });
    expect(item()).toEqual([true]);
  });

  test('is within five working days where the service says so, and none where it says never', () => {
    // A Friday evening in Berlin: the fifth working day is the Friday after.
    const friday = Date.parse('2026-11-27T18:00:00Z');
    const berlin = { policy: { ...REVIEWED, time_zone: 'Europe/Berlin' }, severity: 'P2' } as const;
    expect(new Date(owedReview(berlin, friday)?.dueAt ?? 0).toISOString()).toBe('2026-12-04T23:00:00.000Z');
    expect(waits(resolved('P3'))).toEqual({});
    const older = declared('P1');
    older.ask({ type: 'resolve', summary: 'x' });
    expect(waits(older)).toEqual({});
  });

  test('is of who answers for the service, after the resolution, and never in the past', () => {
    const life = declared('P1', { policy: REVIEWED });
    const schedule = (hours: number, by?: typeof joan) =>
      codeOf(() => life.ask({ type: 'schedule-review', when: life.at + hours * HOUR, who: 'U0ADA' }, by));
    expect(schedule(1)).toBe('not-resolved');
    life.ask({ type: 'resolve', summary: 'x' });
    expect(schedule(0)).toBe('date-past');
    expect(schedule(1, joan)).toBe('role-needed');
  });

  test('is owed anew after a reopening, and not by what was merged', () => {
    const life = resolved();
    life.ask({ type: 'schedule-review', when: life.at + HOUR, who: 'U0ADA' });
    life.ask({ type: 'reopen', reason: 'again' });
    expect(life.incident.review).toBeUndefined();
    life.ask({ type: 'resolve', summary: 'x' });
    expect(life.incident.review?.scheduled).toBeUndefined();
    const merged = resolved();
    merged.ask({ type: 'merge', into: 'INC-2026-0002' });
    expect(waits(merged)).toEqual({});
  });
});
