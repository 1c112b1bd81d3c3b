import { describe, expect, test } from '@jest/globals';
import { begunDrill, type DrillTerms } from '../../src/domain/drill/drill.ts';
import { checklistOf } from '../../src/domain/incident/checklist.ts';
import { inOrder } from '../../src/domain/incident/follow-ups.ts';
import { timerRowsOf } from '../../src/domain/incident/timers.ts';
import { isTracked } from '../../src/domain/incident/tracking.ts';
import type { IncidentPolicy } from '../../src/domain/policy.ts';
import { dayIn, daysAfter, isDay, momentIn } from '../../src/lib/zoned.ts';
import { codeOf } from './helpers/code-of.ts';
import { declared, declaring, joan, Life, MINUTE, policy, START } from './helpers/incidents.ts';

const DAY = 24 * 60 * MINUTE;
const today = dayIn('UTC', START);
const tomorrow = daysAfter(today, 1);

describe('[VQ-22] action items', () => {
  test('are numbered as they are added, by anybody, and stay when the incident is over', () => {
    const life = declared('P1');
    life.ask({ type: 'add-follow-up', text: 'Alert at 80 %' }, joan);
    life.ask({ type: 'resolve', summary: 'x' });
    life.ask({ type: 'add-follow-up', text: 'A canary', owner: 'U0JOAN', due: tomorrow });
    life.ask({ type: 'close' });
    life.ask({ type: 'finish-follow-up', number: 1 });
    expect(life.ask({ type: 'finish-follow-up', number: 1 })).toEqual([]);
    expect(life.incident.followUps).toMatchObject([
      { text: 'Alert at 80 %', by: 'U0JOAN', done: { by: 'U0ADA' } },
      { text: 'A canary', owner: 'U0JOAN', due: tomorrow },
    ]);
    expect(codeOf(() => life.ask({ type: 'finish-follow-up', number: 3 }))).toBe('unknown-item');
  });

  test('are done when their owner or a responder says so, and not by others', () => {
    const life = declared('P1');
    life.ask({ type: 'add-follow-up', text: 'An alert' });
    life.ask({ type: 'add-follow-up', text: 'A canary', owner: 'U0JOAN' });
    expect(codeOf(() => life.ask({ type: 'finish-follow-up', number: 1 }, joan))).toBe('role-needed');
    life.ask({ type: 'finish-follow-up', number: 2 }, joan);
    expect(life.incident.followUps.map(({ done }) => done?.by)).toEqual([undefined, 'U0JOAN']);
  });

  test('are opened again by their owner or a responder, and are overdue again at once; the overdue ones come first', () => {
    const life = declared('P1');
    life.ask({ type: 'add-follow-up', text: 'whenever', priority: 'low' });
    life.ask({ type: 'add-follow-up', text: 'late', owner: 'U0JOAN', due: tomorrow });
    life.ask({ type: 'add-follow-up', text: 'later', due: today });
    life.ask({ type: 'finish-follow-up', number: 2 }, joan);
    expect(codeOf(() => life.ask({ type: 'reopen-follow-up', number: 2 }, { ...joan, id: 'U0GRACE' }))).toBe('role-needed');
    life.ask({ type: 'reopen-follow-up', number: 2 }, joan);
    expect(life.ask({ type: 'reopen-follow-up', number: 2 }, joan)).toEqual([]);
    life.ask({ type: 'finish-follow-up', number: 1 });
    expect(life.incident.followUps).toMatchObject([{ priority: 'low', turns: 1 }, { turns: 2 }, {}]);
    expect(life.incident.followUps[1]?.done).toBeUndefined();
    const later = START + 5 * DAY;
    expect(inOrder(life.incident, later).map(({ number }) => number)).toEqual([3, 2, 1]);
    expect(inOrder(life.incident, START).map(({ number }) => number)).toEqual([2, 3, 1]);
  });

  test.each([
    [daysAfter(today, -1), 'date-past'],
    ['friday', 'not-a-date'],
    ['2026-13-01', 'not-a-date'],
    ['2027-02-29', 'not-a-date'],
  ])('due %s are refused as %s', (due, code) => {
    const life = declared('P1');
    expect(codeOf(() => life.ask({ type: 'add-follow-up', text: 'x', due }))).toBe(code);
  });

  test('due today are taken; the owner and the room hear of one that is overdue once, also when the incident is over', () => {
    const life = declared('P1');
    life.ask({ type: 'add-follow-up', text: 'first', owner: 'U0JOAN', due: today });
    life.ask({ type: 'add-follow-up', text: 'second', due: today });
    life.ask({ type: 'add-follow-up', text: 'third', due: tomorrow });
    life.ask({ type: 'resolve', summary: 'x' });
    const morning = momentIn('UTC', tomorrow, '09:00');
    const waits = () => timerRowsOf(life.incident).filter(({ name }) => name === 'follow-up-overdue');
    const fire = (at: number) => life.give({ at, by: null, ask: { type: 'timer', timer: { kind: 'follow-up-overdue' } } });
    expect(waits()).toEqual([{ name: 'follow-up-overdue', dueAt: morning }]);
    expect(fire(morning - 1)).toEqual([]);
    expect(fire(morning).map(({ data }) => data)).toEqual([
      { number: 1, text: 'first', owner: 'U0JOAN', due: today },
      { number: 2, text: 'second', due: today },
    ]);
    expect(waits()).toEqual([{ name: 'follow-up-overdue', dueAt: morning + DAY }]);
    life.ask({ type: 'finish-follow-up', number: 3 });
    expect(waits()).toEqual([]);
  });

  test('of a private incident are for those who are in it', () => {
    const life = declared('P1', { private: true });
    expect(codeOf(() => life.ask({ type: 'add-follow-up', text: 'x', owner: 'U0STRANGER' }))).toBe('item-private');
    life.ask({ type: 'add-follow-up', text: 'x', owner: 'U0ADA' });
  });
});

describe('days and time zones', () => {
  test('a moment is what the clocks there show, in summer and in winter', () => {
    expect(new Date(momentIn('Europe/Berlin', '2026-12-10', '09:00')).toISOString()).toBe('2026-12-10T08:00:00.000Z');
    expect(new Date(momentIn('Europe/Berlin', '2026-07-10', '09:00')).toISOString()).toBe('2026-07-10T07:00:00.000Z');
    expect(new Date(momentIn('Europe/Berlin', '2026-03-29', '03:00')).toISOString()).toBe('2026-03-29T01:00:00.000Z');
    expect(new Date(momentIn('Pacific/Auckland', '2026-12-10', '00:00')).toISOString()).toBe('2026-12-09T11:00:00.000Z');
    expect(dayIn('Pacific/Auckland', Date.parse('2026-12-09T11:00:00Z'))).toBe('2026-12-10');
  });

  test('a day is one of the calendar', () => {
    expect(['2026-12-10', '2028-02-29', '2026-02-29', '2026-12-1', '10.12.2026', ''].map(isDay)).toEqual([true, true, false, false, false, false]);
  });
});

describe('[VQ-22] items become issues', () => {
  const life = (policyOf: IncidentPolicy['items'], more: Parameters<typeof declaring>[1] = {}): Life => {
    const begun = new Life();
    begun.ask(declaring('P1', { policy: { ...policy, ...(policyOf === undefined ? {} : { items: policyOf }) }, ...more }));
    return begun;
  };

  test('where the service says so; of what few may know only where it says that too; of a drill never', () => {
    expect(isTracked(life(undefined).incident)).toBe(false);
    expect(isTracked(life({}).incident)).toBe(true);
    expect(isTracked(life({}, { private: true }).incident)).toBe(false);
    expect(isTracked(life({}, { incidentType: 'security-breach', private: false }).incident)).toBe(false);
    expect(isTracked(life({ private: true }, { private: true }).incident)).toBe(true);
    const drill = { ...life({ private: true }).incident, drill: begunDrill(DRILL) };
    expect(isTracked(drill)).toBe(false);
  });

  test('and the checklist sees it once every open item has one', () => {
    const checklist = [{ id: '1', text: 'Action items created in issue tracker', seen: { what: 'items' } as const }];
    const one = life({}, { policy: { ...policy, items: {}, checklist } });
    const signs = () => checklistOf(one.incident)[0]?.signs.map(({ what }) => what);
    const exported = (number: number, key: string) =>
      one.give({
        at: one.at,
        by: null,
        ask: { type: 'item-exported', data: { number, tracker: 'jira', id: key, key, url: `https://jira.example/${key}`, at: one.at } },
      });
    one.ask({ type: 'add-follow-up', text: 'first' });
    expect(signs()).toEqual([]);
    exported(1, 'OPS-1');
    expect(exported(1, 'OPS-9')).toEqual([]);
    expect(signs()).toEqual(['1 action item has an issue: OPS-1']);
    one.ask({ type: 'add-follow-up', text: 'second' });
    expect(signs()).toEqual([]);
    one.ask({ type: 'finish-follow-up', number: 2 });
    expect(signs()).toEqual(['1 action item has an issue: OPS-1']);
    one.give({ at: one.at, by: null, ask: { type: 'item-lost', data: { number: 1, tracker: 'jira', key: 'OPS-1' } } });
    expect(signs()).toEqual([]);
  });
});

const DRILL: DrillTerms = {
  form: 'fire',
  runbook: 'aureus/x',
  runbook_title: 'X',
  revision: 'a'.repeat(64),
  simulated: false,
  questions: [],
  within: { diagnose_ms: 1, ask_ms: 1, approve_ms: 1 },
  sign_off: 'incident-commander',
};
