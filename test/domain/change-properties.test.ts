import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ChangeEvent } from '../../src/domain/change/events.ts';
import { planOf } from '../../src/domain/change/events.ts';
import { describe as sentence } from '../../src/domain/incident/describe.ts';
import { replay } from '../../src/domain/incident/evolve.ts';
import { timerRowsOf } from '../../src/domain/incident/timers.ts';
import type { ChangeLife } from '../blocks/helpers/changes.ts';
import { changeSteps, lived, PLANS } from './helpers/change-steps.ts';

/** How far the lives of these properties get: a property over lives in which nothing happens would say nothing. */
function reach(type: string): number {
  return fc.sample(changeSteps, 300).filter((given) => lived('emergency', given).types().includes(type)).length;
}

function always(check: (life: ChangeLife, risk: 'change' | 'destructive' | 'emergency') => void): void {
  fc.assert(
    fc.property(fc.constantFrom('change' as const, 'destructive' as const, 'emergency' as const), changeSteps, (risk, given) =>
      check(lived(risk, given), risk),
    ),
    { numRuns: 500 },
  );
}

/** Records of one plan, in their order. */
function recordsOf(life: ChangeLife, id: string) {
  return life.records.filter((record) => planOf(record as ChangeEvent) === id || ('plan' in record.data && record.data.plan === id));
}

describe('whatever happens to a plan', () => {
  test.each([
    'approval.given',
    'change.intended',
    'change.applied',
    'remedy.applied',
    'revert.started',
    'remedy.reverted',
    'plan.voided',
    'approval.expired',
  ])('many lives get to %s', (type) => expect(reach(type)).toBeGreaterThan(10));

  test('replaying its records gives its state, and each record has a sentence', () => {
    always((life) => {
      expect(replay(JSON.parse(JSON.stringify(life.records)) as typeof life.records)).toEqual(life.state);
      for (const record of life.records) expect(sentence(record)).toMatch(/\S/);
    });
  });

  test('nothing is begun without every role filled by a different, trusted person who asked or approved', () => {
    always((life, risk) => {
      for (const intent of life.records) {
        if (intent.type !== 'change.intended') continue;
        const made = life.records.findLast(
          (record) => record.seq < intent.seq && record.type === 'plan.made' && record.data.plan === intent.data.plan,
        );
        if (made?.type !== 'plan.made') throw new Error('There is an intent without a plan.');
        const gave = life.records.flatMap((record) =>
          record.seq > made.seq && record.seq < intent.seq && record.type === 'approval.given' && record.data.plan === intent.data.plan
            ? [record.actor.id]
            : [],
        );
        const users = intent.data.approvers.map(({ user }) => user);
        expect(intent.data.approvers.map(({ role }) => role)).toEqual(made.data.needs);
        expect(new Set(users).size).toBe(users.length);
        for (const user of users) expect([made.data.requester, ...gave]).toContain(user);
        expect(users).not.toContain('U0GUEST');
        expect(users).not.toContain('U0JOAN');
        if (risk !== 'change') expect(users.length).toBeGreaterThanOrEqual(2);
      }
    });
  });

  test('nothing is approved after its time, and what is void, rejected, withdrawn or expired is never begun', () => {
    always((life) => {
      for (const id of PLANS) {
        let over = false;
        let expires = Number.POSITIVE_INFINITY;
        for (const record of recordsOf(life, id)) {
          if (record.type === 'plan.made') {
            over = false;
            expires = Date.parse(record.data.expires);
          }
          if (['plan.voided', 'approval.rejected', 'approval.withdrawn', 'approval.expired'].includes(record.type)) over = true;
          if (record.type === 'approval.given') expect(Date.parse(record.time)).toBeLessThan(expires);
          if (record.type === 'change.intended' || record.type === 'change.applied') expect(over).toBe(false);
        }
      }
    });
  });

  test('a step is applied only after its intent, and a remedy is in force only after that', () => {
    always((life) => {
      for (const id of PLANS) {
        let intended = false;
        for (const { type } of recordsOf(life, id)) {
          if (type === 'change.intended') intended = true;
          if (type === 'change.applied' || type === 'remedy.applied') expect(intended).toBe(true);
        }
      }
    });
  });

  test('what is in force is always owed an end, and no two waits have one name', () => {
    always((life, risk) => {
      const timers = timerRowsOf(life.incident).map(({ name }) => name);
      expect(new Set(timers).size).toBe(timers.length);
      for (const one of Object.values(life.incident.plans))
        if (risk === 'emergency' && one.kind === 'change' && one.status === 'applied') expect(one.revertAt).not.toBeNull();
    });
  });
});
