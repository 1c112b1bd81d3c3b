import { describe, expect, test } from '@jest/globals';
import { checklistItem, checklist as shownChecklist } from '../../blocks/checklist.ts';
import { checklistOf, isDone } from '../../src/domain/incident/checklist.ts';
import type { ChecklistEntry } from '../../src/domain/policy.ts';
import { ChangeLife, commander, PLAN, security } from '../blocks/helpers/changes.ts';
import { declaring, Life, MINUTE, policy } from './helpers/incidents.ts';

const RUNBOOK = 'aureus/policy-engine-failure';
const WORDS = { title: 'Down', service: 'AUREUS', remedy: 'Roll back', text: 'why', many: 1 };

const ENTRIES: readonly ChecklistEntry[] = [
  { text: 'Root cause recorded', seen: { what: 'cause' } },
  { text: 'Repaired', seen: { what: 'remedies', remedies: ['bypass'] } },
  { text: 'Reviewed' },
  // The service asks it already.
  { text: 'debriefed' },
];

function diagnosed(life: Life, checklist?: readonly ChecklistEntry[], runbook = RUNBOOK): void {
  life.ask({ type: 'request-diagnosis', run: runbook, runbook, title: 'Down' }, commander);
  const data = { run: runbook, runbook, revision: 'a'.repeat(64), findings: [], failed: [], ...(checklist === undefined ? {} : { checklist }) };
  life.give({ at: life.at, by: null, ask: { type: 'change', event: { type: 'diagnosis.finished', data } } });
}

/** A change that is applied; `passed`: its effect showed. */
function changed(passed = true, checklist?: readonly ChecklistEntry[]): ChangeLife {
  const life = new ChangeLife(WORDS, { risk: 'destructive' });
  life.request();
  life.plan();
  life.ask({ type: 'approve', plan: PLAN }, security);
  life.at += MINUTE;
  const intent = { plan: PLAN, plan_hash: 'c'.repeat(64), approvers: [], steps: ['x'], ...(checklist === undefined ? {} : { checklist }) };
  life.tell({ type: 'change.intended', data: intent });
  life.tell({ type: 'change.applied', data: { plan: PLAN, step: 0, uses: 'k8s.set-env', summary: 'Set' } });
  life.inForce(passed);
  return life;
}

function done(life: Life): string[] {
  return checklistOf(life.incident)
    .filter(isDone)
    .map(({ text }) => text);
}

function shown(life: Life): string {
  return JSON.stringify(shownChecklist(life.incident).blocks);
}

describe('[AU-80] The checklist', () => {
  test('has the service’s items and those of the runbooks that were used, each text once', () => {
    const life = new Life();
    life.ask(declaring('P1'));
    expect(checklistOf(life.incident).map(({ id }) => id)).toEqual(['1', '2']);
    diagnosed(life, ENTRIES);
    diagnosed(life, ENTRIES);
    diagnosed(life, [{ text: 'Reviewed' }, { text: 'Told' }], 'aureus/assess');
    diagnosed(life);
    const items = checklistOf(life.incident).map(({ id, text, runbook }) => [id, text, runbook]);
    expect(items.slice(2)).toEqual([
      ['r1', 'Root cause recorded', RUNBOOK],
      ['r2', 'Repaired', RUNBOOK],
      ['r3', 'Reviewed', RUNBOOK],
      ['r4', 'Told', 'aureus/assess'],
    ]);
    expect(shown(life)).toContain('0 of 6 done');
    expect(shown(life)).toContain('Told  _(aureus/assess)_');
  });

  test('has them of a remedy that was begun without a diagnosis', () => {
    expect(checklistOf(changed(true, ENTRIES).incident)).toHaveLength(5);
    expect(checklistOf(changed().incident)).toHaveLength(2);
  });

  test('a cause that somebody names is seen, with its time, until it is open again', () => {
    const life = new Life();
    life.ask(declaring('P1'));
    diagnosed(life, ENTRIES);
    life.at += MINUTE;
    life.ask({ type: 'change-status', status: 'identified', note: 'a bad *bundle*' });
    expect(done(life)).toEqual(['Root cause recorded']);
    expect(shown(life)).toMatch(
      /:white_check_mark: Root cause recorded {2}_\(aureus\/policy-engine-failure\)_ {2}_Tocsin: the cause was named: a bad [^_]*bundle[^_]*<!date\^\d+\^\{time\}\|08:01 UTC>_/,
    );
    life.ask({ type: 'change-status', status: 'investigating', note: 'it was another' });
    expect(done(life)).toEqual([]);
  });

  test('a remedy that had its effect is seen; one whose effect did not show, or that was reverted, is not', () => {
    expect(done(changed(true, ENTRIES))).toEqual(['Repaired']);
    expect(done(changed(false, ENTRIES))).toEqual([]);
    const life = changed(true, ENTRIES);
    life.ask({ type: 'revert', plan: PLAN, reason: 'why' });
    life.tell({ type: 'revert.started', data: { plan: PLAN, because: 'asked', late_ms: 0 } });
    expect(done(life)).toEqual([]);
  });

  test('the end, the pack and the post outside are seen, none of them of a private incident that nobody hears of', () => {
    const checklist = (['resolved', 'announced', 'pack'] as const).map((what, i) => ({ id: String(i), text: what, seen: { what } }));
    const seen = (isPrivate: boolean) => {
      const life = new Life();
      life.ask(declaring('P1', { policy: { ...policy, checklist }, private: isPrivate }));
      life.give({ at: life.at, by: null, ask: { type: 'room-created', channel: 'C0ROOM', threadTs: null } });
      for (const channel of isPrivate ? ['C0ROOM'] : ['C0ROOM', 'C0UPD'])
        life.give({ at: life.at, by: null, ask: { type: 'card-posted', channel, ts: '1.1' } });
      life.ask({ type: 'resolve', summary: 'over' });
      life.give({ at: life.at, by: null, ask: { type: 'packed', number: 2, records: 9 } });
      return life;
    };
    expect(done(seen(true))).toEqual(['pack']);
    const life = seen(false);
    // Nothing was changed, so nothing is verified.
    expect(done(life)).toEqual(['announced', 'pack']);
    expect(shown(life)).toContain('Tocsin: evidence pack 2 was made <!date');
    life.give({ at: life.at, by: null, ask: { type: 'message-failed', key: 'k', template: 'milestone', error: 'is_archived' } });
    expect(done(life)).toEqual(['pack']);

    const verified = changed();
    verified.state = { ...verified.incident, policy: { ...policy, checklist } };
    expect(done(verified)).toEqual([]);
    verified.ask({ type: 'resolve', summary: 'over' });
    expect(done(verified)).toEqual(['resolved']);
    expect(shown(verified)).toMatch(/Tocsin: it was resolved <[^>]+>; “Roll back” was verified </);
  });

  test('a person’s word counts more than what Tocsin sees, either way', () => {
    const life = changed(true, ENTRIES);
    life.ask({ type: 'tick', item: 'r2', done: true }, commander);
    expect(life.types().at(-1)).not.toBe('checklist.ticked');
    life.ask({ type: 'tick', item: 'r2', done: false }, commander);
    expect(done(life)).toEqual([]);
    expect(JSON.stringify(checklistItem(life.incident, 'r2').blocks)).toMatch(/Not done, says <@U0ADA> <[^>]+> \(Tocsin: “Roll back” was verified/);
    life.ask({ type: 'tick', item: 'r2', done: true }, commander);
    life.ask({ type: 'tick', item: 'r3', done: true }, commander);
    life.ask({ type: 'revert', plan: PLAN, reason: 'why' });
    life.tell({ type: 'revert.started', data: { plan: PLAN, because: 'asked', late_ms: 0 } });
    expect(done(life)).toEqual(['Repaired', 'Reviewed']);
    expect(() => life.ask({ type: 'tick', item: 'r9', done: true }, commander)).toThrow('no such checklist item');
  });

  test('the close counts what is seen as done', () => {
    const life = changed(true, ENTRIES);
    life.ask({ type: 'resolve', summary: 'over' });
    life.ask({ type: 'close' });
    expect(life.records.at(-1)).toMatchObject({ type: 'incident.closed', data: { open_items: 4, items: 5 } });
  });
});
