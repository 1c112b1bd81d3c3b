import { describe, expect, test } from '@jest/globals';
import { isPaged } from '../../src/domain/incident/pagerduty.ts';
import type { IncidentPolicy } from '../../src/domain/policy.ts';
import type { Severity } from '../../src/domain/severity.ts';
import { toIso } from '../../src/lib/time.ts';
import { codeOf } from './helpers/code-of.ts';
import { declaring, joan, Life, policy } from './helpers/incidents.ts';

const PAGED: IncidentPolicy = { ...policy, pagerduty: { severities: ['P0', 'P1'] } };
const SOLO = { page: 'e1:responders', who: { user: 'U0LINUS' }, error: null } as const;

function life(severity: Severity, more: Parameters<typeof declaring>[1] = {}): Life {
  const one = new Life();
  one.ask(declaring(severity, { policy: PAGED, ...more }));
  return one;
}

/** What was due, as `action cause nth/episode`. */
function due(one: Life): string[] {
  return one.records.flatMap(({ type, data }) => (type === 'pagerduty.due' ? [`${data.action} ${data.cause} ${data.nth}/${data.episode}`] : []));
}

function taken(one: Life, action: 'trigger' | 'acknowledge' | 'resolve', nth: number): void {
  one.give({ at: one.at, by: null, ask: { type: 'pagerduty-sent', data: { action, nth, key: 'INC-2026-0001', digest: '' } } });
}

describe('The page of an incident', () => {
  test('[AU-61] goes from the declaration to the acknowledgement and the end, and a new one begins when it is opened again', () => {
    const one = life('P1');
    one.ask({ type: 'acknowledge' });
    one.ask({ type: 'resolve', summary: 'done' });
    taken(one, 'resolve', 3);
    expect(one.incident.pagerduty).toMatchObject({ ended: true });
    one.ask({ type: 'reopen', reason: 'again' });
    expect(due(one)).toEqual(['trigger declared 1/1', 'acknowledge acknowledged 2/1', 'resolve resolved 3/1', 'trigger reopened 4/4']);
    expect(isPaged(one.incident)).toBe(true);
  });

  test('is over when somebody resolves it in PagerDuty: what comes next pages again', () => {
    const one = life('P2');
    one.ask({ type: 'change-severity', severity: 'P1', reason: 'more' });
    taken(one, 'trigger', 1);
    one.give({ at: one.at, by: null, ask: { type: 'pagerduty-answered', data: { what: 'resolved', by: 'Linus', at: toIso(one.at) } } });
    expect(isPaged(one.incident)).toBe(false);
    one.ask({ type: 'change-severity', severity: 'P0', reason: 'more' });
    expect([due(one).at(-1), isPaged(one.incident)]).toEqual(['trigger raised 2/2', true]);
  });

  test('is over when its trigger was given up, or when nobody had been paged before somebody was on it', () => {
    const given = life('P1');
    const failed = { action: 'trigger', nth: 1, key: 'INC-2026-0001', error: 'wrong key' } as const;
    given.give({ at: given.at, by: null, ask: { type: 'pagerduty-failed', data: { ...failed, waits: true } } });
    expect(isPaged(given.incident)).toBe(true);
    expect(codeOf(() => given.ask({ type: 'page-on-call', reason: 'now' }))).toBe('already-paged');
    given.give({ at: given.at, by: null, ask: { type: 'pagerduty-failed', data: { ...failed, waits: false } } });
    expect(isPaged(given.incident)).toBe(false);
    given.ask({ type: 'page-on-call', reason: 'now' });
    expect(due(given).at(-1)).toBe('trigger asked 2/1');
    expect(isPaged(given.incident)).toBe(true);
    const dropped = life('P1');
    dropped.ask({ type: 'acknowledge' });
    dropped.give({ at: dropped.at, by: null, ask: { type: 'pagerduty-dropped', data: { action: 'acknowledge', nth: 2 } } });
    expect(isPaged(dropped.incident)).toBe(false);
  });

  test('stays one page while PagerDuty does not know of its end yet', () => {
    const one = life('P1');
    one.ask({ type: 'resolve', summary: 'done' });
    one.ask({ type: 'reopen', reason: 'again' });
    expect(due(one)).toEqual(['trigger declared 1/1', 'resolve resolved 2/1', 'trigger reopened 3/1']);
    // The end is told late: it is the end of what was opened again since.
    taken(one, 'resolve', 2);
    expect(one.incident.pagerduty?.ended).toBeUndefined();
  });

  test('is one, whatever else happens; the end of a merged one is an end', () => {
    const one = life('P2');
    one.ask({ type: 'change-severity', severity: 'P1', reason: 'more' });
    one.ask({ type: 'change-severity', severity: 'P0', reason: 'more' });
    one.ask({ type: 'merge', into: 'INC-2026-0002' });
    expect(due(one)).toEqual(['trigger raised 1/1', 'resolve merged 2/1']);
  });

  test('follows from a step of the line, at once where that step is called at once, and never from a name', () => {
    const line = [
      { who: { usergroup: 'S0SRE' }, after_ms: null },
      { who: { user: 'U0LINUS' }, after_ms: null, pagerduty: true as const },
    ];
    const later = life('P3', { policy: { ...PAGED, escalation: line } });
    later.ask({ type: 'page', who: { user: 'U0JOAN' }, reason: 'she knows' });
    expect(due(later)).toEqual([]);
    later.ask({ type: 'escalate', reason: 'help' });
    expect(due(later)).toEqual(['trigger escalated 1/1']);
    const [, second] = line;
    const [first] = line;
    if (first === undefined || second === undefined) throw new Error('two steps');
    const atOnce = life('P3', { policy: { ...PAGED, escalation: [{ ...first, pagerduty: true }, second] } });
    expect(due(atOnce)).toEqual(['trigger declared 1/1']);
  });

  test('follows from a person or a group that Slack does not reach, until somebody is on it', () => {
    const one = life('P3');
    one.give({ at: one.at, by: null, ask: { type: 'people-called', ...SOLO, users: [], error: 'subteam_not_found' } });
    expect(due(one)).toEqual(['trigger unreached 1/1']);
    const two = life('P3');
    two.give({
      at: two.at,
      by: null,
      ask: { type: 'person-reached', page: 'p', user: 'U0LINUS', way: null, refused: [{ way: 'direct-message', error: 'user_disabled' }] },
    });
    expect(due(two)).toEqual(['trigger unreached 1/1']);
    const three = life('P3');
    three.ask({ type: 'acknowledge' });
    three.give({ at: three.at, by: null, ask: { type: 'people-called', ...SOLO, users: [], error: 'subteam_not_found' } });
    expect(due(three)).toEqual([]);
  });

  test('is none without PagerDuty, and of a private incident only where the service says so', () => {
    expect(due(life('P0', { policy }))).toEqual([]);
    expect(due(life('P0', { private: true }))).toEqual([]);
    expect(due(life('P0', { private: true, policy: { ...PAGED, pagerduty: { severities: ['P0'], private: true } } }))).toEqual([
      'trigger declared 1/1',
    ]);
    expect(() => life('P3', { policy }).ask({ type: 'page-on-call', reason: 'come' })).toThrow('has no PagerDuty');
    expect(() => life('P3', { private: true }).ask({ type: 'page-on-call', reason: 'come' })).toThrow('hears of no private incident');
    expect(() => life('P1').ask({ type: 'page-on-call', reason: 'come' })).toThrow('has a page');
    expect(() => life('P3').ask({ type: 'page-on-call', reason: 'come' }, joan)).toThrow('responder');
  });

  test('is answered by who says so last, and by nobody once it is over', () => {
    const one = life('P1');
    const answer = (what: 'acknowledged' | 'resolved', at: string) =>
      one.give({ at: one.at, by: null, ask: { type: 'pagerduty-answered', data: { what, by: 'Earline', at } } });
    expect(answer('acknowledged', '2026-11-21T08:05:00.000Z')).toHaveLength(1);
    expect(answer('acknowledged', '2026-11-21T08:05:00.000Z')).toHaveLength(0);
    expect(answer('resolved', '2026-11-21T08:04:00.000Z')).toHaveLength(0);
    expect(one.incident.pagerduty?.answer).toMatchObject({ what: 'acknowledged', by: 'Earline' });
    expect(one.incident.milestones.acknowledged).toBeNull();
    one.ask({ type: 'resolve', summary: 'done' });
    expect(answer('resolved', '2026-11-21T09:00:00.000Z')).toHaveLength(0);
  });
});
