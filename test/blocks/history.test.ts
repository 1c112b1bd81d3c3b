import { describe, expect, test } from '@jest/globals';
import type { Message } from '../../blocks/kit.ts';
import { isFinal, render } from '../../blocks/templates.ts';
import type { EventType } from '../../src/domain/incident/events.ts';
import { toIso } from '../../src/lib/time.ts';
import { declared, type Life, MINUTE, START } from '../domain/helpers/incidents.ts';
import { ChangeLife, commander, holders, PLAN, security } from './helpers/changes.ts';

const SAID = { title: 'Policies block all queries', service: 'AUREUS', remedy: 'Enable policy bypass', text: 'why', many: 1 };

/** What a message shows now, of the record that it was posted for. */
function shown(life: Life, template: string, type: EventType): { readonly text: string; readonly final: boolean } {
  const record = life.records.findLast((one) => one.type === type) ?? null;
  const scene = { incident: life.incident, record, now: life.at, data: {}, holders, evidence: '', reporter: null };
  const message: Message = render(template, scene);
  return { text: JSON.stringify(message.blocks), final: isFinal(template, scene) };
}

/** Somebody is reminded of the update of 08:30. */
function reminded(): Life {
  const life = declared();
  life.ask({ type: 'acknowledge' });
  life.at = START + 25 * MINUTE;
  life.give({ at: life.at, by: null, ask: { type: 'timer', timer: { kind: 'update-offer' } } });
  life.at = START + 30 * MINUTE;
  life.give({ at: life.at, by: null, ask: { type: 'timer', timer: { kind: 'update-reminder' } } });
  life.at += MINUTE;
  return life;
}

describe('A reminder of an update stays what it was, and says below it what happened since', () => {
  test('an update was posted', () => {
    const life = reminded();
    life.ask({ type: 'post-update', situation: 'We roll back' });
    const { text, final } = shown(life, 'update-reminder', 'update.reminded');
    expect(text).toMatch(/:alarm_clock: The update of .* is due now \(.*08:30 UTC.*_Since then_: an update was posted at .*08:31 UTC/);
    expect(final).toBe(true);
    expect(text).not.toContain('incident.update');
  });

  test.each([
    ['resolved', (life: Life) => life.ask({ type: 'resolve', summary: 'It is over' }), /_Since then_: INC-2026-0001 was resolved at .*08:31 UTC/],
    [
      'merged',
      (life: Life) => life.ask({ type: 'merge', into: 'INC-2026-0002' }),
      /_Since then_: INC-2026-0001 was merged into \*INC-2026-0002\* at .*08:31 UTC/,
    ],
  ])('nobody posted, and it was %s', (_how, end, since) => {
    const life = reminded();
    end(life);
    for (const template of ['update-reminder', 'update-draft']) {
      const { text } = shown(life, template, template === 'update-draft' ? 'update.offered' : 'update.reminded');
      expect(text).toMatch(since);
      expect(text).not.toContain('was posted');
    }
  });

  test('nobody posted, and the cadence moved', () => {
    const life = reminded();
    const { incident } = life;
    life.state = { ...incident, updates: { ...incident.updates, dueAt: START + 40 * MINUTE } };
    const { text } = shown(life, 'update-reminder', 'update.reminded');
    expect(text).toMatch(/is due now \(.*08:30 UTC.*_Since then_: the next update is due .*08:40 UTC/);
    expect(text).not.toContain('was posted');
  });
});

describe('Who was called sees why nobody has to acknowledge any more', () => {
  test('it was resolved, and nobody acknowledged', () => {
    const life = declared();
    life.give({ at: life.at, by: null, ask: { type: 'room-created', channel: 'C0ROOM', threadTs: null } });
    life.at += 8 * MINUTE;
    life.give({ at: life.at, by: null, ask: { type: 'timer', timer: { kind: 'acknowledgement-reminder' } } });
    life.ask({ type: 'resolve', summary: 'False alarm' });
    for (const [template, type] of [
      ['page', 'incident.declared'],
      ['welcome', 'room.created'],
      ['acknowledgement-reminder', 'acknowledgement.reminded'],
    ] as const) {
      const { text } = shown(life, template, type);
      expect(text).toMatch(/_Since then_: INC-2026-0001 was resolved at .*08:08 UTC/);
      expect(text).not.toMatch(/is acknowledged|was acknowledged|Acknowledged/);
    }
    expect(shown(life, 'acknowledgement-reminder', 'acknowledgement.reminded').text).toContain('nobody had acknowledged');
  });

  test('the room offers Acknowledge once: on its card', () => {
    const life = declared();
    life.give({ at: life.at, by: null, ask: { type: 'room-created', channel: 'C0ROOM', threadTs: null } });
    const first = ['card', 'welcome'].map((template) => shown(life, template, 'room.created').text).join();
    expect(first.match(/"incident\.ack"/g)).toHaveLength(1);
  });
});

describe('A change that was in force', () => {
  function inForce(): ChangeLife {
    const life = new ChangeLife(SAID);
    life.request();
    life.plan();
    life.ask({ type: 'approve', plan: PLAN }, security);
    life.apply();
    life.inForce();
    return life;
  }

  test('does not become over at the time that it was announced', () => {
    const life = inForce();
    const { revertAt } = life.current;
    life.at = Number(revertAt) - 5 * MINUTE;
    life.give({ at: life.at, by: null, ask: { type: 'timer', timer: { kind: 'revert-reminder', plan: PLAN } } });
    life.at = Number(revertAt);
    life.tell({ type: 'revert.started', data: { plan: PLAN, because: 'its time is up', late_ms: 0 } });
    life.tell({ type: 'remedy.reverted', data: { plan: PLAN, late_ms: 0, verified: true, kept: 0, summary: '1 step reverted.' } });
    const until = toIso(Number(revertAt)).slice(11, 16);
    const reminder = shown(life, 'change', 'revert.reminded').text;
    expect(reminder).toMatch(new RegExp(`reverts by itself at .*${until} UTC.*_Since then_: it ended at .*${until} UTC`));
    expect(reminder).not.toContain('has ended');
    const applied = shown(life, 'change', 'remedy.applied').text;
    expect(applied).toMatch(new RegExp(`In force.*reverts by itself at .* UTC.*_Since then_: it ended at .*${until} UTC`));
    expect(applied).not.toContain('plan.revert');
  });

  test('its card says by edits what was asked, approved, applied, verified and watched, each with its time', () => {
    const life = new ChangeLife(SAID, { risk: 'change' });
    life.request();
    life.plan();
    life.at += MINUTE;
    life.ask({ type: 'approve', plan: PLAN }, commander);
    life.apply();
    life.inForce();
    life.tell({ type: 'recurrence.watched', data: { plan: PLAN, until: toIso(life.at + 15 * MINUTE) } });
    const watched = shown(life, 'plan', 'plan.made');
    expect(watched.text).toMatch(/asked for by <@U0ADA>.*confirmed by <@U0ADA>.*begun.*applied.*verified.*:eyes: Tocsin watches until/);
    expect(watched.final).toBe(false);
    life.at += 15 * MINUTE;
    life.tell({ type: 'recurrence.clear', data: { plan: PLAN, summary: '15 checks found no sign of it.' } });
    const clear = shown(life, 'plan', 'plan.made');
    expect(clear.text).toMatch(/it did not come back/);
    // Its button to put it back stays as long as it does something.
    expect(clear.final).toBe(false);
    life.ask({ type: 'resolve', summary: 'done' });
    life.ask({ type: 'close' });
    const closed = shown(life, 'plan', 'plan.made');
    expect(closed.final).toBe(true);
    expect(closed.text).not.toContain('plan.revert');
  });
});

describe('Who is asked to decide', () => {
  test('is told severity, title, findings and risk in words, and no expression', () => {
    const life = new ChangeLife(SAID);
    const runbook = 'aureus/policy-engine-failure';
    life.ask({ type: 'request-diagnosis', run: 'd1', runbook, title: 'Policy engine failure' }, commander);
    const findings = [
      { says: 'No policy engine pod is ready.', suggests: ['bypass'] },
      { says: 'The disk is full.', suggests: [] },
    ];
    life.tell({ type: 'diagnosis.finished', data: { run: 'd1', runbook, revision: '', findings, failed: [] } });
    life.request();
    life.plan();
    const { text } = shown(life, 'plan-ask', 'plan.made');
    for (const part of ['P0', SAID.title, 'No policy engine pod is ready.', 'a safeguard is switched off']) expect(text).toContain(part);
    expect(text).not.toMatch(/The disk is full|approval\(|output\.|run\.summary/);
  });

  test('what switches a safeguard off is not green, what leads back to safety is not red', () => {
    const life = new ChangeLife(SAID);
    life.request();
    life.plan();
    expect(shown(life, 'plan-ask', 'plan.made').text).toMatch(/"plan\.approve"[^}]*"style":"danger"/);
    life.ask({ type: 'approve', plan: PLAN }, security);
    life.apply();
    life.inForce();
    expect(shown(life, 'change', 'remedy.applied').text).not.toMatch(/"plan\.revert"[^}]*"style":"danger"/);
  });

  test('sees what became of it once it is decided, and nothing to press', () => {
    const life = new ChangeLife(SAID);
    life.request();
    life.plan();
    life.ask({ type: 'reject', plan: PLAN, reason: 'not now' }, security);
    const { text, final } = shown(life, 'plan-ask', 'plan.made');
    expect(text).toMatch(
      /Approval needed.*_Since then_: rejected by <@U0MARY> at [^ ]* [^ ]*: not now\. Nothing was changed, and you have nothing more to do\./,
    );
    expect(text).not.toContain('plan.approve');
    expect(final).toBe(true);
  });

  test.each<[string, (life: ChangeLife) => void, RegExp]>([
    [
      'withdrawn',
      (life) => life.ask({ type: 'withdraw', plan: PLAN, reason: 'not needed' }, commander),
      /withdrawn by <@U0ADA> at .*: not needed\. Nothing/,
    ],
    [
      'expired',
      (life) => {
        life.at += 15 * MINUTE;
        life.give({ at: life.at, by: null, ask: { type: 'timer', timer: { kind: 'approval-expiry', plan: PLAN } } });
      },
      /expired at .*: security did not approve in time\. Nothing/,
    ],
    [
      'void for good',
      (life) => life.tell({ type: 'plan.voided', data: { plan: PLAN, reason: 'it moved', final: true } }),
      /void at .*: it moved\. Nothing/,
    ],
  ])('%s: says so, and that there is nothing more to do; not that it goes on', (_how, end, says) => {
    const life = new ChangeLife(SAID);
    life.request();
    life.plan();
    end(life);
    const { text } = shown(life, 'plan-ask', 'plan.made');
    expect(text).toMatch(says);
    expect(text).toContain('you have nothing more to do');
    expect(text).not.toContain('shows how it goes');
  });

  test('superseded: says that another one takes its place; approved: where it goes on', () => {
    const life = new ChangeLife(SAID);
    life.request();
    life.plan();
    life.tell({ type: 'plan.voided', data: { plan: PLAN, reason: 'it moved' } });
    expect(shown(life, 'plan-ask', 'plan.made').text).toMatch(/void at .*: it moved\. A new plan takes its place/);
    const approved = new ChangeLife(SAID);
    approved.request();
    approved.plan();
    approved.ask({ type: 'approve', plan: PLAN }, security);
    expect(shown(approved, 'plan-ask', 'plan.made').text).toMatch(/approved at .*, finally by <@U0MARY>\. <#C0ROOM> shows how it goes/);
  });

  test('of one person’s yes everything says confirm', () => {
    const life = new ChangeLife(SAID, { risk: 'change' });
    life.request();
    life.plan({ diff: null });
    const { text } = shown(life, 'plan', 'plan.made');
    expect(text).toContain('Confirmation needed');
    expect(text).not.toMatch(/[Aa]pprov(?!e":|e"|als do)/);
  });

  test('what was seen names people of the plan as people, and nobody else', () => {
    const life = new ChangeLife({ ...SAID, text: 'answered 200: approver U0ADA, other U0ZED' });
    life.request();
    life.plan();
    life.ask({ type: 'approve', plan: PLAN }, security);
    life.apply();
    life.inForce();
    expect(shown(life, 'plan', 'plan.made').text).toContain('approver <@U0ADA>, other U0ZED');
  });
});

test('the card’s title follows the state, with severity and service', () => {
  const life = declared();
  const title = () => (JSON.parse(shown(life, 'card', 'incident.declared').text) as { text: { text: string } }[])[0]?.text.text;
  expect(title()).toBe('INCIDENT DETECTED: Frontend is down (P1, AUREUS)');
  life.ask({ type: 'acknowledge' });
  for (const status of ['identified', 'monitoring'] as const) {
    life.ask({ type: 'change-status', status });
    expect(title()).toBe(`INCIDENT ${status.toUpperCase()}: Frontend is down (P1, AUREUS)`);
  }
  life.ask({ type: 'resolve', summary: 'done' });
  expect(title()).toBe('INCIDENT RESOLVED: Frontend is down (P1, AUREUS)');
});
