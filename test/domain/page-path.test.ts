import { expect, test } from '@jest/globals';
import type { PathTried } from '../../src/domain/page-path/standing.ts';
import { sayNight, sayWeek } from '../../src/domain/page-path/words.ts';
import { PAGE_PATH_DATA } from '../../src/domain/records/data/page-path.ts';

const WHY = 'pagerduty.service is not set, so neither the service there nor who is on call is looked at';

/** What people are called. */
const nameOf = (user: string) => user.replace('U0', 'Name of ');

const tried: PathTried = { service: 'shop', people: 0, ways: [], failed: [] };

test('what works names nobody where nobody is reached, and nothing where nothing works', () => {
  expect(sayNight('Shop', { ...tried, ways: [{ way: 'pagerduty', what: '' }] }, nameOf)).toContain('What works: PagerDuty.');
  expect(sayNight('Shop', tried, nameOf)).toContain('What works: nothing.');
  expect(sayNight('Shop', { ...tried, people: 1 }, nameOf)).toContain('What works: 1 person by direct message.');
});

test('what is not looked at is said as not known, beside what is wrong and in the week’s line', () => {
  const unseen = [{ way: 'pagerduty-on-call', what: '', error: WHY, tried: false }] as const;
  const failed = [{ way: 'person', what: 'U0ADA', error: 'user_disabled', severities: ['P0'] }] as const;
  const said = sayNight('Shop', { ...tried, failed, unseen }, nameOf);
  expect(said).toContain('A page of *Shop* would not arrive by every way.');
  expect(said).toContain(`\n• Whom PagerDuty would call is not known: ${WHY}.\n`);
  const asked = { at: '2026-11-30', users: ['U0ADA'], confirmed: ['U0ADA'], missed: [] };
  expect(sayWeek('Shop', { service: 'shop', tried: { ...tried, people: 1, unseen, on: 0 }, asked }, '1 d', nameOf, 0)).toBe(
    `:white_check_mark: A page of *Shop* arrives: <@U0ADA> confirmed this week’s test message. Tried last night: 1 person by direct message. Whom PagerDuty would call is not known: ${WHY}.`,
  );
});

test('whoever opted out of mail is named as such, and not as somebody of whom nothing is known', () => {
  const unseen = ['U0ADA', 'U0GRACE'].map((what) => ({ way: 'address', what, error: 'opted_out', tried: false }) as const);
  const failed = [{ way: 'person', what: 'U0ADA', error: 'user_disabled', severities: ['P0'] }] as const;
  const said = (some: PathTried['unseen']) => sayNight('Shop', { ...tried, failed, unseen: some ?? [] }, nameOf);
  expect(said(unseen)).toContain('\n• Name of ADA, Name of GRACE get no mail where Slack does not reach them: their addresses are in `opt_out`.\n');
  expect(said(unseen.slice(0, 1))).toContain('\n• Name of ADA gets no mail where Slack does not reach them: their address is in `opt_out`.\n');
});

test('a night of a release before this one reads as one in which everything was looked at', () => {
  const data = PAGE_PATH_DATA['page-path.tried'].parse({ service: 'shop', people: 0, ways: [], failed: [] });
  expect(sayNight('Shop', data, nameOf)).not.toContain('• ');
});

test('neither report notifies anybody for an address: who is only named is said by name', () => {
  const hidden = [{ way: 'address', what: 'U0LINUS', error: 'hidden', tried: false }] as const;
  const without = [{ way: 'address', what: 'U0GRACE', error: 'no_address', severities: ['P0'] }] as const;
  const night = sayNight('Shop', { ...tried, failed: without, unseen: hidden }, nameOf);
  const asked = { at: '2026-11-30', users: ['U0ADA'], confirmed: ['U0ADA'], missed: [] };
  const week = sayWeek('Shop', { service: 'shop', tried: { ...tried, unseen: hidden, on: 0 }, asked }, '1 d', nameOf, 0);
  expect(night).toContain('• Name of GRACE has no mail address');
  for (const text of [night, week]) expect(text).toContain('Whether Name of LINUS has a mail address is not known');
  expect([night.match(/<@[^>]*>/g), week.match(/<@[^>]*>/g)]).toEqual([null, ['<@U0ADA>']]);
});

test('PagerDuty’s on-call is called so wherever it stands, and the report promises of the doctor only what it shows', () => {
  const alone = sayNight('Shop', { ...tried, people: 2, ways: [{ way: 'pagerduty-on-call', what: 'PIJ90N7' }] }, nameOf);
  expect(alone).toContain('What works: 2 people by direct message, PagerDuty’s on-call.');
  expect(alone).toMatch(/\. `npm run -s tocsin -- doctor` shows what the last try found\.$/);
});

test('the week’s line says when the ways were tried, and gives no good word for a try that is older than two nights', () => {
  const on = Date.parse('2026-11-30T04:30:00Z');
  const hour = 3_600_000;
  const asked = { at: '2026-11-30', users: ['U0ADA'], confirmed: ['U0ADA'], missed: [] };
  const after = (hours: number) => sayWeek('Shop', { service: 'shop', tried: { ...tried, people: 1, on }, asked }, '1 d', nameOf, on + hours * hour);
  expect(after(24)).toContain('Tried last night: 1 person by direct message.');
  expect(after(25)).toContain('Tried at 2026-11-30 04:30 UTC: 1 person by direct message.');
  expect(after(48)).toMatch(/^:white_check_mark:/);
  expect(after(49)).toBe(
    ':warning: <@U0ADA> confirmed this week’s test message of *Shop*, but whether a page arrives by every way was last tried at 2026-11-30 04:30 UTC. It is to be tried each night: see whether Tocsin runs at that time, and what its log says.',
  );
});
