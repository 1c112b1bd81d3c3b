import { describe, expect, test } from '@jest/globals';
import { sayStanding } from '../../src/domain/change/deciding.ts';
import { isCardInSight } from '../../src/domain/change/plan-card.ts';
import { activeBypasses, severityNeeded } from '../../src/domain/change/plans.ts';
import { isLookedAfter, revertDue, revertLate } from '../../src/domain/change/reverts.ts';
import { timersOf } from '../../src/domain/incident/timers.ts';
import { toIso } from '../../src/lib/time.ts';
import { ChangeLife, commander, PLAN, security } from '../blocks/helpers/changes.ts';
import { codeOf } from './helpers/code-of.ts';
import { MINUTE } from './helpers/incidents.ts';

const WORDS = { title: 'Down', service: 'AUREUS', remedy: 'Enable policy bypass', text: 'why', many: 1 };

function asked(): ChangeLife {
  const life = new ChangeLife(WORDS);
  life.request();
  life.plan();
  return life;
}

function approved(): ChangeLife {
  const life = asked();
  life.ask({ type: 'approve', plan: PLAN }, security);
  return life;
}

function inForce(): ChangeLife {
  const life = approved();
  life.apply();
  life.inForce();
  return life;
}

function reverting(): ChangeLife {
  const life = inForce();
  life.tell({ type: 'revert.started', data: { plan: PLAN, because: 'its time is over', late_ms: 0 } });
  return life;
}

function inConflict(): ChangeLife {
  const life = reverting();
  life.tell({
    type: 'revert.conflict',
    outcome: 'failed',
    data: { plan: PLAN, step: 0, object: 'deployment/frontend', summary: 'MODE is shadow', diff: '' },
  });
  return life;
}

describe('how a plan stands is said', () => {
  const says = (life: ChangeLife) => sayStanding(life.current);

  test('until it is in force', () => {
    expect(says(asked())).toBe('it waits for security');
    expect(says(approved())).toBe('it is approved and about to be applied');
    const life = approved();
    life.apply();
    expect(says(life)).toBe('it is being applied');
    life.inForce();
    expect(says(life)).toMatch(/^it is in force and reverts at /);
  });

  test('without a revert of its own it is applied', () => {
    const life = new ChangeLife(WORDS, { risk: 'change' });
    life.request();
    life.plan();
    life.ask({ type: 'approve', plan: PLAN }, { id: 'U0BOB', roles: ['responder'], trusted: true });
    life.apply();
    life.inForce();
    expect(says(life)).toBe('it is applied');
  });

  test('while it is reverted, and when that waits for somebody', () => {
    expect(says(reverting())).toBe('it is being reverted');
    expect(says(inConflict())).toBe('its revert waits for a decision');
  });

  test('when it came to nothing, with the reason', () => {
    const rejected = asked();
    rejected.ask({ type: 'reject', plan: PLAN, reason: 'too broad' }, security);
    expect(says(rejected)).toBe('it was rejected: too broad');
    const voided = asked();
    voided.tell({ type: 'plan.voided', data: { plan: PLAN, reason: 'it changed meanwhile' } });
    expect(says(voided)).toBe('it is void: it changed meanwhile');
  });
});

describe('what a run says is held to what people asked and approved', () => {
  test('nobody asked for a plan: it is not made', () => {
    const life = new ChangeLife(WORDS);
    expect(codeOf(() => life.plan())).toBe('plan-state');
    expect(life.types()).not.toContain('plan.made');
  });

  test('a plan that two people have to approve names two roles, whatever the run says', () => {
    const life = new ChangeLife(WORDS);
    life.request();
    expect(codeOf(() => life.plan({ needs: ['security'] }))).toBe('plan-state');
    expect(life.types()).not.toContain('plan.made');
  });

  test('what waits for approval, or is rejected, is not begun, and nothing is applied before its intent', () => {
    const life = asked();
    expect(codeOf(() => life.apply())).toBe('plan-state');
    life.ask({ type: 'reject', plan: PLAN, reason: 'too broad' }, security);
    expect(codeOf(() => life.apply())).toBe('plan-state');
    const done = { plan: PLAN, step: 0, uses: 'k8s.set-env', summary: 'set' };
    const early = approved();
    expect(codeOf(() => early.tell({ type: 'change.applied', data: done }))).toBe('plan-state');
  });

  test('what is partly applied is reverted, not voided', () => {
    const life = approved();
    life.apply();
    expect(codeOf(() => life.tell({ type: 'plan.voided', data: { plan: PLAN, reason: 'changed' } }))).toBe('plan-state');
  });

  test('another plan than the one that was approved is not begun', () => {
    const life = approved();
    const data = { plan: PLAN, plan_hash: 'd'.repeat(64), approvers: [], steps: ['Sets it'] };
    expect(codeOf(() => life.tell({ type: 'change.intended', data }))).toBe('plan-state');
  });
});

describe('what a plan waits for', () => {
  const waits = (life: ChangeLife) => timersOf(life.incident).filter(({ timer }) => 'plan' in timer);

  test('a revert that needs a decision is asked for again after ten minutes, and for nothing else meanwhile', () => {
    const life = inConflict();
    expect(waits(life)).toEqual([{ timer: { kind: 'revert-conflict', plan: PLAN }, dueAt: life.at + 10 * MINUTE }]);
    life.ask({ type: 'settle-conflict', plan: PLAN, keep: true, reason: 'ours' }, security);
    expect(waits(life)).toEqual([]);
  });

  test('an approval expires, and a revert is announced as long before as was configured', () => {
    const life = asked();
    expect(waits(life).map(({ timer }) => timer.kind)).toEqual(['approval-reminder', 'approval-expiry']);
    life.ask({ type: 'approve', plan: PLAN }, security);
    expect(waits(life)).toEqual([]);
    life.apply();
    life.inForce();
    const { revertAt } = life.current;
    expect(waits(life)).toEqual([{ timer: { kind: 'revert-reminder', plan: PLAN }, dueAt: (revertAt ?? 0) - 15 * MINUTE }]);
    // An hour from its intent, a minute before it was in force.
    expect(toIso(revertAt ?? 0)).toBe(toIso(life.at + 59 * MINUTE));
  });
});

test('a bypass is active from its intent until it is put back, and only an emergency is one', () => {
  const active = (life: ChangeLife) => activeBypasses(life.incident).map(({ id }) => id);
  expect(active(approved())).toEqual([]);
  const applying = approved();
  applying.apply();
  for (const life of [applying, inForce(), reverting()]) expect(active(life)).toEqual([PLAN]);
  const life = reverting();
  life.tell({ type: 'change.reverted', data: { plan: PLAN, step: 0, uses: 'k8s.set-env', summary: 'put back' } });
  life.tell({ type: 'remedy.reverted', data: { plan: PLAN, late_ms: 0, verified: true, kept: 0, summary: 'put back' } });
  expect(active(life)).toEqual([]);
  const [plan] = Object.values(applying.incident.plans);
  expect(activeBypasses({ ...applying.incident, plans: { [PLAN]: { ...applying.current, ...plan, risk: 'change' } } })).toEqual([]);
});

test('an emergency takes a P0, and nothing else does', () => {
  expect(severityNeeded('emergency', 'P1')).toBe('P0');
  expect(severityNeeded('emergency', 'P0')).toBeNull();
  expect(severityNeeded('destructive', 'P3')).toBeNull();
});

test('a revert is due so long after the intent, and late only where its time began it', () => {
  const { current } = inForce();
  const { intendedAt, revertAt } = current;
  expect(revertDue(current)).toBe((intendedAt ?? 0) + 60 * MINUTE);
  expect(revertDue({ ...current, intendedAt: null })).toBeNull();
  expect(revertDue({ ...current, revert: null })).toBeNull();
  const at = (revertAt ?? 0) + MINUTE;
  expect(revertLate(current, at)).toBe(MINUTE);
  expect(revertLate(current, (revertAt ?? 0) - MINUTE)).toBe(0);
  expect(revertLate({ revertAt: null }, at)).toBe(0);
  expect(revertLate({ revertAt, revertAsked: { by: commander.id, reason: 'enough', earlyMs: MINUTE } }, at)).toBe(0);
});

test('it is looked after a revert, but not after what failed, nor where something was kept', () => {
  expect(isLookedAfter({ reason: null }, 0)).toBe(true);
  expect(isLookedAfter({ reason: 'it failed' }, 0)).toBe(false);
  expect(isLookedAfter({ reason: null }, 1)).toBe(false);
});

test('a card is in sight for ten minutes, when there is one', () => {
  const { current } = asked();
  expect(isCardInSight(current, current.madeAt + 10 * MINUTE - 1)).toBe(true);
  expect(isCardInSight(current, current.madeAt + 10 * MINUTE)).toBe(false);
  expect(isCardInSight({ ...current, cardless: true }, current.madeAt)).toBe(false);
});
