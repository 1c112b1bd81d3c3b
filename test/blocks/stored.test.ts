import { describe, expect, test } from '@jest/globals';
import { render, renderBoard } from '../../blocks/templates.ts';
import { type BoardName, boardName, isLive, sayMessage } from '../../src/domain/messages/messages.ts';
import type { Json } from '../../src/domain/record.ts';
import { declared } from '../domain/helpers/incidents.ts';

const step = { name: 'pods', title: 'Pods', state: 'done', summary: '3 of 3 pods ready', table: null, chart: null, file: false, ms: 10 };
const remedy = { name: 'restart', title: 'Restart', risk: 'change', lastResort: false, suggested: true };
const alert = {
  id: 'ALR-1',
  key: 'k',
  service: 'aureus',
  trigger: null,
  source: 'sns',
  title: 'Slow',
  summary: 'It is slow',
  severity: 'P1',
  status: 'firing',
  count: 1,
  openedAt: 0,
  lastAt: 0,
  dueAt: 1,
  investigation: null,
};

/** Views without what this release has added to them, and with what another one might. */
const STORED: readonly (readonly [BoardName, { readonly [field: string]: Json }, string])[] = [
  [
    'diagnosis',
    { incident: null, runbook: 'a/b', title: 'Assess', by: 'U0ADA', steps: [step], findings: [], unjudged: 0, remedies: [remedy] },
    'Diagnosis: Assess',
  ],
  [
    'diagnosis-details',
    { incident: null, runbook: 'a/b', title: 'Assess', by: 'U0ADA', steps: [step], findings: [], unjudged: 0, remedies: [] },
    '3 of 3 pods ready',
  ],
  ['progress', { plan: '', text: 'Step 1 of 2', done: 0, total: 2 }, 'Step 1 of 2'],
  ['preflight', { service: 'aureus', at: 0, runbooks: 0, steps: [] }, 'Pre-flight of aureus'],
  ['alert', { alert, over: null, who: [{ user: 'U0ADA' }] }, 'P1 alert: Slow'],
  ['alert-call', { alert, overdue: true, who: [{ usergroup: 'S0SRE' }] }, 'nobody has acknowledged it'],
];

describe('What another release has stored is drawn', () => {
  test.each(STORED)('%s', (name, view, says) => {
    const { blocks } = renderBoard(name, { ...view, added_later: [1] });
    expect(JSON.stringify(blocks)).toContain(says);
  });

  test('what is no view of that board is refused, and not drawn by halves', () => {
    expect(() => renderBoard('progress', { text: 'Step 1' })).toThrow();
  });

  test('a message of a newer release is refused by its name, and said in its words', () => {
    const scene = { incident: declared().incident, record: null, now: 0, data: {}, holders: () => '', evidence: '', reporter: null };
    expect(() => render('toString', scene)).toThrow('There is no message template toString.');
    expect(sayMessage('weekly-report')).toBe('weekly report');
    expect([isLive('weekly-report'), boardName('weekly-report')]).toEqual([false, null]);
  });
});
