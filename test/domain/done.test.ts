import { expect, test } from '@jest/globals';
import { resolution } from '../../blocks/resolution.ts';
import { changesDone, sayChangesDone } from '../../src/domain/change/done.ts';
import { ChangeLife, commander, PLAN, security } from '../blocks/helpers/changes.ts';
import { MINUTE } from './helpers/incidents.ts';

const SAID = { title: 'Down', service: 'AUREUS', remedy: 'Enable policy bypass', text: 'why', many: 1 };
const MORE = 'PLN-MORETIME';

function inForce(): ChangeLife {
  const life = new ChangeLife(SAID);
  life.request();
  life.plan();
  life.ask({ type: 'approve', plan: PLAN }, security);
  life.apply();
  life.inForce();
  return life;
}

test('more time for a change is no change of its own: the number is that of the list', () => {
  const life = inForce();
  life.at += 45 * MINUTE;
  life.ask({ type: 'request-extension', plan: PLAN, id: MORE, ms: 30 * MINUTE, reason: 'still' }, commander);
  life.ask({ type: 'approve', plan: MORE, givers: [commander] }, security);
  expect(life.incident.plans[MORE]?.status).toBe('kept');
  expect(sayChangesDone(life.incident)).toBe('1 change');
  const shown = JSON.stringify(resolution(life.incident, { summary: 'done' }, '').blocks);
  expect(shown).toContain('*Changed* (1 change)\\n• Enable policy bypass (applied)"');
});

test('what failed after a step counts, what failed before any does not', () => {
  const life = new ChangeLife(SAID);
  life.request();
  life.plan();
  life.ask({ type: 'approve', plan: PLAN }, security);
  expect(changesDone(life.incident)).toEqual([]);
  expect(sayChangesDone(life.incident)).toBe('no changes');
  life.apply();
  life.tell({ type: 'remedy.failed', outcome: 'failed', data: { plan: PLAN, run: life.current.run, reason: 'forbidden', applied: 1 } });
  expect(changesDone(life.incident).map(({ id }) => id)).toEqual([PLAN]);
  expect(JSON.stringify(resolution(life.incident, { summary: 'done' }, '').blocks)).toContain('(failed after 1 of 2 steps)');
});
