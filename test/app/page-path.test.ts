import { expect, test } from '@jest/globals';
import { checkStanding } from '../../src/app/doctor/page-path.ts';
import { lastLook } from '../../src/app/page-path.ts';
import type { PathStanding } from '../../src/domain/page-path/standing.ts';

const ON = Date.parse('2026-11-30T04:30:00Z');
const HOUR = 3_600_000;
const tried = { service: 'shop', people: 1, ways: [], failed: [], on: ON };
const standing = (more: Partial<PathStanding['tried'] & object> = {}, asked: PathStanding['asked'] = null): PathStanding => ({
  service: 'shop',
  tried: { ...tried, ...more },
  asked,
});
const failed = [{ way: 'mail', what: '', error: 'the mail server is away', severities: ['P0'] }] as const;
const unseen = [{ way: 'pagerduty-on-call', what: '', error: 'PagerDuty answers 503', tried: true }] as const;
const asked = { at: '2026-11-30', users: ['U0ADA'], confirmed: [], missed: ['U0ADA'] };

test('doctor says when each service was looked at last', () => {
  const at = (hours: number) => checkStanding(standing(), ON + hours * HOUR);
  expect(at(20)).toEqual({
    name: 'Page path of shop',
    state: 'good',
    says: '1 person by direct message. Last tried at 2026-11-30 04:30 UTC',
  });
  expect(at(48).state).toBe('good');
  expect(at(49)).toMatchObject({
    state: 'warning',
    says: '1 person by direct message. Last tried at 2026-11-30 04:30 UTC, more than two nights ago',
  });
  expect(at(49).advice).toContain('log');
});

test('a try that is long ago hides nothing of what it found, and what it found is dated', () => {
  const late = ON + 100 * HOUR;
  expect(checkStanding(standing({ failed }), late)).toMatchObject({
    state: 'bad',
    says: 'Nobody would get mail: the mail server is away. Severity: P0. Last tried at 2026-11-30 04:30 UTC, more than two nights ago.',
  });
  expect(checkStanding(standing({}, asked), late)).toMatchObject({ state: 'warning', says: expect.stringContaining('more than two nights ago') });
  expect(checkStanding(standing({ unseen }), late)).toMatchObject({ state: 'warning', says: expect.stringContaining('PagerDuty answers 503') });
  expect(checkStanding(standing({ unseen }), ON)).toMatchObject({ state: 'unknown' });
  // A bot of a release before does not tell the time.
  expect(checkStanding(standing(), null)).toMatchObject({ state: 'good', says: expect.stringContaining('Last tried at 2026-11-30 04:30 UTC') });
  expect(checkStanding({ service: 'shop', tried: null, asked: null }, late)).toMatchObject({
    state: 'good',
    says: 'not tried yet: the first try is tonight',
  });
});

test('the last look of all is that of the service which was looked at the longest ago; none is no number', () => {
  const never: PathStanding = { service: 'new', tried: null, asked: null };
  expect(lastLook([standing(), standing({ on: ON - HOUR }), never])).toBe((ON - HOUR) / 1_000);
  expect(lastLook([never])).toBeNaN();
  expect(lastLook([])).toBeNaN();
});
