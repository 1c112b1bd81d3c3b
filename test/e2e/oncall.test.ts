import { expect, test } from '@jest/globals';
import type { WorkspaceSeed } from '../../simulators/slack/seed.ts';
import { dayIn, timeIn } from '../../src/lib/zoned.ts';
import { describeWorld } from './helpers/each.ts';
import { DEMO, declare, directMessages, lastTold, readable, type World, type WorldOptions } from './helpers/world.ts';

const BERLIN = 'Europe/Berlin';
const HOUR = 3_600_000;
/** The first hand-over comes in three hours, by the clocks of Berlin; until then Grace is on call, then Linus. */
const FIRST = Date.now() + 3 * HOUR;
const SERVICE = 'vaultmesh-qbusiness';

function configured(text: string): string {
  const at = text.indexOf(`\n  ${SERVICE}:\n`);
  const line = '    escalation: [{ rota: knowledge }, { rota: knowledge, turn: next, after: 15m }]';
  const service = text
    .slice(at)
    .replace(/ {4}responders: .*/, '    responders: [{ rota: knowledge }]')
    .replace(/ {4}escalation: .*/, line);
  const turns = `{ people: [U0LINUS, U0GRACE], every: 1 day, handover: "${timeIn(BERLIN, FIRST)}", starts: "${dayIn(BERLIN, FIRST)}" }`;
  const rotas = `rotas:\n  knowledge:\n    name: Knowledge base\n    time_zone: ${BERLIN}\n    channel: ${DEMO.general}\n    topic: true\n    usergroup: S0DUTY\n    layers: [${turns}]\n`;
  const webhooks = 'webhooks:\n  alertmanager: { token_env: AM_TOKEN, default_service: vaultmesh-qbusiness }\n';
  return `${text.slice(0, at).replace(/^rotas:\n(?: .*\n)*/m, '')}${service.replace(/^rotas:\n(?: .*\n)*/m, '')}\n${rotas}`.replace(
    'webhooks:\n',
    webhooks,
  );
}

/** What was announced about the rota, in order. */
function announced(world: World): readonly string[] {
  return world.texts(DEMO.general).filter((text) => text.includes('is on call for'));
}

async function pagesOf(world: World, user: string, id: string): Promise<number> {
  return (await directMessages(world, user)).filter((message) => readable(message).includes(id)).length;
}

/** With a group that is kept in step, which needs a scope that others do not grant. */
function withGroup(seed: WorkspaceSeed): WorkspaceSeed {
  const duty = { id: 'S0DUTY', handle: 'on-duty', name: 'On duty', users: ['U0MARIE'] };
  return { ...seed, bot: { ...seed.bot, scopes: [...seed.bot.scopes, 'usergroups:write'] }, usergroups: [...(seed.usergroups ?? []), duty] };
}

const OPTIONS: WorldOptions = {
  delivery: 'http',
  restarts: true,
  intake: true,
  config: configured,
  seed: withGroup,
  variables: { AM_TOKEN: 'what-alertmanager-says' },
};

describeWorld('Who is on call', OPTIONS, (world) => {
  test('[VQ-25] /oncall names who is on call now and next for each service, to the one who asks alone', async () => {
    await world().say('U0JOAN', DEMO.general, '/oncall');
    const told = lastTold(world(), 'U0JOAN');
    expect(told).toMatch(/Knowledge base: <@U0GRACE> until <!date\^\d+\^[^>]*>, then <@U0LINUS>/);
    expect(told).toMatch(/AUREUS Platform.*<!subteam\^S0SRE>.*It has no rota/);
    expect(announced(world())).toEqual([]);
  });

  test('[VQ-25] the contacts of a service are at hand, for who holds a role', async () => {
    await world().say('U0GRACE', DEMO.general, `/oncall ${SERVICE}`);
    expect(lastTold(world(), 'U0GRACE')).toContain('knowledge-ops@example.com');
    await world().say('U0JOAN', DEMO.general, `/oncall ${SERVICE}`);
    expect(lastTold(world(), 'U0JOAN')).toContain('for those who hold a role');
    expect(lastTold(world(), 'U0JOAN')).not.toContain('@example.com');
    await world().say('U0JOAN', DEMO.general, '/oncall --help');
    expect(lastTold(world(), 'U0JOAN')).toContain('swap @person|off');
  });

  test('[VQ-25] an alert is for whoever is on call when it comes', async () => {
    const alert = { status: 'firing', labels: { alertname: 'IndexStale' }, annotations: {}, startsAt: new Date().toISOString(), fingerprint: 'f00d' };
    const group = {
      version: '4',
      status: 'firing',
      receiver: 'tocsin',
      groupKey: '{}',
      truncatedAlerts: 0,
      externalURL: 'http://am.example',
      alerts: [alert],
    };
    const answer = await fetch(`http://127.0.0.1:${world().tocsin.intakePort}/alertmanager`, {
      method: 'POST',
      body: JSON.stringify(group),
      headers: { authorization: 'Bearer what-alertmanager-says' },
    });
    expect(answer.status).toBe(200);
    await world().settled();
    const card = world()
      .texts(DEMO.opsEscalations)
      .find((text) => text.includes('IndexStale'));
    expect(card).toContain('For <@U0GRACE>');
  });

  test('[VQ-25] an incident calls whoever is on call, and the next in the rota when nobody answers', async () => {
    const { id, room } = await declare(world(), `P1 ${SERVICE} The assistant answers nothing`);
    expect([await pagesOf(world(), 'U0GRACE', id), await pagesOf(world(), 'U0LINUS', id)]).toEqual([1, 0]);
    expect(world().texts(room).join()).toContain('<@U0GRACE> (on call for knowledge)');
    await world().later(16);
    expect(await pagesOf(world(), 'U0LINUS', id)).toBeGreaterThan(0);
    // Everybody in the rota answers for the service.
    await world().say('U0LINUS', room, 'ack');
    expect((await world().tocsin.incidents.find(id))?.roles['incident-commander']).toBe('U0LINUS');
  });

  test('[VQ-25] who swaps puts somebody else on call until a time, which is announced and recorded; others may not', async () => {
    await world().say('U0JOAN', DEMO.general, '/oncall swap @alan until 2h');
    expect(lastTold(world(), 'U0JOAN')).toContain('Only those who swap');
    await world().say('U0JOAN', DEMO.general, '/oncall swap @joan until 2h');
    expect(lastTold(world(), 'U0JOAN')).toContain('Only those who swap');
    await world().say('U0GRACE', DEMO.general, '/oncall swap @alan until yesterday');
    expect(lastTold(world(), 'U0GRACE')).toContain('is not a time');
    await world().say('U0GRACE', DEMO.general, '/oncall swap @alan until 1h');
    expect(lastTold(world(), 'U0GRACE')).toMatch(/<@U0ALAN> is on call for \*Knowledge base\* until/);
    expect(announced(world())).toEqual([expect.stringMatching(/<@U0ALAN> is on call for \*Knowledge base\*.*Before: <@U0GRACE>/)]);
    const { id } = await declare(world(), `P1 ${SERVICE} Alan stands in`);
    expect([await pagesOf(world(), 'U0ALAN', id), await pagesOf(world(), 'U0GRACE', id)]).toEqual([1, 0]);
    await world().say('U0ALAN', DEMO.general, `ack ${id}`);
    expect((await world().tocsin.incidents.find(id))?.milestones.acknowledged).not.toBeNull();
    await world().say('U0ALAN', DEMO.general, '/oncall');
    expect(lastTold(world(), 'U0ALAN')).toMatch(/<@U0ALAN> \(for <@U0GRACE>\) until .* then <@U0GRACE>/);
    const swapped = (await world().tocsin.store.records('system')).find(({ type }) => type === 'rota.swapped');
    expect(swapped).toMatchObject({ actor: { id: 'U0GRACE' }, data: { rota: 'knowledge', user: 'U0ALAN', instead: 'U0GRACE' } });
  });

  test('[VQ-25] a swap is taken back, and ends by itself at its time', async () => {
    await world().say('U0ALAN', DEMO.general, '/oncall swap off');
    expect(announced(world()).at(-1)).toMatch(/<@U0GRACE> is on call.*Before: <@U0ALAN>/);
    await world().say('U0ALAN', DEMO.general, '/oncall swap off');
    expect(lastTold(world(), 'U0ALAN')).toContain('Nobody stands in');
    await world().say('U0GRACE', DEMO.general, '/oncall swap @alan until 30m');
    await world().later(31);
    expect(announced(world())).toHaveLength(4);
    expect(announced(world()).at(-1)).toMatch(/<@U0GRACE> is on call.*Before: <@U0ALAN>/);
  });

  test('[VQ-25] the topic and the user group are kept in step, and a refusal is said once within a week', async () => {
    const duty = () => world().slack.usergroup('S0DUTY');
    const topic = () => world().slack.channel(DEMO.general).topic;
    expect([topic(), duty()]).toEqual(['Everything else · On call for Knowledge base: <@U0GRACE>', ['U0GRACE']]);
    const fault = world().slack.faults.add({ kind: 'error', error: 'permission_denied', method: 'usergroups.users.update', times: 20 });
    await world().say('U0GRACE', DEMO.general, '/oncall swap @alan until 30m');
    expect([topic(), duty()]).toEqual(['Everything else · On call for Knowledge base: <@U0ALAN>', ['U0GRACE']]);
    await world().say('U0GRACE', DEMO.general, '/oncall swap off');
    const said = world()
      .texts(DEMO.general)
      .filter((text) => text.includes('in step'));
    expect(said).toEqual([expect.stringMatching(/keep <!subteam\^S0DUTY> in step .*the workspace’s settings forbid it \(permission_denied\)/)]);
    world().slack.faults.remove(fault);
    await world().say('U0GRACE', DEMO.general, '/oncall swap @alan until 30m');
    expect(duty()).toEqual(['U0ALAN']);
    await world().say('U0GRACE', DEMO.general, '/oncall swap off');
    expect([topic(), duty()]).toEqual(['Everything else · On call for Knowledge base: <@U0GRACE>', ['U0GRACE']]);
  });

  test('[VQ-25] a hand-over is announced once, at its time', async () => {
    const before = announced(world()).length;
    await world().later(3 * 60);
    expect(announced(world()).slice(before)).toEqual([expect.stringMatching(/<@U0LINUS> is on call for \*Knowledge base\*.*Before: <@U0GRACE>/)]);
    await world().later(60);
    expect(announced(world())).toHaveLength(before + 1);
  });

  test('[VQ-25] after a downtime over three hand-overs one line says who is on call now', async () => {
    const before = announced(world()).length;
    await world().tocsin.stop();
    world().slack.clock.advance(3 * 24 * HOUR);
    await world().another();
    await world().later(1);
    expect(announced(world()).slice(before)).toEqual([expect.stringMatching(/<@U0GRACE> is on call for \*Knowledge base\*.*Before: <@U0LINUS>/)]);
  });

  test('[VQ-25] what Slack keeps refusing is said once a week, and not only ever once', async () => {
    const said = () =>
      world()
        .texts(DEMO.general)
        .filter((text) => text.includes('in step')).length;
    const before = said();
    const fault = world().slack.faults.add({ kind: 'error', error: 'permission_denied', method: 'usergroups.users.update', rate: 1 });
    await world().later(7 * 24 * 60);
    expect(said()).toBe(before + 1);
    await world().later(7 * 24 * 60);
    expect(said()).toBe(before + 2);
    world().slack.faults.remove(fault);
  });
});
