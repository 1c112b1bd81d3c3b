import { describe, expect, test } from '@jest/globals';
import { timerRowsOf } from '../../src/domain/incident/timers.ts';
import type { Severity } from '../../src/domain/severity.ts';
import { declaring, Life, MINUTE, policy, START } from './helpers/incidents.ts';

const MAILED = { ...policy, mail: { after_ms: 120 * MINUTE } };

function life(severity: Severity, more: Parameters<typeof declaring>[1] = {}): Life {
  const one = new Life();
  one.ask(declaring(severity, { policy: MAILED, ...more }));
  return one;
}

/** The mails that were due, as `kind nth`. */
function mails(one: Life): string[] {
  return one.records.flatMap(({ type, data }) => (type === 'mail.due' ? [`${data.kind} ${data.nth}`] : []));
}

function wait(one: Life): number | undefined {
  const row = timerRowsOf(one.incident).find(({ name }) => name === 'stakeholder-mail');
  return row === undefined ? undefined : (row.dueAt - START) / MINUTE;
}

function lasts(one: Life, minutes: number): void {
  one.at = START + minutes * MINUTE;
  one.give({ at: one.at, by: null, ask: { type: 'timer', timer: { kind: 'stakeholder-mail' } } });
}

describe('The mails of an incident', () => {
  test('[AU-05] [VQ-17] begin at once for a P0 or P1, and for others when they are raised to that or last long, which is said once', () => {
    expect(mails(life('P0'))).toEqual(['declared 1']);
    expect(mails(life('P1'))).toEqual(['declared 1']);
    const light = life('P3');
    light.ask({ type: 'change-severity', severity: 'P2', reason: 'more' });
    lasts(light, 119);
    expect([mails(light), wait(light)]).toEqual([[], 120]);
    lasts(light, 120);
    lasts(light, 121);
    expect([mails(light), wait(light)]).toEqual([['long 1'], undefined]);
    light.ask({ type: 'change-severity', severity: 'P1', reason: 'more' });
    light.ask({ type: 'change-severity', severity: 'P0', reason: 'more' });
    light.ask({ type: 'change-severity', severity: 'P1', reason: 'less' });
    expect(mails(light)).toEqual(['long 1', 'raised 1', 'raised 2']);
  });

  test('are due for customer impact that raises the severity too', () => {
    const one = life('P2');
    one.ask({ type: 'change-impact', customerImpact: true });
    expect(mails(one)).toEqual(['raised 1']);
  });

  test('end as the incident does, for those who were told of it; each has a number of its own', () => {
    const silent = life('P3');
    silent.ask({ type: 'resolve', summary: 'done' });
    silent.ask({ type: 'reopen', reason: 'again' });
    expect(mails(silent)).toEqual([]);
    const told = life('P1');
    told.ask({ type: 'resolve', summary: 'done' });
    told.ask({ type: 'reopen', reason: 'again' });
    told.ask({ type: 'resolve', summary: 'done' });
    expect(mails(told)).toEqual(['declared 1', 'resolved 1', 'reopened 1', 'resolved 2']);
    const merged = life('P1');
    merged.ask({ type: 'merge', into: 'INC-2026-0002' });
    expect(mails(merged)).toEqual(['declared 1', 'merged 1']);
    expect(wait(merged)).toBeUndefined();
  });

  test('are none for a private incident, and none where nobody gets mail', () => {
    for (const one of [life('P0', { private: true }), life('P0', { policy })]) {
      expect(wait(one)).toBeUndefined();
      lasts(one, 500);
      one.ask({ type: 'resolve', summary: 'done' });
      expect(mails(one)).toEqual([]);
    }
  });
});
