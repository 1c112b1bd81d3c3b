import { describe, expect, test } from '@jest/globals';
import type { Plan } from '../../src/domain/change/plans.ts';
import { runbooksToUpdate } from '../../src/domain/change/runbooks-to-update.ts';
import { ChangeLife } from '../blocks/helpers/changes.ts';

function plan(more: Partial<Plan>): Plan {
  const life = new ChangeLife({ title: 'Down', service: 'AUREUS', remedy: 'Restart', text: 'why', many: 1 });
  life.request();
  life.plan();
  const [made] = Object.values(life.incident.plans);
  if (made === undefined) throw new Error('There is no plan.');
  return { ...made, runbook: 'aureus/frontend-down', title: 'Restart', ...more };
}

const of = (...plans: readonly Plan[]) => runbooksToUpdate({ plans: Object.fromEntries(plans.map((one, i) => [`PLN-${i}`, one])) });

describe('[VQ-23] a runbook is to be updated', () => {
  test.each([
    ['was refused', { status: 'rejected' as const }, 'was rejected'],
    ['failed', { status: 'failed' as const }, 'failed'],
    ['was decided otherwise', { status: 'kept' as const }, 'was not reverted, by decision'],
    ['did not help', { status: 'applied' as const, verified: false }, 'did not have its effect'],
    ['came back', { status: 'applied' as const, watch: { until: 0, outcome: 'again' as const, endedAt: 0 } }, 'did not help for long'],
  ])('where a step %s, and it is named with that', (_, more, became) => {
    expect(of(plan(more), plan(more))).toEqual([{ runbook: 'aureus/frontend-down', because: [`“Restart” ${became}`] }]);
  });

  test('not where all went as it is written, or more time was asked for', () => {
    expect(of(plan({ status: 'applied', verified: true }), plan({ status: 'reverted' }), plan({ status: 'expired' }))).toEqual([]);
    expect(of(plan({ status: 'rejected', kind: 'extend' }))).toEqual([]);
  });
});
