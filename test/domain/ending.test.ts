import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ChangeEvent } from '../../src/domain/change/events.ts';
import { approversOf, whyOver, whyUnheld } from '../../src/domain/change/may-apply.ts';
import { beingPlanned, type Plan, plansUnderWay } from '../../src/domain/change/plans.ts';
import { UserError } from '../../src/domain/errors.ts';
import type { Person, PersonCommand } from '../../src/domain/incident/commands.ts';
import { replay } from '../../src/domain/incident/evolve.ts';
import { isOpen } from '../../src/domain/incident/incident.ts';
import { toIso } from '../../src/lib/time.ts';
import { declared, type Life, MINUTE } from './helpers/incidents.ts';

const commander: Person = { id: 'U0ADA', roles: ['responder', 'incident-commander'], trusted: true };
const security: Person = { id: 'U0MARIE', roles: ['security'], trusted: true };
const NEEDS = ['incident-commander', 'security'];
const RUNS = ['r1', 'r2'] as const;

function requesting(run: string): PersonCommand {
  const about = { runbook: 'aureus/policy-engine-failure', revision: 'r', remedy: `bypass-${run}`, title: `Bypass ${run}` };
  return { type: 'request-remedy', run, ...about, risk: 'emergency', needs: NEEDS, arguments: {}, reason: 'because' };
}

function planned(life: Life, run: string, plan: string): ChangeEvent {
  const data = { plan, run, kind: 'change' as const, of: null, runbook: 'aureus/policy-engine-failure', revision: 'r', remedy: `bypass-${run}` };
  const more = { title: `Bypass ${run}`, risk: 'emergency' as const, plan_hash: plan, needs: NEEDS, requester: '', requester_roles: [] };
  const terms = { expires: toIso(life.at + 15 * MINUTE), steps: [], reason: 'because', revert_after_ms: 60 * MINUTE, revert_remind_ms: null };
  return { type: 'plan.made', data: { ...data, ...more, ...terms, replaces: null } };
}

type Act =
  | { readonly kind: 'ask'; readonly by: Person; readonly ask: PersonCommand }
  | { readonly kind: 'tell'; readonly event: (life: Life) => ChangeEvent };

const plan = fc.constantFrom(...RUNS).map((run) => `PLN-${run}`);
const run = fc.constantFrom(...RUNS);
const by = fc.constantFrom(commander, security);
const told = (event: (id: string) => ChangeEvent) => plan.map((id): Act => ({ kind: 'tell', event: () => event(id) }));
const asked = (ask: fc.Arbitrary<PersonCommand>) => fc.record({ kind: fc.constant('ask' as const), by, ask });
const acts: fc.Arbitrary<Act> = fc.oneof(
  asked(run.map(requesting)),
  run.map((id): Act => ({ kind: 'tell', event: (life) => planned(life, id, `PLN-${id}`) })),
  asked(plan.map((id): PersonCommand => ({ type: 'approve', plan: id }))),
  asked(plan.map((id): PersonCommand => ({ type: 'reject', plan: id, reason: 'no' }))),
  asked(fc.boolean().map((voids): PersonCommand => ({ type: 'resolve', summary: 'over', voids }))),
  asked(fc.constantFrom<PersonCommand>({ type: 'close' }, { type: 'reopen', reason: 'again' }, { type: 'merge', into: 'INC-2026-0002' })),
  told((id) => ({ type: 'change.intended', data: { plan: id, plan_hash: id, approvers: [], steps: [] } })),
  told((id) => ({ type: 'change.applied', data: { plan: id, step: 0, uses: 'k8s.set-env', summary: 'done' } })),
  told((id) => ({ type: 'remedy.applied', data: { plan: id, revert_at: null } })),
  told((id) => ({ type: 'plan.voided', data: { plan: id, reason: 'it changed' } })),
  told((id) => ({ type: 'revert.started', data: { plan: id, because: 'asked', late_ms: 0 } })),
);

function live(life: Life, given: readonly Act[], look: () => void): void {
  for (const act of given) {
    life.at += MINUTE;
    try {
      if (act.kind === 'ask') life.ask(act.ask, act.by);
      else life.give({ at: life.at, by: null, ask: { type: 'change', event: act.event(life) } });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
    look();
  }
}

function begun(): Life {
  const life = declared('P0');
  life.ask({ type: 'acknowledge' }, commander);
  return life;
}

describe('what only proposes something', () => {
  const proposal: PersonCommand = {
    type: 'request-remedy',
    run: 'r1',
    runbook: 'aureus/policy-engine-failure',
    revision: 'r',
    remedy: 'bypass-r1',
    title: 'Open a pull request',
    risk: 'change',
    needs: NEEDS,
    arguments: {},
    reason: 'because',
    proposes: true,
  };
  const intended: ChangeEvent = { type: 'change.intended', data: { plan: 'PLN-r1', plan_hash: 'PLN-r1', approvers: [], steps: [] } };
  const tell = (life: Life, event: ChangeEvent) => life.give({ at: life.at, by: null, ask: { type: 'change', event } });
  const resolved = () => {
    const life = begun();
    life.ask({ type: 'resolve', summary: 'over' }, commander);
    return life;
  };

  test('may be asked for, planned, approved and begun once it is resolved; what changes something may not', () => {
    const life = resolved();
    expect(() => life.ask(requesting('r2'), commander)).toThrow('is resolved');
    life.ask(proposal, commander);
    expect(() => tell(life, planned(life, 'r2', 'PLN-r2'))).toThrow();
    tell(life, planned(life, 'r1', 'PLN-r1'));
    life.ask({ type: 'approve', plan: 'PLN-r1' }, commander);
    life.ask({ type: 'approve', plan: 'PLN-r1' }, security);
    expect(whyOver(life.incident, life.incident.plans['PLN-r1'] as Plan, life.at, 0)).toBeNull();
    tell(life, intended);
    expect(life.incident.plans['PLN-r1']?.status).toBe('applying');
  });

  test('may not once it is closed or merged, and keeps it from being closed while it waits', () => {
    const life = resolved();
    life.ask(proposal, commander);
    expect(() => life.ask({ type: 'close' }, commander)).toThrow('cannot be closed yet');
    const closed = resolved();
    closed.ask({ type: 'close' }, commander);
    expect(() => closed.ask(proposal, commander)).toThrow('is closed');
    const merged = begun();
    merged.ask({ type: 'merge', into: 'INC-2026-0002' }, commander);
    expect(() => merged.ask(proposal, commander)).toThrow('was merged into');
  });
});

describe('whatever people and runs do', () => {
  test('nothing is planned, approved or begun on an incident that is not open', () => {
    fc.assert(
      fc.property(fc.array(acts, { maxLength: 60 }), (given) => {
        const life = begun();
        let seen = 0;
        let open = true;
        live(life, given, () => {
          for (const { type } of life.records.slice(seen)) {
            if (type === 'incident.reopened') open = true;
            if (!open) expect(['plan.made', 'approval.given', 'change.intended', 'remedy.requested', 'revert.extended']).not.toContain(type);
            if (type === 'incident.resolved' || type === 'incident.closed' || type === 'incident.merged') open = false;
          }
          seen = life.records.length;
        });
        expect(replay(life.records)).toEqual(life.state);
      }),
      { numRuns: 400 },
    );
  });

  test('no plan waits, is approved or is being made while the incident is not open, and none comes alive by reopening it', () => {
    fc.assert(
      fc.property(fc.array(acts, { maxLength: 60 }), (given) => {
        const life = begun();
        const dead = new Set<string>();
        live(life, given, () => {
          for (const { id, status } of Object.values(life.incident.plans)) if (dead.has(id)) expect(status).toBe('voided');
          if (isOpen(life.incident)) return;
          expect(plansUnderWay(life.incident).filter(({ status }) => status !== 'applying')).toEqual([]);
          expect(beingPlanned(life.incident)).toEqual([]);
          for (const { id, status } of Object.values(life.incident.plans)) if (status === 'voided') dead.add(id);
        });
      }),
      { numRuns: 400 },
    );
  });

  test('an incident is closed or merged with nothing of it pending', () => {
    fc.assert(
      fc.property(fc.array(acts, { maxLength: 60 }), (given) => {
        const life = begun();
        live(life, given, () => {
          if (life.incident.status !== 'closed') return;
          expect(plansUnderWay(life.incident)).toEqual([]);
          expect(beingPlanned(life.incident)).toEqual([]);
        });
      }),
      { numRuns: 400 },
    );
  });
});

describe('a plan that all have approved', () => {
  function approved(): { readonly life: Life; readonly plan: Plan } {
    const life = begun();
    life.ask(requesting('r1'), commander);
    life.give({ at: life.at, by: null, ask: { type: 'change', event: planned(life, 'r1', 'PLN-r1') } });
    life.ask({ type: 'approve', plan: 'PLN-r1' }, security);
    return { life, plan: life.incident.plans['PLN-r1'] as Plan };
  }

  test('may be applied until its time is over, later only by what it waits for itself', () => {
    const { life, plan: made } = approved();
    expect(made.status).toBe('approved');
    const until = made.expiresAt;
    expect(whyOver(life.incident, made, until - 1, 0)).toBeNull();
    expect(whyOver(life.incident, made, until, 0)).toContain('had to be done by');
    expect(whyOver(life.incident, made, until, 1)).toBeNull();
    expect(
      whyOver(life.incident, { ...made, approvals: [...made.approvals, { user: 'U1', roles: [], at: until - 1 }] }, until + MINUTE, 0),
    ).toBeNull();
  });

  test('counts only while each of its approvers holds the role, and the commander has the command', () => {
    const { life, plan: made } = approved();
    expect([...approversOf(made)].sort()).toEqual(['U0ADA', 'U0MARIE']);
    expect(whyUnheld(life.incident, made, [commander, security])).toBeNull();
    expect(whyUnheld(life.incident, made, [commander, { ...security, roles: [] }])).toContain('security');
    expect(whyUnheld(life.incident, made, [commander, { ...security, trusted: false }])).toContain('security');
    expect(whyUnheld(life.incident, made, [security])).toContain('incident commander');
    life.ask({ type: 'assign', role: 'incident-commander', user: 'U0GRACE', handoff: true }, commander);
    expect(whyUnheld(life.incident, made, [commander, security])).toContain('incident commander');
  });
});
