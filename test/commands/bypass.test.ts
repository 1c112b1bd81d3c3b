import { describe, expect, test } from '@jest/globals';
import { bypass } from '../../commands/bypass/index.ts';
import type { Words } from '../blocks/helpers/catalogue.ts';
import { ChangeLife, PLAN, security } from '../blocks/helpers/changes.ts';
import { press, SERVICES, say, stranger, submit, taken } from './helpers/fixture.ts';

const words: Words = { title: 'Policy engine is down', service: 'AUREUS', remedy: 'Enable policy bypass', text: 'Nobody can query', many: 1 };

function shown(answer: { reply?: unknown; modal?: unknown }): string {
  return JSON.stringify(answer.reply ?? answer.modal);
}

function inForce(): ChangeLife {
  const life = new ChangeLife(words);
  life.request();
  life.plan();
  life.ask({ type: 'approve', plan: PLAN }, security);
  life.apply();
  life.inForce();
  return life;
}

describe('/bypass request', () => {
  test('in a P0 incident the words are the reason', async () => {
    const answer = await say(bypass, 'request nobody can query', { incident: taken('P0').incident });
    expect(answer.asks?.[0]?.ask).toMatchObject({
      type: 'request-remedy',
      remedy: 'bypass',
      risk: 'emergency',
      needs: ['incident-commander', 'security'],
      reason: 'nobody can query',
    });
  });

  test('elsewhere the service comes first; a P0 incident is declared', async () => {
    const answer = await say(bypass, 'request aureus nobody can query');
    expect(answer.asks?.[0]?.ask).toMatchObject({ type: 'declare', severity: 'P0', service: 'aureus' });
    expect(answer.asks?.[1]?.ask).toMatchObject({ reason: 'nobody can query' });
  });

  test('without a reason the form opens', async () => {
    expect((await say(bypass, 'request aureus')).modal?.callback_id).toBe('runbook.run');
  });

  test('of several, a form asks which; its answer asks for it', async () => {
    const answer = await say(bypass, 'request sark why');
    expect(answer.modal?.callback_id).toBe('bypass.request');
    expect(shown(answer)).toContain('sark/policy-evaluation#also-open');
    const asked = await submit(bypass, 'bypass.request', { remedy: 'sark/policy-evaluation#fail-open', reason: 'why' }, {});
    expect(asked.asks?.[1]?.ask).toMatchObject({ type: 'request-remedy', remedy: 'fail-open' });
  });

  test('says when there is none, and which services there are', async () => {
    await expect(say(bypass, 'request idle why')).rejects.toMatchObject({ code: 'no-emergency-remedy' });
    await expect(say(bypass, 'request')).rejects.toThrow('Services: aureus, sark, idle');
    await expect(say(bypass, 'request aureu why')).rejects.toThrow('Did you mean `aureus`?');
    await expect(say(bypass, 'request sarks why', { incident: taken('P0').incident })).rejects.toThrow('Did you mean `sark`?');
    const only = { services: SERVICES.slice(0, 1) };
    expect((await say(bypass, 'request nobody can query', {}, only)).asks?.[1]?.ask).toMatchObject({ reason: 'nobody can query' });
  });

  test('of several, none is asked about where none is possible, nor by somebody who may not ask', async () => {
    const { incident } = taken('P1');
    await expect(say(bypass, 'request why', { incident: { ...incident, service: 'sark' } })).rejects.toThrow('/incident severity P0');
    await expect(say(bypass, 'request sark', { person: stranger })).rejects.toMatchObject({ code: 'role-needed' });
    await expect(say(bypass, 'request aureus', { person: stranger })).rejects.toMatchObject({ code: 'role-needed' });
  });

  test('one that is in progress already is not asked for by a form', async () => {
    await expect(say(bypass, 'request', { incident: inForce().incident })).rejects.toMatchObject({ code: 'plan-pending' });
  });

  test('an incident that is not P0 is told how to become one', async () => {
    await expect(say(bypass, 'request why', { incident: taken('P1').incident })).rejects.toThrow('/incident severity P0');
  });
});

describe('/bypass status', () => {
  test('shows what is in force with its time left and buttons', async () => {
    const life = inForce();
    const said = shown(await say(bypass, 'status', { now: life.at }, { lives: [life] }));
    expect(said).toContain('Enable policy bypass');
    expect(said).toContain('in 59 min');
    expect(said).toContain(`"action_id":"plan.revert","value":"INC-2026-0001:${PLAN}"`);
  });

  test('shows the bypass of an incident that is resolved, wherever it is asked', async () => {
    const life = inForce();
    const resolved = { records: life.records, incident: { ...life.incident, status: 'resolved' as const } };
    expect(shown(await say(bypass, 'status', {}, { lives: [resolved] }))).toContain('Enable policy bypass');
    expect(shown(await say(bypass, 'status'))).toContain('No bypass is in force');
  });

  test('never says that none is while one is of an incident that the reader may not see: only whose service it is, and until when', async () => {
    const { at } = inForce();
    const hidden = [{ service: 'SARK', status: 'applied' as const, revertAt: at + 30 * 60_000, conflict: null }];
    const said = shown(await say(bypass, 'status', { now: at }, { hidden }));
    expect(said).toContain('1 bypass is in force');
    expect(said).toMatch(/A bypass of SARK\*  ·  reverts by itself at .*in 30 min/);
    expect(said).not.toContain('No bypass');
    await expect(say(bypass, 'revert it is over', { now: at }, { hidden })).rejects.toThrow('You can see no bypass that is in force.');
  });
});

describe('/bypass revert', () => {
  test('the only one in force, with a reason, at once', async () => {
    const answer = await say(bypass, 'revert engine is back', {}, { lives: [inForce()] });
    expect(answer.asks).toEqual([
      { target: { kind: 'incident', id: 'INC-2026-0001' }, ask: { type: 'revert', plan: PLAN, reason: 'engine is back' } },
    ]);
  });

  test('without a reason a form opens that remembers the plan', async () => {
    const life = inForce();
    const answer = await say(bypass, `revert ${PLAN.toLowerCase()}`, {}, { lives: [life] });
    expect(JSON.parse(answer.modal?.private_metadata ?? '{}')).toEqual({ incident: 'INC-2026-0001', plan: PLAN });
    const done = await submit(bypass, 'plan.revert', { text: 'engine is back' }, { incident: life.incident, remember: { plan: PLAN } });
    expect(done.asks?.[0]?.ask).toEqual({ type: 'revert', plan: PLAN, reason: 'engine is back' });
  });

  test('says when there is nothing, or no such plan', async () => {
    await expect(say(bypass, 'revert why')).rejects.toMatchObject({ code: 'no-bypass' });
    await expect(say(bypass, 'revert PLN-7K2M9QXB why', {}, { lives: [inForce()] })).rejects.toThrow(`Did you mean \`${PLAN}\`?`);
    await expect(press(bypass, 'plan.revert', 'PLN-GONE2222', inForce().incident)).rejects.toMatchObject({ code: 'unknown-plan' });
  });

  test('a plan of another incident is not reverted with the roles of this one', async () => {
    const here = { ...taken().incident, id: 'INC-2026-0002' };
    await expect(say(bypass, `revert ${PLAN} why`, { incident: here }, { lives: [inForce()] })).rejects.toThrow(
      `Put it first: \`INC-2026-0001 ${PLAN}\``,
    );
    await expect(say(bypass, 'revert why', { incident: here }, { lives: [inForce()] })).rejects.toMatchObject({ code: 'no-bypass' });
  });

  test('of several it shows each with its buttons', async () => {
    const other = inForce();
    const incident = { ...other.incident, id: 'INC-2026-0002' };
    const answer = await say(bypass, 'revert why', {}, { lives: [inForce(), { incident, records: [] }] });
    expect(answer.asks).toBeUndefined();
    expect(shown(answer)).toContain('2 bypasses are in force');
  });
});

describe('/bypass extend', () => {
  test('a length and a reason ask at once, with an id that a retry repeats', async () => {
    const world = { lives: [inForce()] };
    const answer = await say(bypass, 'extend 30m engine still down', {}, world);
    const again = await say(bypass, 'extend 30m engine still down', {}, world);
    expect(answer.asks).toEqual([
      {
        target: { kind: 'incident', id: 'INC-2026-0001' },
        ask: { type: 'request-extension', plan: PLAN, id: expect.stringMatching(/^PLN-[2-9A-Z]{8}$/), ms: 1_800_000, reason: 'engine still down' },
      },
    ]);
    expect(again.asks).toEqual(answer.asks);
    const other = await say(bypass, 'extend 30m engine still down', { id: 'request-2' }, world);
    expect(other.asks).not.toEqual(answer.asks);
  });

  test('what is missing is asked for, with what was given', async () => {
    const world = { lives: [inForce()] };
    expect(shown(await say(bypass, 'extend 45m', {}, world))).toContain('"initial_option":{"text":{"type":"plain_text","text":"45 minutes"');
    expect(shown(await say(bypass, 'extend engine still down', {}, world))).toContain('"initial_value":"engine still down"');
    await expect(say(bypass, 'extend 30minutes why', {}, world)).rejects.toMatchObject({ code: 'not-a-duration' });
  });

  test('the form asks', async () => {
    const life = inForce();
    const answer = await submit(bypass, 'plan.extend', { length: '15m', text: 'why' }, { incident: life.incident, remember: { plan: PLAN } });
    expect(answer.asks?.[0]?.ask).toMatchObject({ type: 'request-extension', plan: PLAN, ms: 900_000, reason: 'why' });
  });
});
