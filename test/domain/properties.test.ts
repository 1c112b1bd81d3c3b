import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { UserError } from '../../src/domain/errors.ts';
import type { PersonCommand } from '../../src/domain/incident/commands.ts';
import { describe as sentence } from '../../src/domain/incident/describe.ts';
import { replay } from '../../src/domain/incident/evolve.ts';
import { isOpen, ROLES } from '../../src/domain/incident/incident.ts';
import { formatTimer, TIMERS } from '../../src/domain/incident/timer.ts';
import { timerRowsOf, timersOf } from '../../src/domain/incident/timers.ts';
import { draftUpdate } from '../../src/domain/incident/update.ts';
import { SEVERITIES } from '../../src/domain/severity.ts';
import { nearest } from '../../src/lib/suggest.ts';
import { parseDuration, sayDuration } from '../../src/lib/time.ts';
import { ada, declared, guest, joan, type Life, MINUTE } from './helpers/incidents.ts';

const text = fc.string({ maxLength: 40 });
const asks: fc.Arbitrary<PersonCommand> = fc.oneof(
  fc.constant<PersonCommand>({ type: 'acknowledge' }),
  fc.record({ type: fc.constant('assign' as const), role: fc.constantFrom(...ROLES), user: fc.constantFrom('U1', 'U2'), handoff: fc.boolean() }),
  fc.record({ type: fc.constant('change-severity' as const), severity: fc.constantFrom(...SEVERITIES), reason: text }),
  fc.record({ type: fc.constant('change-impact' as const), impact: text, customerImpact: fc.boolean(), dataExposure: fc.boolean() }),
  fc.record({
    type: fc.constant('change-status' as const),
    status: fc.constantFrom('investigating' as const, 'identified' as const, 'monitoring' as const),
  }),
  fc.record({ type: fc.constant('add-note' as const), text }),
  fc.record({ type: fc.constant('post-update' as const), situation: text, impact: text, nextSteps: text, eta: text }),
  fc.record({ type: fc.constant('snooze' as const), ms: fc.integer({ min: -1, max: 3 * 60 * MINUTE }), reason: text }),
  fc.record({ type: fc.constant('escalate' as const), reason: text }),
  fc.record({ type: fc.constant('tick' as const), item: fc.constantFrom('1', '2', '3'), done: fc.boolean() }),
  fc.record({ type: fc.constant('merge' as const), into: fc.constantFrom('INC-2026-0001', 'INC-2026-0002') }),
  fc.record({ type: fc.constant('resolve' as const), summary: text }),
  fc.record({ type: fc.constant('reopen' as const), reason: text }),
  fc.constant<PersonCommand>({ type: 'close' }),
);
const steps = fc.array(
  fc.record({
    wait: fc.integer({ min: 0, max: 40 }),
    act: fc.oneof(fc.tuple(fc.constantFrom(ada, joan, guest), asks), fc.constantFrom(...TIMERS)),
  }),
  { maxLength: 40 },
);

/** Lives through the steps; refusals are part of life, any other error is not. */
function live(life: Life, given: { wait: number; act: unknown }[]): void {
  for (const { wait, act } of given) {
    life.at += wait * MINUTE;
    try {
      if (typeof act === 'string') life.give({ at: life.at, by: null, ask: { type: 'timer', timer: { kind: act as (typeof TIMERS)[number] } } });
      else {
        const [by, ask] = act as [typeof ada, PersonCommand];
        life.ask(ask, by);
      }
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
  }
}

describe('whatever happens to an incident', () => {
  test('replaying its records gives its state', () => {
    fc.assert(
      fc.property(fc.constantFrom(...SEVERITIES), steps, (severity, given) => {
        const life = declared(severity);
        live(life, given);
        expect(replay(life.records)).toEqual(life.state);
        expect(replay(JSON.parse(JSON.stringify(life.records)) as typeof life.records)).toEqual(life.state);
      }),
      { numRuns: 300 },
    );
  });

  test('an update is owed while it is open, and nothing waits when it is over', () => {
    fc.assert(
      fc.property(steps, (given) => {
        const life = declared('P1');
        live(life, given);
        const names = timerRowsOf(life.incident).map(({ name }) => name);
        if (isOpen(life.incident)) expect(names.some((name) => name.startsWith('update-'))).toBe(true);
        else expect(names).toEqual([]);
        expect(new Set(names).size).toBe(names.length);
      }),
      { numRuns: 300 },
    );
  });

  test('a timer that fires when due always changes what waits, so that none fires for ever', () => {
    fc.assert(
      fc.property(steps, (given) => {
        const life = declared('P1');
        live(life, given);
        for (const { timer, dueAt } of timersOf(life.incident)) {
          const now = () => timersOf(life.incident).find((one) => formatTimer(one.timer) === formatTimer(timer));
          const before = now();
          if (before?.dueAt !== dueAt) continue;
          life.at = Math.max(life.at, dueAt);
          life.give({ at: life.at, by: null, ask: { type: 'timer', timer } });
          expect(now()?.dueAt).not.toBe(dueAt);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('only full members with the role leave a trace, besides what needs none', () => {
    fc.assert(
      fc.property(steps, (given) => {
        const life = declared('P1');
        live(life, given);
        for (const record of life.records.slice(1)) expect(record.actor.id).not.toBe('U0GUEST');
      }),
    );
  });

  test('its drafts have every field, and each record has a sentence', () => {
    fc.assert(
      fc.property(steps, (given) => {
        const life = declared('P1');
        live(life, given);
        for (const value of Object.values(draftUpdate(life.incident))) expect(value === '' || value === null || value === undefined).toBe(false);
        for (const record of life.records) expect(sentence(record)).toMatch(/\S/);
      }),
    );
  });

  test('its lateness counts from the promise, which no automatic update and no snooze moves', () => {
    fc.assert(
      fc.property(steps, (given) => {
        const life = declared('P1');
        live(life, given);
        for (const record of life.records) {
          if (record.type !== 'update.posted' || record.data.due === null) continue;
          expect(record.data.late_ms).toBe(Math.max(0, Date.parse(record.time) - Date.parse(record.data.due)));
        }
      }),
    );
  });
});

test('durations are read as they are written', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 99 }), fc.integer({ min: 1, max: 59 }), (hours, minutes) => {
      expect(parseDuration(`${hours}h${minutes}m`)).toBe((hours * 60 + minutes) * MINUTE);
    }),
  );
  expect(['30', 'm', '', '1x', '-5m', '5 m'].map(parseDuration)).toEqual([null, null, null, null, null, null]);
  expect([59_000, 90_000, 3_600_000, 5_400_000, 90_000_000].map(sayDuration)).toEqual(['59 s', '1 min', '1 h', '1 h 30 min', '1 d 1 h']);
});

test('a slip of one letter finds the word that was meant', () => {
  const words = ['declare', 'escalate', 'timeline', 'checklist', 'severity'];
  fc.assert(
    fc.property(fc.constantFrom(...words), fc.nat(), fc.constantFrom('x', 'q'), (word, at, letter) => {
      const i = at % word.length;
      expect(nearest(word.slice(0, i) + letter + word.slice(i + 1), words)).toBe(word);
    }),
  );
  expect(nearest('zzzzzz', words)).toBeNull();
});
