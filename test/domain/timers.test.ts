import { describe, expect, test } from '@jest/globals';
import { formatTimer, PLAN_TIMERS, parseTimer, TIMERS } from '../../src/domain/incident/timer.ts';
import { timerRowsOf } from '../../src/domain/incident/timers.ts';
import { latenessOf } from '../../src/domain/incident/update.ts';
import { ChangeLife, PLAN } from '../blocks/helpers/changes.ts';
import { ada, declared, type Life, MINUTE, START } from './helpers/incidents.ts';

function due(life: Life): Record<string, number> {
  return Object.fromEntries(timerRowsOf(life.incident).map(({ name, dueAt }) => [name, (dueAt - START) / MINUTE]));
}

function until(life: Life, minutes: number): void {
  life.fireUntil(START + minutes * MINUTE);
}

describe('the name of a wait', () => {
  test('is read back as what it was, and one of another version as nothing', () => {
    for (const kind of TIMERS) expect(parseTimer(formatTimer({ kind }))).toEqual({ kind });
    for (const kind of PLAN_TIMERS) expect(parseTimer(formatTimer({ kind, plan: 'PLN-7K2M9QXA' }))).toEqual({ kind, plan: 'PLN-7K2M9QXA' });
    expect(formatTimer({ kind: 'approval-expiry', plan: 'PLN-7K2M9QXA' })).toBe('approval-expiry:PLN-7K2M9QXA');
    for (const name of ['', 'approval-expiry', 'escalation:PLN-7K2M9QXA', 'gone', 'gone:PLN-7K2M9QXA']) expect(parseTimer(name)).toBeNull();
  });
});

describe('the waits of an incident', () => {
  test('are all there from the beginning', () => {
    expect(due(declared('P1'))).toEqual({
      'acknowledgement-reminder': 7.5,
      'acknowledgement-breach': 15,
      escalation: 10,
      'update-offer': 25,
      'update-reminder': 30,
      'update-breach': 35,
    });
  });

  test('end with the acknowledgement, the update and the resolution', () => {
    const life = declared('P1');
    life.ask({ type: 'acknowledge' });
    expect(Object.keys(due(life)).toSorted()).toEqual(['update-breach', 'update-offer', 'update-reminder']);
    life.at = START + 28 * MINUTE;
    life.ask({ type: 'post-update', situation: 'x' });
    expect(due(life)).toMatchObject({ 'update-reminder': 58 });
    life.ask({ type: 'resolve', summary: 'x' });
    expect(due(life)).toEqual({});
  });

  test('fire in order, each once, and a late start makes up for all of them', () => {
    const life = declared('P1');
    life.ask({ type: 'acknowledge' });
    until(life, 36);
    expect(life.types().slice(3)).toEqual(['update.offered', 'update.reminded', 'breach.recorded', 'incident.escalated', 'update.posted']);
    const late = declared('P1');
    late.ask({ type: 'acknowledge' });
    late.at = START + 36 * MINUTE;
    for (const kind of ['update-offer', 'update-reminder', 'update-breach', 'update-breach', 'update-offer'] as const) {
      late.give({ at: late.at, by: null, ask: { type: 'timer', timer: { kind } } });
    }
    expect(late.types().slice(3)).toEqual(life.types().slice(3));
  });

  test('do nothing before they are due', () => {
    const life = declared('P1');
    expect(life.give({ at: START + 14 * MINUTE, by: null, ask: { type: 'timer', timer: { kind: 'acknowledgement-breach' } } })).toEqual([]);
  });
});

describe('lateness', () => {
  test('is not cleared by automatic updates, which go on every half hour', () => {
    const life = declared('P1');
    life.ask({ type: 'acknowledge' });
    until(life, 100);
    const automatic = life.records.filter((record) => record.type === 'update.posted');
    expect(automatic.map(({ time }) => (Date.parse(time) - START) / MINUTE)).toEqual([35, 65, 95]);
    expect(latenessOf(life.incident, life.at)).toBe(70 * MINUTE);
    expect(life.incident.breaches).toBe(1);
  });

  test('is not hidden by a snooze, which postpones what is said of it', () => {
    const life = declared('P1');
    life.ask({ type: 'acknowledge' });
    until(life, 29);
    life.ask({ type: 'snooze', ms: 31 * MINUTE, reason: 'vendor' });
    until(life, 59);
    expect(life.types()).not.toContain('update.reminded');
    expect(latenessOf(life.incident, life.at)).toBe(29 * MINUTE);
    until(life, 65);
    const breach = life.records.find((record) => record.type === 'breach.recorded');
    expect(breach?.data).toMatchObject({ late_ms: 35 * MINUTE });
  });
});

describe('severity', () => {
  test('graver brings the acknowledgement target and the next update nearer; a target in the past is a breach at once', () => {
    const life = declared('P2');
    life.at = START + 20 * MINUTE;
    life.ask({ type: 'change-severity', severity: 'P1', reason: 'worse' });
    expect(due(life)).toMatchObject({ 'acknowledgement-breach': 15 });
    until(life, 21);
    expect(life.types()).toContain('breach.recorded');
  });

  test('lower never makes an update later than promised', () => {
    const life = declared('P0');
    const before = life.incident.updates.dueAt;
    life.at = START + 10 * MINUTE;
    life.ask({ type: 'change-severity', severity: 'P3', reason: 'better' });
    expect(life.incident.updates.dueAt).toBe(before);
  });
});

test('without an acknowledgement the line is climbed by time', () => {
  const life = declared('P3');
  until(life, 11);
  expect(life.records.find((record) => record.type === 'incident.escalated')?.data).toMatchObject({ cause: 'time', who: { user: 'U0LINUS' } });
  life.ask({ type: 'acknowledge' }, ada);
  expect(life.incident.escalation.nextAt).toBeNull();
});

test('an approval is reminded of at half time, once, and then waits for its end only', () => {
  const life = new ChangeLife({ title: 'Down', service: 'AUREUS', remedy: 'Bypass', text: 'why', many: 1 });
  const waits = () =>
    timerRowsOf(life.incident)
      .map(({ name }) => name.split(':')[0] ?? '')
      .filter((name) => name.startsWith('approval'))
      .toSorted();
  life.request();
  life.plan();
  expect(waits()).toEqual(['approval-expiry', 'approval-reminder']);
  const half = timerRowsOf(life.incident).find(({ name }) => name.startsWith('approval-reminder'))?.dueAt ?? 0;
  life.at = half;
  life.give({ at: half, by: null, ask: { type: 'timer', timer: { kind: 'approval-reminder', plan: PLAN } } });
  expect(waits()).toEqual(['approval-expiry']);
});
