import { createHmac, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { Message } from '../../simulators/slack/index.ts';
import type { Alert } from '../../src/domain/alert/alerts.ts';
import { ALERT_SCHEDULE } from '../../src/engine/run-kinds.ts';
import { describeWorld } from './helpers/each.ts';
import { ADA, dataOf, incidentOf, messageWith } from './helpers/remedies.ts';
import { alertCards } from './helpers/vaultmesh.ts';
import { readable } from './helpers/world.ts';

const CHANNEL = 'C0OPSESC';
const RUNBOOKS = mkdtempSync(join(tmpdir(), 'tocsin-intake-'));
const SECRET = 'what-the-guards-sign-with';
const TOKEN = 'what-alertmanager-says';
const VARIABLES = { GUARD_SECRET: SECRET, AM_TOKEN: TOKEN, PD_SECRET: 'what-pagerduty-signs-with', KUMA_TOKEN: 'what-kuma-says' };

afterAll(() => rmSync(RUNBOOKS, { recursive: true, force: true }));

writeFileSync(
  join(RUNBOOKS, 'triage.yml'),
  `
runbook: provability-fabric/triage
title: Guard trip
service: provability-fabric
severity: P2
arguments:
  capsule: { about: The capsule, pattern: "sha256:[a-f0-9]{4,64}", default: "none" }
  tenant: { about: The tenant, pattern: "[a-z0-9-]{1,40}", default: "nobody" }
triggers:
  - guard-trip: {}
    title: Guard tripped
    arguments: { capsule: label.capsule_hash, tenant: label.tenant_id }
  - alertmanager: { alertname: RollbackSlow }
    title: Rollbacks are slow
    severity: P3
    declare: P1
    arguments: { capsule: label.capsule_hash }
  - alertmanager: { alertname: RollbackStuck }
    title: A rollback is stuck
    lasting: 5m
    declare: P2
    arguments: { capsule: label.capsule_hash }
diagnose:
  pods: { uses: k8s.pods, with: { target: bot }, title: Pods of the incident bot }
findings:
  - when: arg.capsule != ""
    says: ='Looked at ' + arg.capsule + ' of ' + arg.tenant
`,
);

const CONFIG = `
services:
  provability-fabric:
    name: Provability-Fabric
    channels: { incidents: C0INCIDENTS, alerts: ${CHANNEL} }
    responders: [{ user: ${ADA} }]
    kubernetes: { namespace: pf }
    targets: { bot: { deployment: incident-bot, selector: app=incident-bot } }
  shop:
    name: Shop
    channels: { incidents: C0INCIDENTS, alerts: ${CHANNEL} }
    responders: [{ user: ${ADA} }]
runbooks: ${RUNBOOKS}
webhooks:
  trusted_proxies: [127.0.0.1]
  alertmanager: { token_env: AM_TOKEN, default_service: shop }
  guard_trip: { secret_env: GUARD_SECRET, default_service: provability-fabric }
  pagerduty: { secret_env: PD_SECRET, default_service: shop }
  generic:
    kuma: { preset: uptime-kuma, token_env: KUMA_TOKEN, default_service: shop }
    later: { preset: grafana, token_env: NOT_SET_YET, default_service: shop }
`;

describeWorld('Webhooks of other systems', { delivery: 'http', intake: true, config: () => CONFIG, variables: VARIABLES }, (world) => {
  async function post(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return fetch(`http://127.0.0.1:${world().tocsin.intakePort}${path}`, { method: 'POST', body: text, headers });
  }
  const signed = (secret: string, body: unknown) => createHmac('sha256', secret).update(JSON.stringify(body)).digest('hex');
  const settledAfter = async (sending: Promise<Response>): Promise<number> => {
    const { status } = await sending;
    await world().settled();
    return status;
  };
  const guardTrip = (body: unknown) => settledAfter(post('/guard-trip', body, { 'x-tocsin-signature': `sha256=${signed(SECRET, body)}` }));
  const alertmanager = (body: unknown) => settledAfter(post('/alertmanager', body, { authorization: `Bearer ${TOKEN}` }));
  const pagerduty = (body: unknown) =>
    settledAfter(post('/pagerduty', body, { 'x-pagerduty-signature': `v1=${signed('what-pagerduty-signs-with', body)}` }));

  const open = async (): Promise<readonly Alert[]> => {
    const head = await world().tocsin.store.head('system');
    return Object.values((head?.state as unknown as { alerts: Record<string, Alert> } | null)?.alerts ?? {});
  };
  const keyed = async (key: string) => (await open()).find((alert) => alert.key === key);
  const cardOf = (id: string): Message | undefined => alertCards(world(), CHANNEL).find((message) => readable(message).includes(`*${id}*`));
  const at = (seconds: number) => new Date(Date.now() - 600_000 + seconds * 1_000).toISOString();
  const trip = (capsule: string, more: object = {}) => ({
    capsuleHash: capsule,
    tenantId: 'tenant-1',
    riskScore: 0.85,
    heartbeatMisses: 4,
    ts: at(0),
    eventType: 'guard_trip',
    ...more,
  });
  const group = (...alerts: readonly object[]) => ({
    version: '4',
    status: 'firing',
    receiver: 'tocsin',
    groupKey: '{}',
    truncatedAlerts: 0,
    externalURL: 'http://am.example:9093',
    alerts,
  });
  const one = (labels: Readonly<Record<string, string>>, more: object = {}) => ({
    status: 'firing',
    labels,
    annotations: {},
    startsAt: at(0),
    endsAt: '0001-01-01T00:00:00Z',
    fingerprint: labels.fp ?? randomUUID(),
    ...more,
  });

  describe('guard trips', () => {
    test('[PF-01] one that is signed is a card with its labels; by Alertmanager it is the same one, and Investigate looks at its capsule', async () => {
      const capsule = 'sha256:aa01';
      expect(await guardTrip(trip(capsule))).toBe(200);
      const alert = await keyed(`guard-trip:${capsule}:tenant-1`);
      expect(alert).toMatchObject({
        service: 'provability-fabric',
        runbook: 'provability-fabric/triage',
        source: 'guard-trip',
        severity: 'P2',
        count: 1,
      });
      const card = readable(cardOf(alert?.id ?? '') ?? { text: '' });
      for (const part of [
        'P2 alert: Guard tripped',
        'Its risk score is 0.85, and it missed 4 heartbeats.',
        `capsule_hash: ${capsule}`,
        'tenant_id: tenant-1',
        'from guard-trip',
      ])
        expect(card).toContain(part);
      // The same body once more is the same delivery; the same event by another way is a repeat.
      expect(await guardTrip(trip(capsule, { ts: alert === undefined ? '' : at(0) }))).toBe(200);
      const labels = { alertname: 'HighRiskCapsule', capsule_hash: capsule, tenant_id: 'tenant-1', risk_score: '0.95', heartbeat_misses: '4' };
      expect(await alertmanager(group(one(labels)))).toBe(200);
      const again = await keyed(`guard-trip:${capsule}:tenant-1`);
      expect(again?.id).toBe(alert?.id);
      expect(again?.labels).toMatchObject({ risk_score: '0.95' });
      await world()
        .slack.as(ADA)
        .click(CHANNEL, cardOf(alert?.id ?? '')?.ts ?? '', { action_id: 'alert.investigate' });
      await world().settled();
      expect(readable(messageWith(world(), CHANNEL, 'Diagnosis of Guard trip'))).toContain(`Looked at ${capsule} of tenant-1`);
    });

    test('an argument that does not fit is left at its default, and the diagnosis says so', async () => {
      await guardTrip(trip('sha256:aa02', { tenantId: '; rm -rf /' }));
      const alert = await keyed('guard-trip:sha256:aa02:; rm -rf /');
      await world()
        .slack.as(ADA)
        .click(CHANNEL, cardOf(alert?.id ?? '')?.ts ?? '', { action_id: 'alert.investigate' });
      await world().settled();
      const shown = readable(messageWith(world(), CHANNEL, 'Looked at sha256:aa02 of nobody'));
      expect(shown).toContain('which does not fit, so its default is used.');
    });

    test('what is not signed, or is no guard trip, is refused', async () => {
      const before = (await open()).length;
      const body = trip('sha256:aa03');
      for (const headers of [{}, { 'x-tocsin-signature': 'sha256=00' }, { 'x-tocsin-signature': `sha256=${signed('other', body)}` }])
        expect((await post('/guard-trip', body, headers)).status).toBe(401);
      expect(await guardTrip({ ...body, riskScore: 'NaN' })).toBe(400);
      expect(await guardTrip({ ...body, riskScore: 7 })).toBe(400);
      expect(await open()).toHaveLength(before);
    });
  });

  describe('Alertmanager', () => {
    test('an alert that a rule opens an incident for: once, with its diagnosis, run once', async () => {
      const labels = { alertname: 'RollbackSlow', capsule_hash: 'sha256:bb01', fp: 'slow-1', severity: 'warning' };
      await alertmanager(group(one(labels)));
      await alertmanager(group(one(labels, { annotations: { summary: 'still' } })));
      const alert = await keyed('alertmanager:slow-1');
      expect(alert).toMatchObject({ severity: 'P3', declare: 'P1', count: 2, labels: { capsule_hash: 'sha256:bb01' } });
      const incidents = await world().tocsin.store.incidents({ open: true, service: 'provability-fabric' });
      expect(incidents.map(({ id }) => id)).toEqual([alert?.incident]);
      const incident = await incidentOf(world(), alert?.incident ?? '');
      expect(incident).toMatchObject({ severity: 'P1', title: 'Rollbacks are slow', reporter: 'tocsin', serviceName: 'Provability-Fabric' });
      expect(incident.milestones.detected).toBe(alert?.openedAt);
      expect(await dataOf(world(), incident.id, 'diagnosis.requested')).toEqual([
        {
          run: `${incident.id}:${alert?.id}:diagnosis`,
          runbook: 'provability-fabric/triage',
          title: 'Guard trip',
          arguments: { capsule: 'sha256:bb01' },
        },
      ]);
      // What was found for the other alerts of the service is brought in; its own is run once.
      const finished = await dataOf(world(), incident.id, 'diagnosis.finished');
      expect(finished.filter(({ alert: from }) => from === undefined)).toHaveLength(1);
      const room = incident.room?.channel ?? '';
      expect(readable(messageWith(world(), room, 'Diagnosis of Guard trip', 'Looked at sha256:bb01 of nobody'))).toContain('started by rule');
      const texts = world().texts('C0INCIDENTS').concat(world().texts(room)).join();
      expect(texts).not.toContain('<@tocsin>');
      expect(texts).toContain('declared by Tocsin');
      await world().say(ADA, room, 'resolve over');
      await world().say(ADA, room, 'close');
      await alertmanager(group(one(labels, { status: 'resolved', endsAt: at(500) })));
      expect(await keyed('alertmanager:slow-1')).toBeUndefined();
    });

    test('a diagnosis that somebody has asked for before the rule opens the incident is brought in and not run again', async () => {
      await alertmanager(group(one({ alertname: 'RollbackStuck', capsule_hash: 'sha256:cc01', fp: 'stuck-1' })));
      const watching = await keyed('alertmanager:stuck-1');
      expect(watching).toMatchObject({ status: 'watching', incident: null });
      await world()
        .slack.as(ADA)
        .click(CHANNEL, cardOf(watching?.id ?? '')?.ts ?? '', { action_id: 'alert.investigate' });
      await world().settled();
      await world().later(6);
      const alert = await keyed('alertmanager:stuck-1');
      const incident = await incidentOf(world(), alert?.incident ?? '');
      expect(incident).toMatchObject({ severity: 'P2', title: 'A rollback is stuck', reporter: 'tocsin' });
      expect(await dataOf(world(), incident.id, 'diagnosis.requested')).toEqual([]);
      const carried = (await dataOf(world(), incident.id, 'diagnosis.finished')).filter(({ alert: from }) => from === alert?.id);
      expect(carried).toHaveLength(1);
      await world().say(ADA, incident.room?.channel ?? '', 'resolve over');
      await world().say(ADA, incident.room?.channel ?? '', 'close');
    });

    test('what no trigger knows is an alert of the service that its label names, or of the one that is set', async () => {
      await alertmanager(
        group(one({ alertname: 'A', fp: 'a-1', service: 'provability-fabric' }), one({ alertname: 'B', fp: 'b-1', service: 'nowhere' })),
      );
      expect((await keyed('alertmanager:a-1'))?.service).toBe('provability-fabric');
      expect((await keyed('alertmanager:b-1'))?.service).toBe('shop');
    });

    test('the end before the beginning opens nothing, and one that comes late ends nothing that has begun anew', async () => {
      const labels = { alertname: 'Flap', fp: 'flap-1' };
      const fires = (seconds: number) => alertmanager(group(one(labels, { startsAt: at(seconds) })));
      const ends = (seconds: number) => alertmanager(group(one(labels, { status: 'resolved', startsAt: at(0), endsAt: at(seconds) })));
      await ends(20);
      await fires(10);
      expect(await keyed('alertmanager:flap-1')).toBeUndefined();
      await fires(30);
      await ends(25);
      expect(await keyed('alertmanager:flap-1')).toMatchObject({ count: 1 });
      await ends(40);
      expect(await keyed('alertmanager:flap-1')).toBeUndefined();
    });

    test('Alertmanager that was without Prometheus for a while tells the same beginning again, and the alert is back', async () => {
      const labels = { alertname: 'Parted', fp: 'parted-1' };
      const startsAt = at(0);
      const fires = (summary: string) => alertmanager(group(one(labels, { startsAt, annotations: { summary } })));
      await fires('first');
      await alertmanager(group(one(labels, { status: 'resolved', startsAt, endsAt: at(300) })));
      expect(await keyed('alertmanager:parted-1')).toBeUndefined();
      await fires('again');
      expect(await keyed('alertmanager:parted-1')).toMatchObject({ summary: 'again', count: 1 });
    });

    test('an alert with half a character, or with U+0000, is shown, and so are those beside it', async () => {
      const emoji = one({ alertname: 'Emoji', text: `${'v'.repeat(199)}😀`, fp: 'emoji-1' });
      const zero = one({ alertname: 'Zero', fp: 'zero-\u0000' });
      expect(await alertmanager(group(emoji, zero, one({ alertname: 'Beside', fp: 'beside-1' })))).toBe(200);
      for (const key of ['emoji-1', 'zero-\ufffd', 'beside-1']) expect(await keyed(`alertmanager:${key}`)).toMatchObject({ count: 1 });
    });

    test('a storm of 1,000 alerts of 20 kinds makes 20 cards', async () => {
      const before = alertCards(world(), CHANNEL).length;
      const bodies = Array.from({ length: 100 }, (_, i) =>
        group(
          ...Array.from({ length: 10 }, (_, j) =>
            one({ alertname: `Storm${(i * 10 + j) % 20}`, fp: `storm-${(i * 10 + j) % 20}` }, { annotations: { summary: `${i}` } }),
          ),
        ),
      );
      const answers = await Promise.all(bodies.map((body) => post('/alertmanager', body, { authorization: `Bearer ${TOKEN}` })));
      expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
      await world().settled();
      const storm = (await open()).filter(({ key }) => key.startsWith('alertmanager:storm-'));
      expect(storm.map(({ count }) => count)).toEqual(Array.from({ length: 20 }, () => 50));
      expect(alertCards(world(), CHANNEL)).toHaveLength(before + 20);
      expect(alertCards(world(), CHANNEL).filter((card) => /Storm\d+/.test(readable(card)) && readable(card).includes('50 times'))).toHaveLength(20);
    }, 300_000);
  });

  test('PagerDuty: one of their incidents is one alert; who acknowledges is said; it ends with theirs', async () => {
    const event = (type: string, seconds: number, status: string) => ({
      event: {
        id: randomUUID(),
        event_type: `incident.${type}`,
        resource_type: 'incident',
        occurred_at: at(seconds),
        agent: { id: 'P1', summary: 'Earline Greenholt' },
        data: {
          id: 'PT4KHLK',
          html_url: 'https://acme.pagerduty.com/incidents/PT4KHLK',
          number: 7,
          status,
          title: 'The server is on fire',
          service: { id: 'S', summary: 'Mail' },
          urgency: 'high',
          priority: { summary: 'P1' },
        },
      },
    });
    expect(
      await pagerduty({
        event: {
          id: 'x',
          event_type: 'pagey.ping',
          resource_type: 'pagey',
          occurred_at: at(0),
          agent: null,
          client: null,
          data: { message: 'Hello', type: 'ping' },
        },
      }),
    ).toBe(200);
    await pagerduty(event('triggered', 0, 'triggered'));
    await pagerduty(event('acknowledged', 5, 'acknowledged'));
    const alert = await keyed('pagerduty:PT4KHLK');
    expect(alert).toMatchObject({ severity: 'P1', count: 2, service: 'shop' });
    const card = () => readable(cardOf(alert?.id ?? '') ?? { text: '' });
    expect(card()).toContain('Acknowledged in PagerDuty by Earline Greenholt.');
    expect(card()).toContain('https://acme.pagerduty.com/incidents/PT4KHLK');
    await pagerduty(event('resolved', 10, 'resolved'));
    expect(await keyed('pagerduty:PT4KHLK')).toBeUndefined();
    expect(card()).toContain('Recovered');
    await pagerduty(event('escalated', 7, 'acknowledged'));
    expect(await keyed('pagerduty:PT4KHLK')).toBeUndefined();
  });

  test('a generic webhook by its mapping and its token; one whose secret is missing asks for patience', async () => {
    const beat = (status: number) => ({
      heartbeat: { monitorID: 3, status, time: at(status).replace('T', ' ').replace('Z', ''), msg: 'timeout' },
      monitor: { id: 3, name: 'Front page', url: 'https://shop.example.com', type: 'http' },
      msg: '[Front page] [Down] timeout',
    });
    const kuma = (body: unknown, token = 'what-kuma-says') => settledAfter(post('/webhook/kuma', body, { authorization: `Bearer ${token}` }));
    expect(await kuma(beat(0), 'wrong')).toBe(401);
    expect(await kuma(beat(0))).toBe(200);
    expect(await keyed('webhook:kuma:3')).toMatchObject({ title: 'Front page is down', service: 'shop', source: 'webhook' });
    expect(await kuma(beat(1))).toBe(200);
    expect(await keyed('webhook:kuma:3')).toBeUndefined();
    expect(await kuma({ heartbeat: { status: 0 } })).toBe(400);
    const later = await post('/webhook/later', {}, { authorization: 'Bearer ' });
    expect([later.status, later.headers.get('retry-after')]).toEqual([503, '5']);
    expect((await post('/webhook/constructor', {})).status).toBe(404);
  });

  test('a look at its time of a service that is not configured is not made, and one that was set before is not tried for ever', async () => {
    const { db } = world().tocsin.database;
    const schedules = () => db.selectFrom('run').select(['id', 'ended']).where('kind', '=', ALERT_SCHEDULE.kind).execute();
    expect(await schedules()).toEqual([]);
    const set = { runbook: 'vaultmesh-qbusiness/guardrail-blocking', trigger: 0, at: 1 };
    await world().tocsin.store.transaction((tx) => tx.startRun({ id: 'schedule:gone', ...ALERT_SCHEDULE.with(set) }));
    await world().settled();
    expect(await schedules()).toContainEqual({ id: 'schedule:gone', ended: true });
  });

  test('200 deliveries of GitHub in a second through one proxy are all taken', async () => {
    const body = JSON.stringify({ zen: 'Keep it logically awesome.' });
    const headers = {
      'x-github-event': 'ping',
      'x-forwarded-for': '192.0.2.1',
      'x-hub-signature-256': `sha256=${createHmac('sha256', 'what-github-signs-with').update(body).digest('hex')}`,
    };
    const answers = await Promise.all(Array.from({ length: 200 }, () => post('/github', body, headers)));
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  });
});
