import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import type { Message } from '../../simulators/slack/index.ts';
import type { Alert } from '../../src/domain/alert/alerts.ts';
import { describeWorld } from './helpers/each.ts';
import { ADA, breakIt, commanded, incidentOf, JOAN, messageWith } from './helpers/remedies.ts';
import { until } from './helpers/runbooks.ts';
import { ALERTS, alertCards, alertOn, vaultmesh, workflowsEnd } from './helpers/vaultmesh.ts';
import { DEMO, lastTold, readable } from './helpers/world.ts';

const DRIFT_WORKFLOW = 'guardrail-drift.yml';

describeWorld('Alerts', { delivery: 'http', platforms: true }, (world) => {
  const github = () => vaultmesh(world()).github;
  const aws = () => vaultmesh(world()).aws;
  const intake = (path: string) => `http://127.0.0.1:${world().tocsin.intakePort}${path}`;
  const press = async (user: string, card: Message | undefined, action: string) => {
    await world()
      .slack.as(user)
      .click(ALERTS, card?.ts ?? '', { action_id: action });
    await world().settled();
  };

  /** Records of the stream `system` of one type. */
  async function told(type: string): Promise<{ readonly time: string; readonly actor: { id: string }; readonly data: Record<string, unknown> }[]> {
    const records = (await world().tocsin.store.records('system')).filter((record) => record.type === type);
    return records as unknown as Awaited<ReturnType<typeof told>>;
  }

  /** The card as it is now. */
  function shown(card: Message | undefined): string {
    const now = world()
      .slack.messages(ALERTS)
      .find(({ ts }) => ts === card?.ts);
    return readable(now ?? { text: '' });
  }

  /** Runs the drift workflow as its schedule does, and waits for what follows. */
  async function runDrift(): Promise<void> {
    github().repository.schedule(DRIFT_WORKFLOW);
    await workflowsEnd(world());
  }

  async function post(path: string, body: string, headers: Readonly<Record<string, string>> = {}): Promise<number> {
    const { status } = await fetch(intake(path), { method: 'POST', body, headers });
    await world().settled();
    return status;
  }

  /** What a topic sends to whoever subscribes: one genuine message of SNS. */
  async function genuine(): Promise<{ Message: string; MessageId: string; TopicArn: string }> {
    const bodies: string[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (part: string) => {
        body += part;
      });
      request.on('end', () => {
        bodies.push(body);
        response.end();
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    aws().vaultmesh.subscribe(url);
    await aws().settle();
    await fetch((JSON.parse(bodies[0] ?? '{}') as { SubscribeURL: string }).SubscribeURL);
    aws().vaultmesh.publish('Genuine', 'The disk of the exporter is full');
    await aws().settle();
    server.close();
    server.closeAllConnections();
    await world().settled();
    return JSON.parse(bodies[1] ?? '{}') as { Message: string; MessageId: string; TopicArn: string };
  }

  afterEach(async () => {
    await breakIt(world(), 'guardrail-console-change', false);
    await workflowsEnd(world());
    for (const { id } of await world().tocsin.store.incidents({ open: true })) {
      await world().say(ADA, world().room(id), 'resolve over');
      await world().say(ADA, world().room(id), 'close');
    }
  });

  test('[VO-01] a failed drift workflow opens a P1 alert with its buttons; it is counted, acknowledged, declared, and recovers', async () => {
    await breakIt(world(), 'guardrail-console-change');
    await workflowsEnd(world());
    const [card, ...others] = alertCards(world());
    expect(others).toEqual([]);
    for (const part of [
      ':rotating_light: P1 alert: Guardrail drift detected',
      'alert.acknowledge',
      'alert.investigate',
      'alert.declare',
      'Declare P1',
    ])
      expect(shown(card)).toContain(part);
    const run = github().repository.runs().at(-1);
    expect(shown(card)).toContain(`https://github.com/VaultSovereign/vmq-oracle/actions/runs/${run?.id}`);
    expect((await told('alert.opened')).at(-1)?.data).toMatchObject({
      service: 'vaultmesh-oracle',
      runbook: 'vaultmesh-oracle/guardrail-drift',
      source: 'github',
      severity: 'P1',
    });

    await runDrift();
    expect(alertCards(world())).toHaveLength(1);
    expect(shown(card)).toContain('2 times');

    await press(JOAN, card, 'alert.acknowledge');
    expect(lastTold(world(), JOAN)).toContain('That is for the responders');
    expect(await told('alert.acknowledged')).toEqual([]);
    await world().later(7);
    await press(ADA, card, 'alert.acknowledge');
    const [acknowledged] = await told('alert.acknowledged');
    expect(acknowledged?.actor.id).toBe(ADA);
    const opened = (await told('alert.opened')).at(-1)?.time ?? '';
    expect(acknowledged?.data.within_ms).toBe(Date.parse(acknowledged?.time ?? '') - Date.parse(opened));
    expect(Number(acknowledged?.data.within_ms)).toBeGreaterThan(8 * 60_000);
    expect(shown(card)).toMatch(/by <@U0ADA> after \d+ min/);
    expect(shown(card)).not.toContain('alert.acknowledge');

    await press(ADA, card, 'alert.investigate');
    expect(readable(messageWith(world(), ALERTS, 'Diagnosis of Guardrail drift detected'))).toContain('A: changed by hand');

    await press(ADA, card, 'alert.declare');
    const [incident] = await world().tocsin.store.incidents({ open: true });
    const declared = await incidentOf(world(), incident?.id ?? '');
    expect(declared).toMatchObject({ service: 'vaultmesh-oracle', severity: 'P1', title: 'Guardrail drift detected' });
    expect(declared.milestones.detected).toBe(Date.parse(opened));
    const alert = acknowledged?.data.alert;
    expect((await told('alert.attached')).map(({ data }) => data)).toEqual([
      { alert, incident: declared.id },
      { alert, incident: declared.id, room: declared.room?.channel },
    ]);
    // What was found is there, with its buttons and its time, and nothing was looked at again.
    const { channel: room = '' } = declared.room ?? {};
    const carried = readable(messageWith(world(), room, 'Diagnosis of Guardrail drift detected'));
    for (const part of ['A: changed by hand', `made for *${String(alert)}*`, `${declared.id}:vaultmesh-oracle/guardrail-drift#`])
      expect(carried).toContain(part);
    expect(messageWith(world(), room, 'Results of ').thread_ts).toBeDefined();
    const types = (await world().tocsin.store.records(declared.id)).map(({ type }) => type);
    expect(types).toContain('diagnosis.finished');
    expect(types).not.toContain('diagnosis.step');
    expect(declared.diagnoses['vaultmesh-oracle/guardrail-drift']?.findings).not.toEqual([]);
    const attached = (await world().tocsin.store.records(declared.id)).find(({ type }) => type === 'alert.attached');
    expect(attached?.data).toMatchObject({ alert, source: 'github', title: 'Guardrail drift detected' });
    expect(shown(card)).toContain(declared.id);

    await breakIt(world(), 'guardrail-console-change', false);
    await workflowsEnd(world());
    expect((await told('alert.recovered')).at(-1)?.data).toMatchObject({ alert, summary: expect.stringContaining('ended with success') });
    expect(shown(card)).toContain('Recovered');
    expect(shown(card)).not.toMatch(/alert\.(acknowledge|investigate|declare)/);
  });

  test('an alert of a service with an open incident belongs to that, without a click', async () => {
    const { id } = await commanded(world(), 'P1 vaultmesh-oracle The guardrails look odd');
    await breakIt(world(), 'guardrail-console-change');
    await workflowsEnd(world());
    expect((await told('alert.attached')).at(-1)).toMatchObject({ actor: { id: 'tocsin' }, data: { incident: id } });
    expect((await world().tocsin.store.records(id)).map(({ type }) => type)).toContain('alert.attached');
    expect(shown(alertCards(world()).at(-1))).toContain(`*${id}*`);
    // Told again it is the same alert, and a new one once nobody is on it any more.
    const count = { cards: alertCards(world()).length, repeated: (await told('alert.repeated')).length };
    await runDrift();
    expect({ cards: alertCards(world()).length, repeated: (await told('alert.repeated')).length }).toEqual({
      ...count,
      repeated: count.repeated + 1,
    });
    await world().say(ADA, world().room(id), 'resolve seen');
    await world().say(ADA, world().room(id), 'close');
    await runDrift();
    expect(alertCards(world())).toHaveLength(count.cards + 1);
    expect((await told('alert.recovered')).at(-1)?.data.summary).toBe(`${id} is closed, so this is a new alert.`);
  });

  test('an open alert that is nobody’s is in the Home; it belongs to the incident that somebody declares by hand, and follows a merge', async () => {
    await breakIt(world(), 'guardrail-console-change');
    await workflowsEnd(world());
    const card = alertCards(world()).at(-1);
    const alert = alertOn(card ?? ({ text: '' } as Message));
    const home = async () => {
      const before = world().slack.calls('views.publish').length;
      await world().slack.as(ADA).openHome();
      await world().slack.waitFor(() => world().slack.calls('views.publish').length > before);
      await world().settled();
      return JSON.stringify(world().slack.home(ADA));
    };
    expect(await home()).toMatch(
      new RegExp(`Alerts that nobody has taken.*\\*${alert}\\*.*<https?://[^|]*/archives/${ALERTS}/p\\d+\\|Open its card>`),
    );
    const one = await commanded(world(), 'P1 vaultmesh-oracle The guardrails look odd');
    expect((await told('alert.attached')).at(-1)?.data).toEqual({ alert, incident: one.id, room: one.room });
    expect(shown(card)).toContain(`*${one.id}* in <#${one.room}>`);
    expect(shown(card)).not.toMatch(/alert\.(acknowledge|declare)/);
    expect(world().texts(one.room).join()).toContain(`Alert ${alert} (github) belongs to this incident`);
    expect(await home()).not.toContain('Alerts that nobody has taken');

    const two = await commanded(world(), 'P1 vaultmesh-oracle The same once more');
    expect(shown(card)).toContain(one.id);
    await world().say(ADA, one.room, `merge ${two.id}`);
    expect((await told('alert.attached')).at(-1)?.data).toEqual({ alert, incident: two.id, room: two.room, from: one.id });
    expect(shown(card)).toContain(`*${two.id}* in <#${two.room}>`);
    expect(world().texts(two.room).join()).toContain(`Alert ${alert} (github) belongs to this incident`);
    const cards = alertCards(world()).length;
    await runDrift();
    expect(alertCards(world())).toHaveLength(cards);
  });

  test('told again after its incident was resolved, it is a new alert; of a private incident that took its incident over, no card says anything', async () => {
    await breakIt(world(), 'guardrail-console-change');
    await workflowsEnd(world());
    const one = await commanded(world(), 'P1 vaultmesh-oracle The guardrails look odd');
    const first = alertCards(world()).at(-1);
    expect(shown(first)).toContain(one.id);
    await world().say(ADA, one.room, 'resolve It looked well');
    const cards = alertCards(world()).length;
    await runDrift();
    expect(alertCards(world())).toHaveLength(cards + 1);
    expect(shown(first)).toContain(`${one.id} is resolved, so this is a new alert.`);

    const two = await commanded(world(), 'P1 vaultmesh-oracle The guardrails again');
    const secret = await commanded(world(), '--private P1 vaultmesh-oracle Somebody did that on purpose');
    const second = alertCards(world()).at(-1);
    expect(shown(second)).toContain(two.id);
    await world().say(ADA, two.room, `merge ${secret.id}`);
    await runDrift();
    expect(alertCards(world())).toHaveLength(cards + 1);
    await world().say(ADA, secret.room, 'resolve It is over');
    await runDrift();
    expect(alertCards(world())).toHaveLength(cards + 2);
    expect(shown(second)).toContain('Its incident is over, so this is a new alert.');
    expect(alertCards(world()).map(shown).join()).not.toContain(secret.id);
    expect((await openAlerts()).find(({ title }) => title === 'Guardrail drift detected')).toMatchObject({ incident: null, count: 1 });
  });

  test('an alert belongs to an open incident that everybody may see, also where a private one is newer', async () => {
    const { id } = await commanded(world(), 'P1 vaultmesh-oracle The guardrails look odd');
    await commanded(world(), '--private P1 vaultmesh-oracle Somebody did that on purpose');
    await breakIt(world(), 'guardrail-console-change');
    await workflowsEnd(world());
    expect(shown(alertCards(world()).at(-1))).toContain(`*${id}*`);
  });

  test('an open alert belongs to the incident that /drift apply declares', async () => {
    await breakIt(world(), 'guardrail-console-change');
    await workflowsEnd(world());
    const card = alertCards(world()).at(-1);
    await world().say(ADA, DEMO.general, '/drift apply The console was changed by hand');
    const [index] = await world().tocsin.store.incidents({ open: true });
    const { id, room } = await incidentOf(world(), index?.id ?? '');
    expect(shown(card)).toContain(`*${id}* in <#${room?.channel}>`);
    expect(
      world()
        .texts(room?.channel ?? '')
        .join(),
    ).toContain('belongs to this incident');
    const ada = { id: ADA, roles: ['responder'], trusted: true };
    const { incidents, store } = world().tocsin;
    await store.transaction((tx) => incidents.ask(tx, id, ada, { type: 'resolve', summary: 'The test is over', voids: true }));
    await world().settled();
  });

  test('a look at another service in an incident’s room is shown there, and is no part of that incident', async () => {
    const { id, room } = await commanded(world(), 'P2 aureus Something else');
    const before = (await world().tocsin.store.records(id)).length;
    for (const [text, title] of [
      ['/sync logs', 'Diagnosis of'],
      ['/drift status', 'Diagnosis of'],
    ] as const) {
      const known = world().texts(room).length;
      await world().say(ADA, room, text);
      expect(world().texts(room).slice(known).join()).toContain(title);
    }
    expect(await world().tocsin.store.records(id)).toHaveLength(before);
  });

  test('an alert that nobody takes in time goes to the next in line, once, and on the record', async () => {
    await breakIt(world(), 'guardrail-console-change');
    await workflowsEnd(world());
    const calls = () =>
      world()
        .texts(ALERTS)
        .filter((text) => text.includes('nobody acknowledged it in time'));
    const before = calls().length;
    await world().later(13);
    expect(calls()).toHaveLength(before);
    await world().later(3);
    expect(calls()).toHaveLength(before + 1);
    expect(calls().at(-1)).toContain('<!subteam^S0SEC>');
    expect((await told('alert.overdue')).at(-1)?.data.late_ms).toEqual(expect.any(Number));
    await world().later(60);
    expect(calls()).toHaveLength(before + 1);
  });

  test('an alert that is over by its own look recovers, and nobody is called for it, however late the look comes', async () => {
    const called = () =>
      world()
        .texts(ALERTS)
        .filter((text) => text.includes('nobody acknowledged it in time')).length;
    const before = called();
    // A false alarm: the workflow stays red, and live is what its source says.
    await breakIt(world(), 'guardrail-shape-only');
    await workflowsEnd(world());
    const card = alertCards(world()).at(-1);
    expect(shown(card)).toContain('Guardrail drift detected');
    await world().later(30);
    expect(called()).toBe(before);
    expect((await told('alert.recovered')).at(-1)?.data.summary).toMatch(/matches/);
    expect(shown(card)).toMatch(/\*State\*\\nRecovered/);
    expect(shown(card)).not.toMatch(/alert\.(acknowledge|investigate|declare)/);
    await breakIt(world(), 'guardrail-shape-only', false);
    await workflowsEnd(world());
    // Put right between two regular looks, just before somebody would be called.
    await breakIt(world(), 'guardrail-console-change');
    await workflowsEnd(world());
    expect(alertCards(world()).at(-1)).not.toEqual(card);
    await world().later(10);
    aws().vaultmesh.endConsoleChange();
    await world().later(5);
    expect(called()).toBe(before);
    expect(await openAlerts()).toEqual([]);
  });

  test('a message without an end of its own recovers once Tocsin sees that it is over', async () => {
    await breakIt(world(), 'no-sync-alert');
    await aws().settle();
    await world().settled();
    const isOpen = async () => (await openAlerts()).some(({ title }) => title === 'No sync for more than 24 hours');
    expect(await isOpen()).toBe(true);
    await world().later(2);
    expect(await isOpen()).toBe(true);
    await breakIt(world(), 'no-sync-alert', false);
    for (let minutes = 0; minutes < 30 && (await isOpen()); minutes += 5) await world().later(5);
    expect(await isOpen()).toBe(false);
    expect((await told('alert.recovered')).at(-1)?.actor.id).toBe('tocsin');
  });

  test('GitHub: a forged signature is turned away; a recorded delivery and a redelivery count once', async () => {
    await breakIt(world(), 'guardrail-console-change');
    await workflowsEnd(world());
    const delivery = github().deliveries.findLast(({ action, body }) => action === 'completed' && body.includes('guardrail-drift'));
    const { body = '', id = '' } = delivery ?? {};
    const before = { opened: (await told('alert.opened')).length, repeated: (await told('alert.repeated')).length };
    const forged = { 'x-github-event': 'workflow_run', 'x-github-delivery': randomUUID() };
    const sign = (secret: string) => `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
    expect(await post('/github', body, forged)).toBe(401);
    expect(await post('/github', body, { ...forged, 'x-hub-signature-256': sign('guessed') })).toBe(401);
    expect(await post('/github', `${body} `, { ...forged, 'x-hub-signature-256': sign(secret()) })).toBe(401);
    // Recorded and sent again under another id: the signature is right, and it tells nothing new.
    expect(await post('/github', body, { ...forged, 'x-hub-signature-256': sign(secret()) })).toBe(200);
    await github().redeliver(id);
    await world().settled();
    expect(delivery?.tries).toEqual([200, 200]);
    expect({ opened: (await told('alert.opened')).length, repeated: (await told('alert.repeated')).length }).toEqual(before);
  });

  test('SNS: forged and foreign messages are turned away; a redelivery counts once; a plain message is an alert of its service', async () => {
    const message = await genuine();
    const opened = await told('alert.opened');
    expect(opened.at(-1)?.data).toMatchObject({ source: 'sns', title: 'Genuine', summary: 'The disk of the exporter is full', runbook: null });
    const repeated = (await told('alert.repeated')).length;
    expect(await post('/sns', JSON.stringify({ ...message, Message: 'All is well' }))).toBe(401);
    expect(await post('/sns', JSON.stringify({ ...message, SigningCertURL: 'https://sns.eu-west-1.example.com/cert.pem' }))).toBe(401);
    expect(await post('/sns', JSON.stringify({ ...message, TopicArn: `${message.TopicArn}-other` }))).toBe(403);
    expect(await post('/sns', 'nonsense')).toBe(400);
    expect(await post('/sns', JSON.stringify(message))).toBe(200);
    aws().account.sns.redeliver(message.MessageId);
    await aws().settle();
    await world().settled();
    expect((await told('alert.opened')).length).toBe(opened.length);
    expect((await told('alert.repeated')).length).toBe(repeated);
  });

  test('SNS: a subscription is confirmed for a configured topic only', async () => {
    const { sns } = aws().account;
    const confirmed = (arn: string) => [...(sns.topics.get(arn)?.subscriptions.values() ?? [])].filter((one) => one.endpoint === intake('/sns'));
    const ours = confirmed(aws().vaultmesh.names.topicArn);
    expect(ours.map((one) => one.confirmed)).toEqual([true]);
    const foreign = sns.createTopic('somebody-elses');
    sns.subscribe(foreign, 'http', intake('/sns'), false);
    await until(() => sns.attempts.some(({ endpoint, status }) => endpoint === intake('/sns') && status === 403), 'it was turned away');
    await world().settled();
    expect(confirmed(foreign.arn).map((one) => one.confirmed)).toEqual([false]);
  });

  async function openAlerts(): Promise<readonly Alert[]> {
    const { state } = (await world().tocsin.store.head('system')) ?? {};
    return Object.values((state as unknown as { alerts: Record<string, Alert> } | undefined)?.alerts ?? {});
  }

  function secret(): string {
    return world().config.environment.GITHUB_WEBHOOK_SECRET ?? '';
  }
});
