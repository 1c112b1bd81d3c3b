import { describe, expect, test } from '@jest/globals';
import { type Stakeholders, whoIsMailed } from '../../src/domain/incident/mails.ts';
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

/** The written matrix: who hears of what. */
const MATRIX: readonly Stakeholders[] = [
  { to: ['lead@example.com'] },
  { to: ['cto@example.com', 'Lead@example.com'], severities: ['P0'] },
  { to: ['compliance@example.com'], types: ['data-loss'] },
  { to: ['risk@example.com'], types: ['policy-failure'], severities: ['P1'] },
  { to: ['press@example.com'], severities: ['P0', 'P1'], kinds: ['declared', 'resolved'] },
];

/** Who gets each mail of an incident, in order. */
function told(one: Life): readonly string[] {
  return one.records.flatMap(({ type, data }) =>
    type === 'mail.due'
      ? [
          `${data.kind}: ${whoIsMailed(MATRIX, one.incident, data.kind, data.nth)
            .map((to) => to.split('@')[0])
            .join(' ')}`,
        ]
      : [],
  );
}

const BY_TYPE = { ...policy, mail: { after_ms: 120 * MINUTE, by_type: true as const } };

describe('The matrix of who hears what', () => {
  test('[AU-05] limits by severity, type and kind of mail; each address hears once', () => {
    expect(told(life('P0', { incidentType: 'platform-outage' }))).toEqual(['declared: lead cto press'].map((line) => line.replace('lead', 'Lead')));
    expect(told(life('P1', { incidentType: 'data-loss' }))).toEqual(['declared: lead compliance press']);
    expect(told(life('P1', { incidentType: 'policy-failure' }))).toEqual(['declared: lead risk press']);
    expect(told(life('P1'))).toEqual(['declared: lead press']);
  });

  test('whoever was told of it hears its end, however grave it is by then, and nobody else does', () => {
    const one = life('P0');
    one.ask({ type: 'change-severity', severity: 'P2', reason: 'less' });
    one.ask({ type: 'resolve', summary: 'done' });
    expect(told(one)).toEqual(['declared: Lead cto press', 'resolved: Lead cto press']);
    const other = life('P1');
    other.ask({ type: 'change-severity', severity: 'P0', reason: 'more' });
    other.ask({ type: 'resolve', summary: 'done' });
    expect(told(other)).toEqual(['declared: lead press', 'raised: Lead cto', 'resolved: Lead cto press']);
  });

  test('whoever hears of a type hears when an incident gets it, once', () => {
    const one = life('P1', { policy: BY_TYPE });
    one.ask({ type: 'change-type', incidentType: 'data-loss' });
    one.ask({ type: 'change-type', incidentType: 'platform-outage' });
    one.ask({ type: 'change-type', incidentType: 'data-loss' });
    one.ask({ type: 'resolve', summary: 'done' });
    expect(told(one)).toEqual(['declared: lead press', 'typed: compliance', 'typed: ', 'typed: ', 'resolved: lead compliance press']);
    const light = life('P3', { policy: BY_TYPE });
    light.ask({ type: 'change-type', incidentType: 'data-loss' });
    expect(told(light)).toEqual([]);
  });
});
