import { expect, test } from '@jest/globals';
import type { PathTried } from '../../src/domain/page-path/standing.ts';
import { sayNight } from '../../src/domain/page-path/words.ts';

const tried: PathTried = { service: 'shop', people: 0, ways: [], failed: [] };

test('what works names nobody where nobody is reached, and nothing where nothing works', () => {
  expect(sayNight('Shop', { ...tried, ways: [{ way: 'pagerduty', what: '' }] })).toContain('What works: PagerDuty.');
  expect(sayNight('Shop', tried)).toContain('What works: nothing.');
  expect(sayNight('Shop', { ...tried, people: 1 })).toContain('What works: 1 person by direct message.');
});
