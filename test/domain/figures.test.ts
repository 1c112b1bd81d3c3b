import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { figuresOf, type IncidentFigures, periodFigures, trendOf } from '../../src/domain/incident/figures.ts';
import { SEVERITIES } from '../../src/domain/severity.ts';
import { spreadOf } from '../../src/lib/quantile.ts';
import { declaring, Life, MINUTE, policy, START } from './helpers/incidents.ts';

function life(...told: readonly ((life: Life) => void)[]): Life {
  const lived = new Life();
  lived.ask(declaring('P1'));
  for (const tell of told) tell(lived);
  return lived;
}

const after = (minutes: number, tell: (life: Life) => void) => (lived: Life) => {
  lived.fireUntil(lived.at + minutes * MINUTE);
  tell(lived);
};

describe('the figures of one incident', () => {
  test('count every acknowledgement, updates of people and of Tocsin, breaches by their target, and what was reopened', () => {
    const lived = life(
      after(4, (one) => one.ask({ type: 'acknowledge' })),
      // Due after 30 minutes, overdue after 35: Tocsin posts one, and a person does so late.
      after(40, (one) => one.ask({ type: 'post-update', situation: 'We look' })),
      after(10, (one) => one.ask({ type: 'post-update', situation: 'We know' })),
      after(6, (one) => one.ask({ type: 'resolve', summary: 'Done' })),
      after(60, (one) => one.ask({ type: 'reopen', reason: 'It is back' })),
      // The target is 15 minutes.
      after(20, (one) => one.ask({ type: 'acknowledge' })),
      after(5, (one) => one.ask({ type: 'resolve', summary: 'Done again' })),
    );
    expect(figuresOf(lived.incident)).toMatchObject({
      acknowledged: [
        { within_ms: 4 * MINUTE, target_ms: 15 * MINUTE },
        { within_ms: 20 * MINUTE, target_ms: 15 * MINUTE },
      ],
      firstUpdateMs: 44 * MINUTE,
      resolvedMs: 145 * MINUTE,
      updates: 2,
      lateUpdates: 1,
      automaticUpdates: 1,
      breaches: { acknowledgement: 1, update: 1, review: 0 },
      reopened: 1,
      open: false,
      merged: false,
    });
  });

  test('what was cancelled was none: no review is due, and it does not count, until it is reopened', () => {
    const lived = new Life();
    lived.ask(declaring('P1', { policy: { ...policy, review_within: { P0: null, P1: { ms: MINUTE }, P2: null, P3: null } } }));
    lived.ask({ type: 'resolve', summary: 'the probe was wrong', cancels: true });
    expect(lived.records.at(-1)).toMatchObject({
      type: 'incident.resolved',
      data: { summary: 'Cancelled: the probe was wrong', cancelled: 'the probe was wrong' },
    });
    expect(lived.incident).toMatchObject({ status: 'resolved', resolution: 'Cancelled: the probe was wrong' });
    expect(lived.incident.review).toBeUndefined();
    expect(periodFigures([figuresOf(lived.incident)])).toMatchObject({ incidents: 0, cancelled: 1, resolve: null });
    lived.ask({ type: 'reopen', reason: 'It is one' });
    lived.ask({ type: 'resolve', summary: 'Done' });
    expect(lived.incident.review).toBeDefined();
    expect(periodFigures([figuresOf(lived.incident)])).toMatchObject({ incidents: 1, cancelled: 0 });
  });

  test('what did not happen is not a number', () => {
    expect(figuresOf(life().incident)).toMatchObject({ acknowledged: [], firstUpdateMs: null, resolvedMs: null, resolvedAt: null, open: true });
  });
});

const one: IncidentFigures = figuresOf(life().incident);
const figures: fc.Arbitrary<IncidentFigures> = fc
  .record({
    severity: fc.constantFrom(...SEVERITIES),
    service: fc.constantFrom('aureus', 'sark'),
    declaredAt: fc.integer({ min: START, max: START + 30 * 24 * 60 * MINUTE }),
    resolvedMs: fc.option(fc.nat()),
    firstUpdateMs: fc.option(fc.nat()),
    acknowledged: fc.array(fc.record({ within_ms: fc.nat(), target_ms: fc.nat() }), { maxLength: 3 }),
    merged: fc.boolean(),
    cancelled: fc.boolean(),
    reopened: fc.nat({ max: 3 }),
  })
  .map((more) => ({ ...one, ...more, serviceName: more.service.toUpperCase() }));

describe('the figures of a period', () => {
  test('each incident is counted once, under its severity, its service and its part of the period; merged ones are not', () => {
    fc.assert(
      fc.property(fc.array(figures), fc.integer({ min: 1, max: 14 }), (all, parts) => {
        const whole = periodFigures(all);
        const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
        expect(whole.incidents + whole.merged + whole.cancelled).toBe(all.length);
        expect(sum(Object.values(whole.bySeverity))).toBe(whole.incidents);
        expect(sum(whole.byService.map(({ incidents }) => incidents))).toBe(whole.incidents);
        const trend = trendOf(all, START, START + 31 * 24 * 60 * MINUTE, parts);
        expect(trend).toHaveLength(parts);
        expect(sum(trend.flatMap(({ bySeverity }) => Object.values(bySeverity)))).toBe(whole.incidents);
        expect(whole.acknowledgedInTime).toBeLessThanOrEqual(whole.acknowledge?.count ?? 0);
      }),
    );
  });

  test('does not depend on the order', () => {
    fc.assert(fc.property(fc.array(figures), (all) => expect(periodFigures(all.toReversed())).toEqual(periodFigures(all))));
  });

  test('of no incident has no times', () => {
    expect(periodFigures([])).toMatchObject({ incidents: 0, byService: [], acknowledge: null, firstUpdate: null, resolve: null });
  });
});

describe('how numbers are spread', () => {
  test('half are not above the median and nine of ten not above the 90th percentile, and both are among the numbers', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 1 }), (numbers) => {
        const spread = spreadOf(numbers);
        if (spread === null) throw new Error('There is a number.');
        const share = (bound: number) => numbers.filter((number) => number <= bound).length / numbers.length;
        expect(share(spread.median)).toBeGreaterThanOrEqual(0.5);
        expect(share(spread.p90)).toBeGreaterThanOrEqual(0.9);
        expect(numbers).toEqual(expect.arrayContaining([spread.median, spread.p90]));
        expect(spread.median).toBeLessThanOrEqual(spread.p90);
      }),
    );
  });

  test('of ten numbers', () => {
    expect(spreadOf([10, 1, 2, 3, 4, 5, 6, 7, 8, 9])).toEqual({ count: 10, mean: 5.5, median: 5, p90: 9 });
    expect(spreadOf([])).toBeNull();
  });
});
