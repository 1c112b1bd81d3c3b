import { describe, expect, test } from '@jest/globals';
import type { ChangeEvent } from '../../src/domain/change/events.ts';
import type { Plan } from '../../src/domain/change/plans.ts';
import type { Person, PersonCommand } from '../../src/domain/incident/commands.ts';
import { timerRowsOf } from '../../src/domain/incident/timers.ts';
import { toIso } from '../../src/lib/time.ts';
import { ada, declared, type Life, MINUTE, policy } from './helpers/incidents.ts';

const commander: Person = { id: 'U0ADA', roles: ['responder', 'incident-commander'], trusted: true };
const PLAN = 'PLN-7K2M9QXA';

/** An incident in which a plan waits for security. */
function waiting(): Life {
  const life = declared('P0');
  life.ask({ type: 'acknowledge' }, commander);
  const about = { runbook: 'aureus/policy-engine-failure', revision: 'r', remedy: 'bypass', title: 'Enable policy bypass' };
  const ask: PersonCommand = {
    type: 'request-remedy',
    run: 'run-1',
    ...about,
    risk: 'emergency',
    needs: ['incident-commander', 'security'],
    arguments: {},
    reason: 'because',
  };
  life.ask(ask, commander);
  const terms = { expires: toIso(life.at + 15 * MINUTE), steps: [], reason: 'because', revert_after_ms: 60 * MINUTE, revert_remind_ms: null };
  const data = {
    plan: PLAN,
    run: 'run-1',
    kind: 'change' as const,
    of: null,
    ...about,
    risk: 'emergency' as const,
    plan_hash: 'h',
    needs: ['incident-commander', 'security'],
  };
  tell(life, { type: 'plan.made', data: { ...data, ...terms, requester: 'U0ADA', requester_roles: [], replaces: null } });
  return life;
}

function tell(life: Life, event: ChangeEvent): void {
  life.give({ at: life.at, by: null, ask: { type: 'change', event } });
}

function lastOf(life: Life, type: string): { readonly data: object } | undefined {
  return life.records.findLast((record) => record.type === type);
}

describe('Handing over', () => {
  test('the command carries what is unfinished; another role carries nothing', () => {
    const life = waiting();
    life.ask({ type: 'assign', role: 'communications', user: 'U0GRACE', handoff: false }, commander);
    expect(lastOf(life, 'role.assigned')?.data).not.toHaveProperty('handed_over');
    life.ask({ type: 'assign', role: 'communications', user: 'U0LINUS', handoff: true }, commander);
    expect(lastOf(life, 'role.assigned')?.data).not.toHaveProperty('handed_over');
    life.ask({ type: 'assign', role: 'incident-commander', user: 'U0GRACE', handoff: true }, commander);
    expect(lastOf(life, 'role.assigned')?.data).toMatchObject({ handed_over: { plans: [PLAN], in_force: [], update_due: null } });
  });
});

describe('Escalating', () => {
  function nobody(life: Life): string[] {
    const before = life.records.length;
    life.give({ at: life.at, by: null, ask: { type: 'nobody-reached', reason: 'nobody could be reached' } });
    return life.records.slice(before).map(({ type }) => type);
  }

  test('who could not be reached is followed by the next in line, until the last was called', () => {
    const life = declared('P1');
    expect(nobody(life)).toEqual(['incident.escalated']);
    expect(lastOf(life, 'incident.escalated')?.data).toMatchObject({ who: { user: 'U0LINUS' }, last: false });
    expect(nobody(life)).toEqual(['incident.escalated']);
    expect(lastOf(life, 'incident.escalated')?.data).toMatchObject({ who: { user: 'U0ALAN' }, last: true });
    expect(nobody(life)).toEqual([]);
  });

  test.each([
    ['the breach first', ['acknowledgement-breach', 'escalation']],
    ['the escalation first', ['escalation', 'acknowledgement-breach']],
  ] as const)('one is called where the target and the next step are due at once: %s', (_which, kinds) => {
    const life = declared('P1', { policy: { ...policy, escalation: policy.escalation.map((step) => ({ ...step, after_ms: 15 * MINUTE })) } });
    life.at += 15 * MINUTE;
    for (const kind of kinds) life.give({ at: life.at, by: null, ask: { type: 'timer', timer: { kind } } });
    expect(life.records.filter(({ type }) => type === 'incident.escalated')).toHaveLength(1);
  });

  test('an incident that is over calls nobody', () => {
    const life = declared('P1');
    life.ask({ type: 'resolve', summary: 'over' });
    expect(nobody(life)).toEqual([]);
  });
});

describe('An update', () => {
  test('records the status only where it is another one', () => {
    const life = declared('P1');
    life.ask({ type: 'post-update', situation: 'Looking', status: 'investigating' });
    expect(life.types()).not.toContain('status.changed');
    life.ask({ type: 'post-update', situation: 'Found', status: 'identified' });
    expect(lastOf(life, 'status.changed')?.data).toMatchObject({ from: 'investigating', to: 'identified' });
    life.ask({ type: 'post-update', situation: 'Still at it' });
    expect(life.incident.status).toBe('identified');
  });
});

describe('Resolving', () => {
  test('what waits is not ended without being asked, and void once it was', () => {
    const life = waiting();
    expect(() => life.ask({ type: 'resolve', summary: 'over' }, commander)).toThrow(/would end “Enable policy bypass”/);
    expect(() => life.ask({ type: 'resolve', summary: 'over', voids: false }, commander)).toThrow(/would end/);
    life.ask({ type: 'resolve', summary: 'over', voids: true }, commander);
    expect(life.incident).toMatchObject({ status: 'resolved', plans: { [PLAN]: { status: 'voided' } } });
  });
});

describe('Who confirms alone', () => {
  test.each([
    ['change', ['responder'], ['responder'], true],
    ['change', ['responder'], [], undefined],
    ['change', ['responder', 'security'], ['responder', 'security'], undefined],
    ['destructive', ['responder'], ['responder'], undefined],
  ] as const)('%s that needs %j, asked for by %j: %s', (risk, needs, roles, confirms) => {
    const life = declared('P0');
    const about = { runbook: 'aureus/frontend-down', revision: 'r', remedy: 'restart', title: 'Restart' };
    const asking = { run: 'run-1', ...about, risk, needs, roles, arguments: {}, reason: 'because' };
    append(life, { type: 'remedy.requested', data: asking });
    const terms = { expires: toIso(life.at + 15 * MINUTE), steps: [], reason: 'because', revert_after_ms: null, revert_remind_ms: null };
    const made = { plan: PLAN, run: 'run-1', kind: 'change' as const, of: null, ...about, risk, plan_hash: 'h', needs, requester: 'U0ADA' };
    append(life, { type: 'plan.made', data: { ...made, ...terms, requester_roles: [], replaces: null } });
    expect(planOf(life)?.confirms).toBe(confirms);
  });
});

describe('A plan that waits', () => {
  test('is reminded of once, at half time, and then only expires', () => {
    const life = waiting();
    const begun = life.at;
    const names = () => Object.fromEntries(timerRowsOf(life.incident).flatMap(({ name, dueAt }) => (name.endsWith(PLAN) ? [[name, dueAt]] : [])));
    expect(names()).toEqual({ [`approval-reminder:${PLAN}`]: begun + 7.5 * MINUTE, [`approval-expiry:${PLAN}`]: begun + 15 * MINUTE });
    life.at = begun + 7.5 * MINUTE;
    life.give({ at: life.at, by: null, ask: { type: 'timer', timer: { kind: 'approval-reminder', plan: PLAN } } });
    expect(names()).toEqual({ [`approval-expiry:${PLAN}`]: begun + 15 * MINUTE });
  });
});

test('acknowledging gives the command once', () => {
  const life = declared('P1');
  life.ask({ type: 'acknowledge' }, ada);
  expect(life.incident.roles).toEqual({ 'incident-commander': 'U0ADA' });
});

/** A record as it may stand in the evidence, whoever decided it. */
function append(life: Life, event: ChangeEvent): void {
  const actor = { kind: 'tocsin', id: 'tocsin' } as const;
  life.append({ v: 1, actor, subject: 'INC-2026-0001', outcome: 'done', ...event });
}

function planOf(life: Life): Plan | undefined {
  return life.incident.plans[PLAN];
}

describe('The state after a record', () => {
  test('the first time of each milestone stays, and what is not monitored any more is not mitigated', () => {
    const life = declared('P1');
    const say = (status: 'investigating' | 'identified' | 'monitoring') => {
      life.at += MINUTE;
      life.ask({ type: 'change-status', status });
      return life.incident.milestones;
    };
    const identified = say('identified').identified;
    expect(identified).toBe(life.at);
    expect(say('monitoring')).toMatchObject({ identified, mitigated: life.at });
    expect(say('investigating')).toMatchObject({ identified, mitigated: null });
    expect(say('identified')).toMatchObject({ identified });
  });

  test('what was seen again, what never went away, and what a revert left are three things', () => {
    const outcome = (data: { again?: boolean; reverted?: boolean }) => {
      const life = waiting();
      append(life, { type: 'recurrence.watched', data: { plan: PLAN, until: toIso(life.at + MINUTE) } });
      append(life, { type: 'recurrence.seen', data: { plan: PLAN, summary: 'no pod is ready', ...data } });
      return planOf(life)?.watch?.outcome;
    };
    expect([outcome({}), outcome({ again: true }), outcome({ again: false }), outcome({ reverted: true })]).toEqual([
      'again',
      'again',
      'still',
      null,
    ]);
  });

  test('an extension moves the revert, counts one turn, and lets the reminder come again', () => {
    const life = waiting();
    append(life, { type: 'change.intended', data: { plan: PLAN, plan_hash: 'h', approvers: [], steps: [] } });
    append(life, { type: 'remedy.applied', data: { plan: PLAN, revert_at: null } });
    append(life, { type: 'revert.reminded', data: { plan: PLAN, revert_at: toIso(life.at) } });
    const turns = planOf(life)?.turns ?? 0;
    expect(planOf(life)).toMatchObject({ revertReminded: true, revertAt: life.at + 60 * MINUTE });
    append(life, { type: 'revert.extended', data: { plan: PLAN, by_plan: 'PLN-OTHER', until: toIso(life.at + 90 * MINUTE) } });
    expect(planOf(life)).toMatchObject({ turns: turns + 1, revertReminded: false, revertAt: life.at + 90 * MINUTE });
  });
});
