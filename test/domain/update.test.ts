import { describe, expect, test } from '@jest/globals';
import { draftUpdate } from '../../src/domain/incident/update.ts';
import { sayMoment } from '../../src/lib/time.ts';
import { ChangeLife, commander, PLAN, security } from '../blocks/helpers/changes.ts';
import { declared, type Life, MINUTE, START } from './helpers/incidents.ts';

/** The update that is posted when nobody does. */
function automatic(life: Life) {
  life.at = START + 36 * MINUTE;
  life.give({ at: life.at, by: null, ask: { type: 'timer', timer: { kind: 'update-breach' } } });
  const record = life.records.findLast(({ type }) => type === 'update.posted');
  if (record?.type !== 'update.posted') throw new Error('Nothing was posted.');
  return record.data;
}

describe('An automatic update', () => {
  test('says what people said last: status, cause and impact, in their words', () => {
    const life = declared();
    life.ask({ type: 'acknowledge' });
    life.ask({ type: 'change-impact', impact: 'Half of all queries fail' });
    life.ask({ type: 'change-status', status: 'identified', note: 'a bad policy bundle' });
    expect(automatic(life)).toMatchObject({
      automatic: true,
      status: 'identified',
      impact: 'Half of all queries fail',
      current_situation: 'The cause is identified; a fix is being worked on.\nCause: a bad policy bundle',
    });
  });

  test('keeps the cause after an update that does not repeat it, until it is looked for again', () => {
    const life = declared();
    life.ask({ type: 'acknowledge' });
    life.ask({ type: 'change-status', status: 'identified', note: 'a bad policy bundle' });
    life.ask({ type: 'post-update', situation: 'We roll back' });
    expect(draftUpdate(life.incident).current_situation).toBe('We roll back\nCause: a bad policy bundle');
    life.ask({ type: 'change-status', status: 'monitoring' });
    expect(draftUpdate(life.incident).current_situation).toBe(
      'A fix is in place; the result is being watched. Before that: We roll back\nCause: a bad policy bundle',
    );
    life.ask({ type: 'change-status', status: 'investigating' });
    expect(draftUpdate(life.incident).current_situation).not.toContain('bundle');
  });

  test('leaves what was noted in the channel there; a draft that somebody reads has it', () => {
    const life = declared();
    life.ask({ type: 'acknowledge' });
    life.ask({ type: 'add-note', text: 'the password was in the log' });
    life.ask({ type: 'pin-message', channel: 'C0ROOM', ts: '1.2', author: null, text: 'pinned words', permalink: null });
    expect(draftUpdate(life.incident).actions_taken.join()).toContain('the password was in the log');
    expect(automatic(life).actions_taken.join()).not.toMatch(/password|pinned words/);
    life.ask({ type: 'post-update', situation: 'One sentence' });
    expect(life.records.findLast(({ type }) => type === 'update.posted')?.data).toMatchObject({ actions_taken: ['08:00Z Acknowledged after 0 s'] });
  });

  test('names what the newest diagnosis found in one line, and that it was mended; what came back is told too', () => {
    const life = new ChangeLife({ title: 'Down', service: 'AUREUS', remedy: 'Restart', text: 'why', many: 1 }, { risk: 'change' });
    const diagnose = (run: string, says: string) => {
      const about = { run, runbook: 'aureus/policy-engine-failure' };
      life.ask({ type: 'request-diagnosis', ...about, title: 'Policy' }, commander);
      life.tell({ type: 'diagnosis.finished', data: { ...about, revision: 'r', findings: [{ says, suggests: ['bypass'] }], failed: [] } });
    };
    diagnose('run-a', 'Something older.');
    diagnose('run-b', 'No engine pod is ready: engine-7d9f8b6c5-x2x9z fails. Diagnose aureus/other.');
    const draft = () => draftUpdate(life.incident);
    expect(draft().current_situation).toBe('The diagnosis found: No engine pod is ready: a pod of engine fails.');
    expect(draft().actions_taken.filter((line) => line.includes('Diagnosed'))).toEqual([
      '08:01Z Diagnosed “Policy”: No engine pod is ready: a pod of engine fails.',
    ]);
    life.request();
    life.plan();
    life.ask({ type: 'approve', plan: PLAN }, commander);
    life.apply();
    life.inForce();
    life.tell({ type: 'recurrence.watched', data: { plan: PLAN, until: '2026-11-21T09:00:00.000Z' } });
    life.tell({ type: 'recurrence.seen', outcome: 'failed', data: { plan: PLAN, summary: 'The container needs more memory than its limit.' } });
    expect(draft().actions_taken.join()).toMatch(/Verified the effect of “Restart”.*It fails again, differently, after “Restart”/);
    expect(automatic(life).actions_taken).toHaveLength(5);
  });

  test('names a safeguard that is off, with until when', () => {
    const life = new ChangeLife({ title: 'Down', service: 'AUREUS', remedy: 'Enable policy bypass', text: 'why', many: 1 });
    life.request();
    life.plan();
    life.ask({ type: 'approve', plan: PLAN }, security);
    life.apply();
    life.inForce();
    const until = sayMoment(Number(life.current.revertAt));
    expect(automatic(life).in_force).toEqual([`Enable policy bypass, until ${until}`]);
  });
});
