import { describe, expect, test } from '@jest/globals';
import { humanDuration } from '../../kubernetes/api/duration.ts';
import { matchesFields, matchesLabels, parseFieldSelector, parseLabelSelector } from '../../kubernetes/api/selectors.ts';

const labels = { app: 'aureus', component: 'frontend', size: '5' };

describe('label selectors', () => {
  test.each([
    ['app=aureus,component=frontend', true],
    ['app==aureus', true],
    ['app!=aureus', false],
    ['missing!=x', true],
    ['component in (frontend, redis)', true],
    ['component notin (frontend)', false],
    ['component', true],
    ['!component', false],
    ['size>4', true],
    ['size<4', false],
    ['', true],
  ])('%s: %s', (text, expected) => expect(matchesLabels(parseLabelSelector(text), labels)).toBe(expected));

  test('400 for what is none', () => expect(() => parseLabelSelector('a in b')).toThrow(expect.objectContaining({ code: 400 })));
});

describe('field selectors', () => {
  const event = { metadata: { name: 'e', namespace: 'n' }, involvedObject: { kind: 'Pod', name: 'p' }, type: 'Warning' };

  test.each([
    ['involvedObject.name=p,involvedObject.kind=Pod', true],
    ['type!=Warning', false],
    ['metadata.name=e', true],
  ])('%s: %s', (text, expected) => expect(matchesFields(parseFieldSelector(text, 'events'), event)).toBe(expected));

  test('400 for a field that the resource has no selector for', () => {
    expect(() => parseFieldSelector('spec.replicas=3', 'deployments')).toThrow('field label not supported: spec.replicas');
  });
});

test.each([
  [45_000, '45s'],
  [119_000, '119s'],
  [150_000, '2m30s'],
  [3_600_000, '60m'],
  [3 * 3_600_000, '3h'],
  [5.5 * 3_600_000, '5h30m'],
  [72 * 3_600_000, '3d'],
])('%d ms is shown as %s', (ms, text) => expect(humanDuration(ms)).toBe(text));
