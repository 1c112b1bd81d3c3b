import { describe, expect, test } from '@jest/globals';
import { UserError } from '../../src/domain/errors.ts';
import type { PersonCommand } from '../../src/domain/incident/commands.ts';
import { MAX_SNOOZE_MS } from '../../src/domain/incident/decide-update.ts';
import { codeOf } from './helpers/code-of.ts';
import { ada, declared, declaring, guest, joan, Life, MINUTE, START } from './helpers/incidents.ts';

const REASON = 'because';

describe('declaring', () => {
  test('needs no role, but a full member', () => {
    const life = new Life();
    life.ask(declaring(), joan);
    expect(life.incident).toMatchObject({ status: 'investigating', severity: 'P1', reporter: 'U0JOAN' });
    expect(codeOf(() => new Life().ask(declaring(), guest))).toBe('not-trusted');
  });

  test('with customer impact has at least the severity that the service says', () => {
    expect(declared('P2', { customerImpact: true }).incident.severity).toBe('P1');
    expect(declared('P0', { customerImpact: true }).incident.severity).toBe('P0');
  });

  test('needs a summary', () => {
    expect(codeOf(() => new Life().ask(declaring('P1', { title: '   ' })))).toBe('text-missing');
  });
});

describe('acknowledging', () => {
  test('gives the command to the first when nobody has it, and only then', () => {
    const free = declared();
    free.ask({ type: 'acknowledge' });
    expect(free.incident.roles['incident-commander']).toBe('U0ADA');
    const taken = declared();
    taken.ask({ type: 'assign', role: 'incident-commander', user: 'U0GRACE', handoff: false });
    taken.ask({ type: 'acknowledge' });
    expect(taken.incident.roles['incident-commander']).toBe('U0GRACE');
  });

  test('happens once', () => {
    const life = declared();
    life.ask({ type: 'acknowledge' });
    expect(codeOf(() => life.ask({ type: 'acknowledge' }))).toBe('already-acknowledged');
  });
});

describe('roles', () => {
  const needing: PersonCommand[] = [
    { type: 'acknowledge' },
    { type: 'assign', role: 'scribe', user: 'U0JOAN', handoff: false },
    { type: 'change-severity', severity: 'P0', reason: REASON },
    { type: 'change-status', status: 'identified' },
    { type: 'post-update', situation: 'x' },
    { type: 'snooze', ms: MINUTE, reason: REASON },
    { type: 'merge', into: 'INC-2026-0002' },
    { type: 'resolve', summary: REASON },
    { type: 'close' },
  ];
  test.each(needing.map((ask) => [ask.type, ask] as const))('%s needs the role, and its refusal is one', (_, ask) => {
    const life = declared();
    try {
      life.ask(ask, joan);
      throw new Error('was not refused');
    } catch (error) {
      expect(error).toBeInstanceOf(UserError);
      expect(error).toMatchObject({ code: 'role-needed', refusal: true });
    }
    expect(life.types()).toEqual(['incident.declared']);
  });

  const free: PersonCommand[] = [
    { type: 'add-note', text: 'x' },
    { type: 'escalate', reason: REASON },
    { type: 'change-impact', impact: 'x' },
    { type: 'tick', item: '1', done: true },
  ];
  test.each(free.map((ask) => [ask.type, ask] as const))('%s needs none', (_, ask) => {
    const life = declared();
    life.ask(ask, joan);
    expect(life.types()).toHaveLength(2);
  });

  test('a hand-over says from whom', () => {
    const life = declared();
    life.ask({ type: 'acknowledge' });
    const [event] = life.ask({ type: 'assign', role: 'incident-commander', user: 'U0GRACE', handoff: true, note: 'logs are in the thread' });
    expect(event?.data).toMatchObject({ previous: 'U0ADA', user: 'U0GRACE', handoff: true, note: 'logs are in the thread' });
    expect(codeOf(() => life.ask({ type: 'assign', role: 'incident-commander', user: 'U0GRACE', handoff: false }))).toBe('already-assigned');
  });
});

describe('the end', () => {
  test('closing needs a resolution, reopening starts the promises anew', () => {
    const life = declared();
    expect(codeOf(() => life.ask({ type: 'close' }))).toBe('not-resolved');
    life.ask({ type: 'resolve', summary: 'fixed' });
    expect(life.incident.updates.dueAt).toBeNull();
    life.ask({ type: 'close' });
    expect(codeOf(() => life.ask({ type: 'close' }))).toBe('closed');
    life.at = START + 60 * MINUTE;
    life.ask({ type: 'reopen', reason: 'it is back' });
    expect(life.incident).toMatchObject({ status: 'investigating', reopened: 1, updates: { dueAt: START + 90 * MINUTE } });
  });

  test('a reopening asks for an acknowledgement again, counted from then on, and the line begins anew', () => {
    const life = declared('P1');
    life.ask({ type: 'acknowledge' });
    life.ask({ type: 'escalate', reason: REASON });
    life.at = START + 20 * MINUTE;
    life.ask({ type: 'resolve', summary: 'fixed' });
    life.at = START + 60 * MINUTE;
    life.ask({ type: 'reopen', reason: 'it is back' });
    expect(life.incident).toMatchObject({
      milestones: { acknowledged: null },
      acknowledgement: { dueAt: START + 75 * MINUTE, reminded: false, breachedAt: null },
      escalation: { level: 1, nextAt: START + 70 * MINUTE },
      roles: { 'incident-commander': 'U0ADA' },
    });
    life.at = START + 75 * MINUTE;
    life.give({ at: life.at, by: null, ask: { type: 'timer', timer: { kind: 'acknowledgement-breach' } } });
    expect(life.records.at(-1)).toMatchObject({ type: 'incident.escalated', data: { reason: 'Nobody acknowledged within 15 min.' } });
    const [acknowledged] = life.ask({ type: 'acknowledge' });
    expect(acknowledged?.data).toMatchObject({ within_ms: 15 * MINUTE });
  });

  test('a reopening that a release before has recorded asks for nothing', () => {
    const life = declared('P1');
    life.ask({ type: 'acknowledge' });
    life.ask({ type: 'resolve', summary: 'fixed' });
    const actor = { kind: 'person', id: 'U0ADA' } as const;
    life.append({ type: 'incident.reopened', v: 1, actor, subject: 'INC-2026-0001', outcome: 'done', data: { reason: 'it is back' } });
    expect(life.incident).toMatchObject({ status: 'investigating', acknowledgement: { dueAt: null }, escalation: { nextAt: null } });
    expect(life.incident.milestones.acknowledged).not.toBeNull();
  });

  test('closing says how much of the checklist is done', () => {
    const life = declared();
    life.ask({ type: 'tick', item: '2', done: true });
    expect(life.records.at(-1)?.data).toEqual({ item: '2', done: true, text: 'Debriefed' });
    life.ask({ type: 'resolve', summary: 'fixed' });
    const [event] = life.ask({ type: 'close' });
    expect(event?.data).toEqual({ open_items: 1, items: 2 });
  });

  test('nothing is changed of an incident that is over', () => {
    const life = declared();
    life.ask({ type: 'resolve', summary: 'fixed' });
    for (const ask of [
      { type: 'acknowledge' },
      { type: 'post-update' },
      { type: 'escalate', reason: REASON },
      { type: 'resolve', summary: 'x' },
    ] satisfies PersonCommand[]) {
      expect(codeOf(() => life.ask(ask))).toBe('not-open');
    }
  });

  test('a merged incident stays merged', () => {
    const life = declared();
    expect(codeOf(() => life.ask({ type: 'merge', into: 'INC-2026-0001' }))).toBe('merge-self');
    life.ask({ type: 'merge', into: 'INC-2026-0002' });
    expect(life.incident).toMatchObject({ status: 'closed', mergedInto: 'INC-2026-0002' });
    expect(codeOf(() => life.ask({ type: 'reopen', reason: REASON }))).toBe('merged');
  });
});

describe('arguments', () => {
  test('texts are required, trimmed and cut', () => {
    const life = declared();
    expect(codeOf(() => life.ask({ type: 'add-note', text: ' \n ' }))).toBe('text-missing');
    life.ask({ type: 'add-note', text: `  ${'x'.repeat(10_000)}` });
    expect((life.records.at(-1)?.data as { text: string } | undefined)?.text).toHaveLength(3_000);
  });

  test('a snooze has a length and a reason', () => {
    const life = declared();
    expect(codeOf(() => life.ask({ type: 'snooze', ms: 0, reason: REASON }))).toBe('snooze-length');
    expect(codeOf(() => life.ask({ type: 'snooze', ms: MAX_SNOOZE_MS + 1, reason: REASON }))).toBe('snooze-length');
    expect(codeOf(() => life.ask({ type: 'snooze', ms: MINUTE, reason: '' }))).toBe('text-missing');
  });

  test('what is so already is said, not recorded', () => {
    const life = declared();
    expect(codeOf(() => life.ask({ type: 'change-severity', severity: 'P1', reason: REASON }))).toBe('same-severity');
    expect(codeOf(() => life.ask({ type: 'change-status', status: 'investigating' }))).toBe('same-status');
    expect(codeOf(() => life.ask({ type: 'tick', item: '9', done: true }))).toBe('unknown-item');
    expect(life.ask({ type: 'tick', item: '1', done: false })).toEqual([]);
  });

  test('there is nothing to ask of an incident that is not there', () => {
    expect(codeOf(() => new Life().ask({ type: 'acknowledge' }))).toBe('no-incident');
    expect(new Life().give({ at: START, by: null, ask: { type: 'timer', timer: { kind: 'escalation' } } })).toEqual([]);
  });
});

test('a person of no role is still told who is next: escalation climbs the line and stays at its end', () => {
  const life = declared();
  const who = () => (life.records.at(-1)?.data as { who: unknown } | undefined)?.who;
  life.ask({ type: 'escalate', reason: REASON }, joan);
  expect(who()).toEqual({ user: 'U0LINUS' });
  life.ask({ type: 'escalate', reason: REASON }, ada);
  expect(who()).toEqual({ user: 'U0ALAN' });
  life.ask({ type: 'escalate', reason: REASON }, ada);
  expect(who()).toEqual({ user: 'U0ALAN' });
  expect(life.records.at(-1)?.data).toMatchObject({ last: true });
});

test('an alert is attached by the person who did it, or by Tocsin where a rule did', () => {
  const life = declared();
  const attach = (by: string | null) =>
    life.give({
      at: life.at,
      by: null,
      ask: { type: 'attach-alert', by, data: { alert: 'ALR-1', title: 'Down', source: 'sns', summary: 'it is down' } },
    });
  expect(attach('U0ADA')).toMatchObject([{ type: 'alert.attached', actor: { kind: 'person', id: 'U0ADA' } }]);
  expect(attach(null)).toMatchObject([{ type: 'alert.attached', actor: { kind: 'tocsin', id: 'tocsin' } }]);
});
