import fc from 'fast-check';
import type { ChangeEvent } from '../../../src/domain/change/events.ts';
import { UserError } from '../../../src/domain/errors.ts';
import type { Person, PersonCommand } from '../../../src/domain/incident/commands.ts';
import { PLAN_TIMERS, type Timer } from '../../../src/domain/incident/timer.ts';
import { toIso } from '../../../src/lib/time.ts';
import { ChangeLife, commander, PLAN, security } from '../../blocks/helpers/changes.ts';
import { MINUTE } from './incidents.ts';

const WORDS = { title: 'Down', service: 'AUREUS', remedy: 'Enable policy bypass', text: 'why', many: 1 };
const SECOND = 'PLN-SECOND22';
/** Plans that there are, and one that there is not. */
export const PLANS = [PLAN, SECOND, 'PLN-EXTEND22', 'PLN-NOWHERE2'];

const responder: Person = { id: 'U0BOB', roles: ['responder'], trusted: true };
const nobody: Person = { id: 'U0JOAN', roles: [], trusted: true };
const guest: Person = { id: 'U0GUEST', roles: ['responder', 'incident-commander', 'security'], trusted: false };
/** Fills every role, alone. */
const everything: Person = { id: 'U0ALL', roles: ['responder', 'incident-commander', 'security'], trusted: true };
const people = fc.constantFrom(commander, security, responder, nobody, guest, everything);

/** Mostly the plan that there is, so that many lives get somewhere. */
const plan = fc.oneof({ weight: 8, arbitrary: fc.constant(PLAN) }, { weight: 2, arbitrary: fc.constantFrom(...PLANS) });
const reason = fc.constantFrom('because', '');
const asks: fc.Arbitrary<PersonCommand> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('approve' as const), plan }) },
  fc.record({ type: fc.constant('approve' as const), plan, givers: fc.array(people, { maxLength: 3 }) }),
  fc.record({ type: fc.constant('reject' as const), plan, reason }),
  fc.record({ type: fc.constant('withdraw' as const), plan, reason }),
  fc.record({ type: fc.constant('revert' as const), plan, reason }),
  fc.record({ type: fc.constant('settle-conflict' as const), plan, keep: fc.boolean(), reason }),
  fc.record({
    type: fc.constant('request-extension' as const),
    plan,
    id: fc.constant('PLN-EXTEND22'),
    ms: fc.integer({ min: -1, max: 180 * MINUTE }),
    reason,
  }),
  fc.record({ type: fc.constant('add-follow-up' as const), text: reason }),
  fc.record({
    type: fc.constant('request-diagnosis' as const),
    run: fc.constant('run-0'),
    runbook: fc.constant('aureus/assess'),
    title: fc.constant('Look'),
  }),
  fc.record({ type: fc.constant('resolve' as const), summary: reason, voids: fc.boolean() }),
  fc.record({ type: fc.constant('reopen' as const), reason }),
  fc.constant<PersonCommand>({ type: 'close' }),
);

const events: fc.Arbitrary<(at: number) => ChangeEvent> = fc.oneof(
  fc.record({ plan, final: fc.boolean() }).map((data) => () => ({ type: 'plan.voided' as const, data: { ...data, reason: 'changed meanwhile' } })),
  fc
    .record({
      plan,
      plan_hash: fc.oneof({ weight: 6, arbitrary: fc.constant('c'.repeat(64)) }, { weight: 1, arbitrary: fc.constant('d'.repeat(64)) }),
    })
    .map((data) => () => ({ type: 'change.intended' as const, data: { ...data, approvers: [], steps: ['Sets it'] } })),
  fc
    .record({ plan, step: fc.nat(1) })
    .map((data) => () => ({ type: 'change.applied' as const, data: { ...data, uses: 'k8s.set-env', summary: 'set' } })),
  fc
    .record({ plan, passed: fc.boolean(), unknown: fc.boolean() })
    .map((data) => () => ({ type: 'change.verified' as const, data: { ...data, summary: 'looked' } })),
  plan.map((id) => (at: number) => ({ type: 'remedy.applied' as const, data: { plan: id, revert_at: toIso(at + 60 * MINUTE) } })),
  plan.map((id) => () => ({
    type: 'remedy.failed' as const,
    outcome: 'failed' as const,
    data: { plan: id, run: 'run-1', reason: 'no', applied: 0 },
  })),
);

type Step =
  | { readonly kind: 'ask'; readonly by: Person; readonly ask: PersonCommand }
  | { readonly kind: 'tell'; readonly event: (at: number) => ChangeEvent }
  | { readonly kind: 'timer'; readonly timer: Timer }
  | { readonly kind: 'request'; readonly by: Person }
  | { readonly kind: 'plan'; readonly id: string }
  /** What would come next in a good life: `pick` chooses among it. */
  | { readonly kind: 'next'; readonly pick: number };

/** What may happen after a plan was made, one after another. */
export const changeSteps = fc.array(
  fc.record({
    wait: fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 0, max: 2 }) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 25 }) }),
    act: fc.oneof(
      { weight: 8, arbitrary: fc.record({ kind: fc.constant('next' as const), pick: fc.nat(11) }) },
      fc.record({ kind: fc.constant('ask' as const), by: people, ask: asks }),
      fc.record({ kind: fc.constant('tell' as const), event: events }),
      fc.record({
        kind: fc.constant('timer' as const),
        timer: fc.tuple(fc.constantFrom(...PLAN_TIMERS), plan).map(([kind, id]): Timer => ({ kind, plan: id })),
      }),
      fc.record({ kind: fc.constant('request' as const), by: people }),
      fc.record({ kind: fc.constant('plan' as const), id: fc.constantFrom(PLAN, SECOND) }),
    ),
  }),
  { minLength: 15, maxLength: 60, size: 'max' },
) as fc.Arbitrary<readonly { readonly wait: number; readonly act: Step }[]>;

/** One step on the way that a plan takes when nothing goes wrong; now and then it goes wrong. */
function next(life: ChangeLife, pick: number): void {
  const about = { plan: PLAN };
  const step = { ...about, step: 0, uses: 'k8s.set-env' };
  const tell = (...events: readonly ChangeEvent[]) => events.length > 0 && life.tell(events[pick % events.length] as ChangeEvent);
  const { status } = life.current;
  if (status === 'waiting') life.ask({ type: 'approve', plan: PLAN }, [security, responder, commander][pick % 3] ?? security);
  else if (status === 'approved') tell({ type: 'change.intended', data: { ...about, plan_hash: 'c'.repeat(64), approvers: [], steps: ['Sets it'] } });
  else if (status === 'applying')
    tell(
      { type: 'change.applied', data: { ...step, summary: 'set' } },
      { type: 'change.verified', data: { ...about, passed: true, summary: 'looked' } },
      { type: 'remedy.applied', data: { ...about, revert_at: toIso(life.at + 60 * MINUTE) } },
    );
  else if (status === 'applied') tell({ type: 'revert.started', data: { ...about, because: 'its time is over', late_ms: 0 } });
  else if (status === 'reverting')
    tell(
      { type: 'change.reverted', data: { ...step, summary: 'put back' } },
      { type: 'remedy.reverted', data: { ...about, late_ms: 0, verified: true, kept: 0, summary: 'put back' } },
    );
  // What is over is not begun again, whatever a run says that has not heard of it.
  else if (pick > 5) tell({ type: 'change.intended', data: { ...about, plan_hash: 'c'.repeat(64), approvers: [], steps: ['Sets it'] } });
  else if (pick === 0) life.request();
  else life.plan({ id: PLAN });
}

/** Lives through the steps after a plan was made; refusals are part of life, any other error is not. */
export function lived(risk: 'change' | 'destructive' | 'emergency', given: readonly { readonly wait: number; readonly act: Step }[]): ChangeLife {
  const life = new ChangeLife(WORDS, { risk });
  life.request();
  life.plan();
  for (const { wait, act } of given) {
    life.at += wait * MINUTE;
    try {
      if (act.kind === 'ask') life.ask(act.ask, act.by);
      else if (act.kind === 'tell') life.tell(act.event(life.at));
      else if (act.kind === 'timer') life.give({ at: life.at, by: null, ask: { type: 'timer', timer: act.timer } });
      else if (act.kind === 'request') life.request(act.by);
      else if (act.kind === 'next') next(life, act.pick);
      else life.plan({ id: act.id, replaces: act.id === SECOND ? PLAN : null });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
  }
  return life;
}
