import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { describe as sentence } from '../../src/domain/incident/describe.ts';
import { replay } from '../../src/domain/incident/evolve.ts';
import { isOpen } from '../../src/domain/incident/incident.ts';
import { formatTimer } from '../../src/domain/incident/timer.ts';
import { timerRowsOf, timersOf } from '../../src/domain/incident/timers.ts';
import { draftUpdate } from '../../src/domain/incident/update.ts';
import { SEVERITIES } from '../../src/domain/severity.ts';
import { nearest } from '../../src/lib/suggest.ts';
import { parseDuration, sayDuration } from '../../src/lib/time.ts';
import { declared, MINUTE, matrixPolicy, policy as plainPolicy } from './helpers/incidents.ts';
import { live, steps } from './helpers/steps.ts';

/** With a review soon after, so that steps of a few minutes see it. */
const REVIEWED = { review_within: { P0: { ms: 30 * MINUTE }, P1: { ms: 30 * MINUTE }, P2: { business_days: 1 }, P3: null } };
const policies = fc.constantFrom({ ...plainPolicy, ...REVIEWED }, { ...matrixPolicy, ...REVIEWED });

describe('whatever happens to an incident', () => {
  test('replaying its records gives its state', () => {
    fc.assert(
      fc.property(fc.constantFrom(...SEVERITIES), policies, steps, (severity, policy, given) => {
        const life = declared(severity, { policy });
        live(life, given);
        expect(replay(life.records)).toEqual(life.state);
        expect(replay(JSON.parse(JSON.stringify(life.records)) as typeof life.records)).toEqual(life.state);
      }),
      { numRuns: 300 },
    );
  });

  test('an update is owed while it is open, and nothing but what is to be done afterwards waits when it is over', () => {
    fc.assert(
      fc.property(policies, steps, (policy, given) => {
        const life = declared('P1', { policy });
        live(life, given);
        const names = timerRowsOf(life.incident).map(({ name }) => name);
        if (isOpen(life.incident)) expect(names.some((name) => name.startsWith('update-'))).toBe(true);
        else expect(names.filter((name) => name !== 'follow-up-overdue' && !name.startsWith('review-'))).toEqual([]);
        if (isOpen(life.incident) || life.incident.mergedInto !== null) expect(names.filter((name) => name.startsWith('review-'))).toEqual([]);
        const isOwed = life.incident.followUps.some(({ due, done, reminded }) => due !== undefined && done === undefined && reminded !== true);
        expect(names.includes('follow-up-overdue')).toBe(isOwed);
        expect(new Set(names).size).toBe(names.length);
      }),
      { numRuns: 300 },
    );
  });

  test('a timer that fires when due always changes what waits, so that none fires for ever', () => {
    fc.assert(
      fc.property(policies, steps, fc.boolean(), fc.nat(120), (policy, given, lastFirst, late) => {
        const life = declared('P1', { policy });
        live(life, given);
        life.at += late * MINUTE;
        const waits = timersOf(life.incident);
        for (const { timer, dueAt } of lastFirst ? waits.toReversed() : waits) {
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
      fc.property(policies, steps, (policy, given) => {
        const life = declared('P1', { policy });
        live(life, given);
        for (const record of life.records.slice(1)) expect(record.actor.id).not.toBe('U0GUEST');
      }),
    );
  });

  test('its drafts have every field, and each record has a sentence', () => {
    fc.assert(
      fc.property(policies, steps, (policy, given) => {
        const life = declared('P1', { policy });
        live(life, given);
        for (const value of Object.values(draftUpdate(life.incident))) expect(value === '' || value === null || value === undefined).toBe(false);
        for (const record of life.records) expect(sentence(record)).toMatch(/\S/);
      }),
    );
  });

  test('its lateness counts from the promise, which no automatic update and no snooze moves', () => {
    fc.assert(
      fc.property(policies, steps, (policy, given) => {
        const life = declared('P1', { policy });
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
