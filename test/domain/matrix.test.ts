import { describe, expect, test } from '@jest/globals';
import { calledBy } from '../../src/domain/incident/line.ts';
import { timersOf } from '../../src/domain/incident/timers.ts';
import type { Who } from '../../src/domain/policy.ts';
import { ada, declared, declaring, joan, Life, MINUTE, matrixPolicy, policy } from './helpers/incidents.ts';

function called(life: Life): readonly (readonly Who[])[] {
  return life.records.flatMap((record) => (record.type === 'incident.escalated' ? [calledBy(record.data)] : []));
}

function reasons(life: Life): readonly string[] {
  return life.records.flatMap((record) => (record.type === 'incident.escalated' ? [record.data.reason] : []));
}

const typed = (more: Parameters<typeof declared>[1]) => declared('P0', { policy: matrixPolicy, ...more });

describe('the matrix of types', () => {
  test('[AU-60] each type climbs from its primary over its secondary to its executive contacts, several at one step', () => {
    const life = typed({ incidentType: 'security-breach' });
    life.ask({ type: 'escalate', reason: 'the CISO must know' });
    life.ask({ type: 'escalate', reason: 'it is in the news' });
    life.ask({ type: 'escalate', reason: 'nobody answers' });
    expect(called(life)).toEqual([[{ user: 'U0CISO' }], [{ user: 'U0CTO' }, { user: 'U0LEGAL' }], [{ user: 'U0CTO' }, { user: 'U0LEGAL' }]]);
  });

  test('a step of it comes by time where it says so', () => {
    const life = typed({ incidentType: 'security-breach' });
    expect(timersOf(life.incident).find(({ timer }) => timer.kind === 'escalation')?.dueAt).toBe(life.at + 15 * MINUTE);
  });

  test('a type without a line of its own has the service’s', () => {
    const life = typed({ incidentType: 'data-loss' });
    life.ask({ type: 'escalate', reason: 'help' });
    expect(called(life)).toEqual([[{ user: 'U0LINUS' }]]);
  });

  test('another type changes who is next', () => {
    const life = typed({ incidentType: 'performance-degradation' });
    life.ask({ type: 'acknowledge' });
    life.ask({ type: 'change-type', incidentType: 'security-breach', reason: 'a foreign key was found' });
    expect(life.incident.escalation).toEqual({ level: 1, nextAt: null });
    life.ask({ type: 'escalate', reason: 'help' });
    expect(called(life)).toEqual([[{ user: 'U0CISO' }]]);
    expect(() => life.ask({ type: 'change-type', incidentType: 'security-breach' })).toThrow('already “Security breach”');
    expect(() => life.ask({ type: 'change-type', incidentType: 'data-loss' }, joan)).toThrow('responder');
  });

  test('whoever climbed one line begins another from its first contacts, in both directions', () => {
    const life = typed({ incidentType: 'data-loss' });
    const began = life.incident.escalation.level;
    life.ask({ type: 'escalate', reason: 'help' });
    expect(life.incident.escalation.level).toBeGreaterThan(began);
    life.ask({ type: 'change-type', incidentType: 'security-breach', reason: 'a foreign key was found' });
    expect(life.incident.escalation).toEqual({ level: 1, nextAt: life.at + 15 * MINUTE });
    life.ask({ type: 'escalate', reason: 'help' });
    expect(life.incident.escalation.level).toBe(2);
    life.ask({ type: 'change-type', incidentType: 'data-loss', reason: 'the key was ours' });
    expect(life.incident.escalation.level).toBe(began);
  });

  test('a security breach is private unless somebody says otherwise, and nothing else is', () => {
    expect(typed({ incidentType: 'security-breach' }).incident.private).toBe(true);
    expect(typed({ incidentType: 'security-breach', private: false }).incident.private).toBe(false);
    expect(typed({ incidentType: 'data-loss' }).incident.private).toBe(false);
  });

  test('a record of a release before, which has no matrix, is read as it was', () => {
    const life = declared('P1');
    expect(life.incident.policy).toEqual(policy);
    life.ask({ type: 'escalate', reason: 'help' });
    expect(life.records.at(-1)?.data).toEqual({ level: 2, who: { user: 'U0LINUS' }, reason: 'help', cause: 'person', last: false });
  });
});

describe('levels', () => {
  test.each([
    ['several-services', 'U0SENIOR', 'Several services are affected.'],
    ['data-loss', 'U0SENIOR', 'Data loss is suspected.'],
    ['breach', 'U0SENIOR', 'A security breach is confirmed.'],
    ['regulation', 'U0CTO', 'Regulatory requirements are affected.'],
    ['compliance', 'U0CTO', 'Compliance is violated.'],
    ['media', 'U0CTO', 'Media or the public are involved.'],
  ] as const)('[SK-60] %s escalates to its level at once, once, with the reason', (mark, user, reason) => {
    const life = typed({});
    life.ask({ type: 'change-impact', marks: { [mark]: true } });
    life.ask({ type: 'change-impact', impact: 'The same still' });
    expect(called(life).map(([first]) => first)).toEqual([{ user }]);
    expect(reasons(life)).toEqual([reason]);
    expect(life.incident.marks).toEqual([mark]);
    // The line stays where it is.
    expect(life.incident.escalation.level).toBe(1);
  });

  test('[SK-60] customers and sensitive data escalate to the third level, also from the declaration', () => {
    const life = typed({ customerImpact: true });
    expect(life.types()).toEqual(['incident.declared', 'incident.escalated']);
    life.ask({ type: 'change-impact', dataExposure: true });
    expect(reasons(life)).toEqual(['Customers are affected.', 'Sensitive data is exposed.']);
    expect(called(life)[1]).toEqual([{ user: 'U0CTO' }, { usergroup: 'S0SEC' }]);
    expect(life.incident.calledLevel).toBe('L3');
  });

  test('[SK-60] what is not resolved in 30 minutes goes to the second level once, and again after a reopening', () => {
    const life = typed({});
    life.ask({ type: 'acknowledge' });
    const due = () => timersOf(life.incident).find(({ timer }) => timer.kind === 'unresolved')?.dueAt;
    const fire = () => life.give({ at: life.at, by: null, ask: { type: 'timer', timer: { kind: 'unresolved' } } });
    expect(due()).toBe(life.at + 30 * MINUTE);
    life.at += 29 * MINUTE;
    expect(fire()).toEqual([]);
    life.at += MINUTE;
    fire();
    fire();
    expect(reasons(life)).toEqual(['Not resolved within 30 min.']);
    expect(due()).toBeUndefined();
    life.ask({ type: 'resolve', summary: 'fixed' });
    life.at += MINUTE;
    life.ask({ type: 'reopen', reason: 'again' });
    expect(due()).toBe(life.at + 30 * MINUTE);
  });

  test('a condition of an incident that is over calls nobody', () => {
    const life = typed({});
    life.ask({ type: 'resolve', summary: 'fixed' });
    life.ask({ type: 'change-impact', marks: { breach: true }, customerImpact: true });
    expect(called(life)).toEqual([]);
  });
});

test('somebody called by name leaves the line where it is, and who was called may call others', () => {
  const life = new Life();
  life.ask(declaring('P1', { policy: matrixPolicy }));
  life.ask({ type: 'page', who: { user: 'U0JOAN' }, reason: 'Joan knows the vendor' }, ada);
  expect(life.incident.escalation.level).toBe(1);
  expect(called(life)).toEqual([[{ user: 'U0JOAN' }]]);
  expect(() => life.ask({ type: 'page', who: { user: 'U0ALAN' }, reason: 'and Alan' }, joan)).toThrow('responder');
  life.give({ at: life.at, by: null, ask: { type: 'people-called', page: 'p', who: { user: 'U0JOAN' }, users: ['U0JOAN'], error: null } });
  life.ask({ type: 'page', who: { user: 'U0ALAN' }, reason: 'and Alan' }, joan);
  expect(called(life)).toHaveLength(2);
});
