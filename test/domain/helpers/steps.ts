import fc from 'fast-check';
import { UserError } from '../../../src/domain/errors.ts';
import type { Person, PersonCommand, SystemCommand } from '../../../src/domain/incident/commands.ts';
import { ROLES } from '../../../src/domain/incident/incident.ts';
import { TIMERS } from '../../../src/domain/incident/timer.ts';
import { INCIDENT_TYPES } from '../../../src/domain/incident-type.ts';
import { SEVERITIES } from '../../../src/domain/severity.ts';
import { ada, guest, joan, type Life, MINUTE, START } from './incidents.ts';

const text = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('the pods restart', 'rolled back', '') },
  { weight: 1, arbitrary: fc.string({ maxLength: 40 }) },
);
type TimerKind = (typeof TIMERS)[number];
const often = { weight: 3 };
const asks: fc.Arbitrary<PersonCommand> = fc.oneof(
  { ...often, arbitrary: fc.constant<PersonCommand>({ type: 'acknowledge' }) },
  {
    ...often,
    arbitrary: fc.record({
      type: fc.constant('assign' as const),
      role: fc.constantFrom(...ROLES),
      user: fc.constantFrom('U1', 'U2'),
      handoff: fc.boolean(),
      note: fc.constantFrom(null, 'watch the queue'),
    }),
  },
  { ...often, arbitrary: fc.record({ type: fc.constant('change-severity' as const), severity: fc.constantFrom(...SEVERITIES), reason: text }) },
  {
    ...often,
    arbitrary: fc.record({
      type: fc.constant('change-impact' as const),
      impact: text,
      customerImpact: fc.boolean(),
      dataExposure: fc.boolean(),
      marks: fc.constantFrom({}, { breach: true }, { media: true, breach: false }),
    }),
  },
  {
    ...often,
    arbitrary: fc.record({ type: fc.constant('change-type' as const), incidentType: fc.constantFrom(...INCIDENT_TYPES), reason: text }),
  },
  {
    ...often,
    arbitrary: fc.record({ type: fc.constant('page' as const), who: fc.constantFrom({ user: 'U1' }, { usergroup: 'S1' }), reason: text }),
  },
  {
    ...often,
    arbitrary: fc.record({
      type: fc.constant('change-status' as const),
      status: fc.constantFrom('investigating' as const, 'identified' as const, 'monitoring' as const),
    }),
  },
  { ...often, arbitrary: fc.record({ type: fc.constant('add-note' as const), text }) },
  {
    ...often,
    arbitrary: fc.record({
      type: fc.constant('pin-message' as const),
      channel: fc.constant('C0ROOM'),
      ts: fc.constantFrom('1.1', '1.2'),
      author: fc.constantFrom('U1', null),
      text,
      permalink: fc.constant(null),
    }),
  },
  { ...often, arbitrary: fc.record({ type: fc.constant('post-update' as const), situation: text, impact: text, nextSteps: text, eta: text }) },
  { ...often, arbitrary: fc.record({ type: fc.constant('snooze' as const), ms: fc.integer({ min: -1, max: 3 * 60 * MINUTE }), reason: text }) },
  { ...often, arbitrary: fc.record({ type: fc.constant('escalate' as const), reason: text }) },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('add-follow-up' as const), text, due: fc.constantFrom('2026-11-20', '2026-11-21', '2026-11-22') }),
  },
  fc.record({
    type: fc.constant('schedule-review' as const),
    when: fc.integer({ min: 0, max: 240 }).map((minutes) => START + minutes * MINUTE),
    who: fc.constantFrom('U1', 'U0ADA'),
  }),
  fc.constant<PersonCommand>({ type: 'finish-review' }),
  fc.record({ type: fc.constant('finish-follow-up' as const), number: fc.constantFrom(1, 2) }),
  { ...often, arbitrary: fc.record({ type: fc.constant('tick' as const), item: fc.constantFrom('1', '2', '3'), done: fc.boolean() }) },
  {
    ...often,
    arbitrary: fc.record({
      type: fc.constant('absorb' as const),
      from: fc.constantFrom('INC-2026-0003', 'INC-2026-0004'),
      title: fc.constant('Another'),
      private: fc.boolean(),
    }),
  },
  fc.record({ type: fc.constant('merge' as const), into: fc.constantFrom('INC-2026-0001', 'INC-2026-0002') }),
  { weight: 2, arbitrary: fc.record({ type: fc.constant('resolve' as const), summary: text }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('reopen' as const), reason: text }) },
  fc.constant<PersonCommand>({ type: 'close' }),
);
const told: fc.Arbitrary<SystemCommand> = fc.oneof(
  fc.record({ type: fc.constant('nobody-reached' as const), reason: fc.constant('nobody could be reached') }),
  fc.record({ type: fc.constant('card-posted' as const), channel: fc.constantFrom('C1', 'C2'), ts: fc.constantFrom('1.1', '1.2') }),
  fc.record({
    type: fc.constant('message-failed' as const),
    key: fc.constant('k'),
    template: fc.constant('update'),
    error: fc.constant('is_archived'),
  }),
  fc.record({ type: fc.constant('room-created' as const), channel: fc.constantFrom('C0ROOM', 'C0NEXT'), threadTs: fc.constantFrom(null, '1.0') }),
  fc.record({ type: fc.constant('resolved-by-remedy' as const), summary: text }),
);
type Act = TimerKind | readonly [Person, PersonCommand] | SystemCommand;

/** What may happen to an incident, one after another. */
export const steps: fc.Arbitrary<readonly { readonly wait: number; readonly act: Act }[]> = fc.array(
  fc.record({
    wait: fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 0, max: 4 }) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 40 }) }),
    act: fc.oneof(
      { weight: 6, arbitrary: fc.tuple(fc.constantFrom(ada, ada, ada, joan, guest), asks) },
      { weight: 3, arbitrary: fc.constantFrom(...TIMERS) },
      { weight: 1, arbitrary: told },
    ),
  }),
  { maxLength: 40, size: 'max' },
);

/** Lives through the steps, and returns the codes of what was refused; any other error is thrown. */
export function live(life: Life, given: readonly { readonly wait: number; readonly act: Act }[]): string[] {
  const refused: string[] = [];
  for (const { wait, act } of given) {
    life.at += wait * MINUTE;
    try {
      if (typeof act === 'string') life.give({ at: life.at, by: null, ask: { type: 'timer', timer: { kind: act } } });
      else if ('type' in act) life.give({ at: life.at, by: null, ask: act });
      else life.ask(act[1], act[0]);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      refused.push(error.code);
    }
  }
  return refused;
}
