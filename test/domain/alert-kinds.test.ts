import { expect, test } from '@jest/globals';
import { type AlertKind, withAlert } from '../../src/domain/incident/alert-kinds.ts';

function told(...titles: readonly string[]): readonly AlertKind[] {
  return titles.reduce<readonly AlertKind[]>((alerts, title, index) => withAlert(alerts, title, `record-${index}`), []);
}

test('alerts that differ by a number, an address or their letters’ case only are of one kind', () => {
  const titles = ['Disk full on node-3', 'Disk full on node-17', 'disk FULL on db.example.com:9100', 'Disk full on https://a.example/', 'API slow'];
  expect(told(...titles).map(({ first, count }) => [first, count])).toEqual([
    ['record-0', 4],
    ['record-4', 1],
  ]);
});

test('after ten kinds what is new counts as the first, and a kind that was told stays what it is', () => {
  const kinds = Array.from({ length: 12 }, (_, index) => `Kind ${'abcdefghijkl'.charAt(index)}`);
  const alerts = told(...kinds, 'Kind b');
  expect(alerts).toHaveLength(10);
  expect(alerts.map(({ count }) => count)).toEqual([3, 2, 1, 1, 1, 1, 1, 1, 1, 1]);
});
