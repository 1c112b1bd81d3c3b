import { describe, expect, test } from '@jest/globals';
import { planCardKey } from '../../src/domain/change/plan-card.ts';
import type { Incident } from '../../src/domain/incident/incident.ts';
import type { Notice, ServiceChannels } from '../../src/engine/incidents/notice.ts';
import { noticesOf } from '../../src/engine/incidents/notices.ts';
import { ASK_APPROVERS, ITEM } from '../../src/engine/run-kinds.ts';
import { toIso } from '../../src/lib/time.ts';
import { ChangeLife, commander, PLAN, security } from '../blocks/helpers/changes.ts';
import { declared, type Life, MINUTE, policy } from '../domain/helpers/incidents.ts';

const CHANNELS: ServiceChannels = { incidents: 'C0INC', updates: 'C0OPS', resolutions: 'C0RES', room: 'channel' };

/** The messages that follow from the records since `from`. */
function messages(life: Life, from: number): readonly Extract<Notice, { kind: 'message' }>[] {
  const incident: Incident = life.incident;
  return life.records.slice(from).flatMap((record) => noticesOf(record, incident, CHANNELS).filter((one) => one.kind === 'message'));
}

describe('Who is told', () => {
  function ended(wait: number, refused = false): ChangeLife {
    const life = new ChangeLife({ title: 'Down', service: 'AUREUS', remedy: 'Restart', text: 'why', many: 1 }, { risk: 'change' });
    life.request();
    life.plan();
    if (refused)
      life.give({ at: life.at, by: null, ask: { type: 'message-failed', key: planCardKey(PLAN), template: 'plan', error: 'invalid_blocks' } });
    life.at += wait;
    life.ask({ type: 'approve', plan: PLAN }, commander);
    life.apply();
    life.inForce();
    return life;
  }

  test('that it is applied is a message where the card is out of sight or was refused, and always for an emergency', () => {
    const last = (life: ChangeLife) => messages(life, life.records.length - 1).map(({ template }) => template);
    expect(last(ended(0))).toEqual([]);
    expect(last(ended(11 * MINUTE))).toEqual(['change']);
    expect(last(ended(0, true))).toEqual(['change']);
    const emergency = new ChangeLife({ title: 'Down', service: 'AUREUS', remedy: 'Bypass', text: 'why', many: 1 });
    emergency.request();
    emergency.plan();
    emergency.ask({ type: 'approve', plan: PLAN }, security);
    emergency.apply();
    emergency.inForce();
    expect(last(emergency)).toEqual(['change', 'change']);
  });

  test('a remedy that goes well is two messages in the room: its card, which says that it is applied, and what the watch has found', () => {
    const life = new ChangeLife({ title: 'Down', service: 'AUREUS', remedy: 'Restart', text: 'why', many: 1 }, { risk: 'change' });
    const from = life.records.length;
    life.request();
    life.plan();
    life.ask({ type: 'approve', plan: PLAN }, commander);
    life.apply();
    life.inForce();
    life.tell({ type: 'recurrence.watched', data: { plan: PLAN, until: toIso(life.at + 15 * MINUTE) } });
    life.tell({ type: 'recurrence.clear', data: { plan: PLAN, summary: '15 checks found no sign of it.' } });
    expect(messages(life, from).map(({ template, to }) => [template, to.kind])).toEqual([
      ['plan', 'room'],
      ['event', 'room'],
    ]);
  });

  test('the run of a plan is woken when it is decided, with what became of it', () => {
    const life = new ChangeLife({ title: 'Down', service: 'AUREUS', remedy: 'Restart', text: 'why', many: 1 });
    life.request();
    life.plan();
    const woken = (from: number) =>
      life.records.slice(from).flatMap((record) => noticesOf(record, life.incident, CHANNELS).filter((one) => one.kind === 'signal'));
    expect(woken(0)).toEqual([]);
    const from = life.records.length;
    life.ask({ type: 'approve', plan: PLAN }, security);
    expect(woken(from)).toEqual([{ kind: 'signal', run: life.current.run, name: `decided:${PLAN}`, payload: 'approved' }]);
  });

  test('whoever heard that it is resolved hears that it is open again', () => {
    const life = declared();
    life.ask({ type: 'resolve', summary: 'done' });
    const from = life.records.length;
    const told = (at: number) => messages(life, at).flatMap(({ to }) => (to.kind === 'channel' ? [to.channel] : []));
    expect(told(from - 1)).toContain('C0RES');
    life.ask({ type: 'reopen', reason: 'it came back' });
    expect(told(from)).toEqual(expect.arrayContaining(['C0RES', 'C0OPS']));
  });

  test('of a private incident nothing leaves its room: neither that it is resolved nor that it is open again', () => {
    const life = declared('P1', { private: true });
    life.ask({ type: 'resolve', summary: 'done' });
    life.ask({ type: 'reopen', reason: 'it came back' });
    life.ask({ type: 'resolve', summary: 'done again' });
    expect(messages(life, 0).filter(({ to }) => to.kind === 'channel')).toEqual([]);
  });

  test('whoever Slack keeps out of the room is known there; whoever is in it, or was reached, is no news', () => {
    const told = (way: 'direct-message' | null, refused: readonly { way: 'room' | 'direct-message'; error: string }[]) => {
      const life = declared();
      const before = life.types();
      life.give({ at: life.at, by: null, ask: { type: 'person-reached', page: 'p', user: 'U0LINUS', way, refused } });
      const from = before.length;
      return messages(life, from).map(({ template, to }) => [template, to.kind]);
    };
    expect(told('direct-message', [])).toEqual([]);
    expect(told('direct-message', [{ way: 'room', error: 'cant_invite' }])).toEqual([['event', 'room']]);
    expect(told(null, [{ way: 'direct-message', error: 'cannot_dm_bot' }])).toEqual(expect.arrayContaining([['unreached', 'room']]));
  });

  test('a severity that is raised pages the responders who were not called yet, but not who raised it; a lower one pages nobody', () => {
    const life = declared('P2');
    const pages = () => {
      const record = life.records.at(-1);
      const notices = record === undefined ? [] : noticesOf(record, life.incident, CHANNELS);
      return notices.flatMap((one) => (one.kind === 'run' && one.run === 'page' ? [one.input] : []));
    };
    life.ask({ type: 'change-severity', severity: 'P0', reason: 'worse' });
    expect(pages()).toEqual([expect.objectContaining({ who: [{ usergroup: 'S0SRE' }], template: 'page', knows: 'U0ADA', fresh: true })]);
    life.ask({ type: 'change-severity', severity: 'P1', reason: 'better' });
    expect(pages()).toEqual([]);
    life.ask({ type: 'change-impact', customerImpact: true });
    life.ask({ type: 'change-severity', severity: 'P3', reason: 'better' });
    life.ask({ type: 'change-impact', impact: 'all' });
    expect(life.types().slice(-1)).toEqual(['severity.changed']);
    expect(pages()).toEqual([expect.objectContaining({ fresh: true })]);
  });

  test('whoever gets a role from somebody else hears of it where they are, and so does who asked for what was rejected', () => {
    const life = new ChangeLife({ title: 'Down', service: 'AUREUS', remedy: 'Bypass', text: 'why', many: 1 });
    const told = () => messages(life, life.records.length - 1).flatMap(({ to }) => (to.kind === 'person' ? [to.user] : []));
    life.request();
    life.plan();
    life.ask({ type: 'reject', plan: PLAN, reason: 'no' }, security);
    expect(told()).toEqual([commander.id]);
    life.ask({ type: 'assign', role: 'incident-commander', user: 'U0LINUS', handoff: true }, commander);
    expect(told()).toEqual(['U0LINUS']);
    life.ask({ type: 'assign', role: 'scribe', user: commander.id, handoff: false }, commander);
    expect(told()).toEqual([]);
  });

  test('a reopening pages the responders and whoever has a role, but not who reopened it', () => {
    const life = declared();
    life.ask({ type: 'acknowledge' });
    life.ask({ type: 'resolve', summary: 'done' });
    life.ask({ type: 'reopen', reason: 'it came back' });
    const record = life.records.at(-1);
    const notices = record === undefined ? [] : noticesOf(record, life.incident, CHANNELS);
    const pages = notices.flatMap((one) => (one.kind === 'run' && one.run === 'page' ? [one.input] : []));
    expect(pages).toEqual([expect.objectContaining({ who: [{ usergroup: 'S0SRE' }, { user: 'U0ADA' }], template: 'page', knows: 'U0ADA' })]);
  });

  test('who may approve is asked about a plan that waits, and about no other', () => {
    const asks = (risk: 'safe' | 'change') => {
      const life = new ChangeLife({ title: 'Down', service: 'AUREUS', remedy: 'Restart', text: 'why', many: 1 }, { risk });
      life.request();
      life.plan();
      const record = life.records.at(-1);
      const notices = record === undefined ? [] : noticesOf(record, life.incident, CHANNELS);
      return notices.flatMap((one) => (one.kind === 'run' ? [one.run] : []));
    };
    expect(asks('change')).toEqual([ASK_APPROVERS.kind]);
    expect(asks('safe')).toEqual([]);
  });

  test('only a change that keeps nothing to put back is one of no return', () => {
    const plan = (more: { readonly oneWay?: readonly string[] }) => {
      const life = new ChangeLife({ title: 'Down', service: 'AUREUS', remedy: 'Delete', text: 'why', many: 1 }, { risk: 'change' });
      life.request();
      life.plan({ steps: 1, ...more });
      return life.incident.plans[PLAN];
    };
    expect(plan({ oneWay: ['files are gone'] })).toMatchObject({ oneWay: ['files are gone'] });
    expect(plan({})).not.toHaveProperty('oneWay');
  });

  test('what is found after a revert says nothing of the change itself', () => {
    const watched = (type: 'recurrence.clear' | 'recurrence.unknown', reverted: boolean) => {
      const life = new ChangeLife({ title: 'Down', service: 'AUREUS', remedy: 'Restart', text: 'why', many: 1 }, { risk: 'change' });
      life.request();
      life.plan();
      life.ask({ type: 'approve', plan: PLAN }, commander);
      life.apply();
      life.inForce();
      life.tell({ type, data: { plan: PLAN, summary: 'nothing seen', ...(reverted ? { reverted } : {}) } });
      return life.incident.plans[PLAN]?.watch?.outcome;
    };
    expect(watched('recurrence.clear', false)).toBe('clear');
    expect(watched('recurrence.unknown', false)).toBe('unknown');
    expect(watched('recurrence.clear', true)).toBeUndefined();
    expect(watched('recurrence.unknown', true)).toBeUndefined();
  });

  test('the issue of an item follows it where it has one or will have one, and nothing follows where work is not tracked', () => {
    const runs = (life: Life) => {
      const record = life.records.at(-1);
      const notices = record === undefined ? [] : noticesOf(record, life.incident, CHANNELS);
      return notices.flatMap((one) => (one.kind === 'run' && one.run === ITEM.kind ? ['run'] : one.kind === 'signal' ? [one.name] : []));
    };
    const done = (life: Life) => {
      life.ask({ type: 'add-follow-up', text: 'Fix it' });
      life.ask({ type: 'finish-follow-up', number: 1 });
      return life;
    };
    expect(runs(done(declared('P1')))).toEqual([]);
    expect(runs(done(declared('P1', { policy: { ...policy, items: {} } })))).toEqual(['run', expect.stringMatching(/^turn:/)]);
  });
});
