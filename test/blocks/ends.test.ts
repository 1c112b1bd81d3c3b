import { expect, test } from '@jest/globals';
import { changeMessage } from '../../blocks/change.ts';
import { planCard } from '../../blocks/plan.ts';
import { problem } from '../../blocks/replies.ts';
import { resolveModal } from '../../blocks/resolving.ts';
import { revertModal } from '../../blocks/reverting.ts';
import { milestone } from '../../blocks/room.ts';
import type { Plan } from '../../src/domain/change/plans.ts';
import type { EventType, RecordOf } from '../../src/domain/incident/events.ts';
import { toIso } from '../../src/lib/time.ts';
import { MINUTE } from '../domain/helpers/incidents.ts';
import { ChangeLife, commander, holders, PLAN, security } from './helpers/changes.ts';

/** A change that is applied and verified. */
function applied(risk: Plan['risk'] = 'emergency'): ChangeLife {
  const life = new ChangeLife({ title: 'Down', service: 'AUREUS', remedy: 'Open the gate', text: 'why', many: 1 }, { risk });
  const about = { run: 'run-0', runbook: 'aureus/policy-engine-failure' };
  life.ask({ type: 'request-diagnosis', ...about, title: 'Policy' }, commander);
  const findings = [{ says: 'No policy engine pod is ready.', suggests: ['bypass'] }];
  life.tell({ type: 'diagnosis.finished', data: { ...about, revision: 'r', findings, failed: [] } });
  life.request();
  life.plan();
  life.ask({ type: 'approve', plan: PLAN }, risk === 'emergency' ? security : commander);
  life.apply();
  life.inForce();
  return life;
}

function last<T extends EventType>(life: ChangeLife, type: T): RecordOf<T> {
  const record = life.records.findLast((one): one is RecordOf<T> & (typeof life.records)[number] => one.type === type);
  if (record === undefined) throw new Error(`There is no ${type}.`);
  return record;
}

function card(life: ChangeLife): string {
  return JSON.stringify(planCard(life.incident, last(life, 'plan.made').data, holders));
}

test('a bypass stays in force after the resolving: the form and the answer say so, with Revert and without Extend', () => {
  const life = applied();
  const form = JSON.stringify(resolveModal(life.incident));
  expect(form).toMatch(/Open the gate\* is in force until .*a safeguard is switched off/);
  life.ask({ type: 'resolve', summary: 'done' }, commander);
  const answer = JSON.stringify(milestone(life.incident, last(life, 'incident.resolved')));
  expect(answer).toMatch(/:rotating_light: \*Open the gate\* is in force until/);
  expect(answer).toContain('plan.revert');
  expect(answer).not.toContain('plan.extend');
  expect(() => life.ask({ type: 'close' }, commander)).toThrow(
    /cannot be closed yet because of “Open the gate”: it is in force and reverts at .*Z\. Revert it with the button/,
  );
  expect(JSON.stringify(problem('It cannot be closed yet.', life.incident))).toContain('plan.revert');
});

test('a revert that somebody asked for names them, why and how early it is', () => {
  const life = applied();
  life.ask({ type: 'revert', plan: PLAN, reason: 'It works without.' }, commander);
  expect(life.current.revertAsked).toMatchObject({ by: commander.id });
  const asked = { by: commander.id, reason: 'It works without.', early_ms: 83 * MINUTE };
  life.tell({ type: 'revert.started', data: { plan: PLAN, because: 'asked for', late_ms: 0 } });
  life.tell({ type: 'remedy.reverted', data: { plan: PLAN, late_ms: 0, verified: true, summary: '1 step reverted.', asked, looks: true } });
  const said = JSON.stringify(changeMessage(life.incident, last(life, 'remedy.reverted')));
  expect(said).toContain('is reverted by <@U0ADA>, 1 h 23 min before its time: It works without. A second check');
  expect(said).toContain('Tocsin looks now whether the cause is still there');
  expect(said).not.toMatch(/Told:| late/);
  expect(card(life)).toContain('reverted by <@U0ADA>');
});

test('the card says when what it was for came back, or fails again in another way', () => {
  const life = applied('change');
  expect(card(life)).toContain(':white_check_mark: *Verified*: why.');
  life.tell({ type: 'recurrence.watched', data: { plan: PLAN, until: toIso(life.at + 15 * MINUTE) } });
  life.tell({ type: 'recurrence.seen', outcome: 'failed', data: { plan: PLAN, summary: 'No policy engine pod is ready.' } });
  expect(card(life)).toContain('Applied, but it came back: Open the gate');
  expect(card(life)).not.toContain(':white_check_mark: It is applied');
  const other = applied('change');
  other.tell({ type: 'recurrence.seen', outcome: 'failed', data: { plan: PLAN, summary: 'The container needs more memory than its limit.' } });
  expect(card(other)).toContain('fails again');
  const said = JSON.stringify(changeMessage(other.incident, last(other, 'recurrence.seen')));
  expect(said).toContain('<@U0ADA>: *It fails again, differently*');
});

test('the form of a revert says what it restores, and whether what it was for is there', () => {
  const life = applied();
  const form = () => JSON.stringify(revertModal(life.incident, life.current, last(life, 'plan.made').data.steps));
  expect(form()).toContain('- POLICY_BYPASS_MODE=true');
  // A look from before the change says nothing of now.
  expect(form()).toContain('Nobody has diagnosed it since the change. Before, it was found: No policy engine pod is ready.');
  life.at += MINUTE;
  const about = { run: 'run-2', runbook: 'aureus/policy-engine-failure' };
  life.ask({ type: 'request-diagnosis', ...about, title: 'Policy' }, commander);
  const findings = [{ says: 'No policy engine pod is ready.', suggests: ['bypass'] }];
  life.tell({ type: 'diagnosis.finished', data: { ...about, revision: 'r', findings, failed: [] } });
  expect(form()).toMatch(/newest diagnosis .* found what this change is for: No policy engine pod is ready\./);
});
