import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { readAlertmanager } from '../../src/webhooks/alertmanager.ts';
import { labelledRoute } from '../../src/webhooks/labelled.ts';
import { readPagerDuty } from '../../src/webhooks/pagerduty.ts';
import { senderOf } from '../../src/webhooks/sender.ts';
import { alertmanagerSender, guardTripSender, pagerDutySender } from '../../src/webhooks/senders.ts';
import { severityOf } from '../../src/webhooks/severities.ts';

const NOW = Date.parse('2026-11-21T10:00:00Z');
const TERMS = { otherwise: 'shop', severities: {}, services: ['shop', 'web'] };
const GUARD_TRIP = JSON.stringify({
  capsuleHash: 'sha256:3f',
  tenantId: 't',
  riskScore: 0.85,
  heartbeatMisses: 4,
  ts: '2026-11-21T09:59:00Z',
  eventType: 'guard_trip',
});

function sign(secret: string, text: string): string {
  return createHmac('sha256', secret).update(text).digest('hex');
}

describe('Alertmanager', () => {
  const ONE = {
    status: 'firing',
    labels: { alertname: 'DiskFull', severity: 'critical', instance: 'web-1:9100', service: 'web' },
    annotations: { summary: 'The disk is full', runbook_url: 'https://wiki.example.com/disk' },
    startsAt: '2026-11-21T09:59:00.123456789Z',
    endsAt: '0001-01-01T00:00:00Z',
    generatorURL: 'http://prometheus:9090/graph?g0.expr=x',
    fingerprint: '2a35bd1dd9a4d8f9',
  };
  const group = (alerts: readonly unknown[], more: object = {}) => ({
    version: '4',
    groupKey: '{}:{}',
    truncatedAlerts: 0,
    status: 'firing',
    receiver: 'tocsin',
    groupLabels: {},
    commonLabels: {},
    commonAnnotations: {},
    externalURL: 'http://alertmanager:9093',
    alerts,
    ...more,
  });
  const read = (body: unknown) => {
    const found = readAlertmanager(body, TERMS);
    if (!found.ok) throw new Error(found.problem);
    return found.signals;
  };

  test('says each alert of a group by itself, firing and resolved, and what it left out', () => {
    const [fired, over] = read(
      group([ONE, { ...ONE, status: 'resolved', endsAt: '2026-11-21T10:04:00Z', fingerprint: 'other' }], { truncatedAlerts: 3 }),
    );
    expect(fired).toMatchObject({
      source: 'alertmanager',
      key: 'alertmanager:2a35bd1dd9a4d8f9',
      state: 'firing',
      title: 'DiskFull on web-1:9100',
      severity: 'P1',
      service: 'web',
      at: Date.parse('2026-11-21T09:59:00.123Z'),
      labels: ONE.labels,
    });
    expect(fired?.summary).toBe('The disk is full\nAlertmanager left out 3 more alerts of this group.');
    expect(fired?.links.map(({ title }) => title)).toEqual(['Runbook', 'Source', 'Alertmanager']);
    expect(over).toMatchObject({ state: 'resolved', at: Date.parse('2026-11-21T10:04:00Z') });
  });

  test('without a fingerprint it is known by its labels, whatever their order', () => {
    const { fingerprint: _fingerprint, ...bare } = ONE;
    const [a, b] = read(group([bare, { ...bare, labels: Object.fromEntries(Object.entries(ONE.labels).toReversed()) }]));
    expect(a?.key).toBe(b?.key);
    expect(a?.key).not.toBe(read(group([{ ...bare, labels: { ...ONE.labels, x: 'y' } }]))[0]?.key);
  });

  test('[PF-01] labels of a guard trip are the guard trip; broken ones stay an alert that says so', () => {
    const labels = { alertname: 'HighRiskCapsule', capsule_hash: 'sha256:3f', tenant_id: 't', risk_score: '0.85', heartbeat_misses: '4' };
    const [trip] = read(group([{ ...ONE, labels }]));
    expect(trip).toMatchObject({
      source: 'guard-trip',
      key: 'guard-trip:sha256:3f:t',
      state: 'firing',
      labels: { risk_score: '0.85', alertname: 'HighRiskCapsule' },
    });
    const [over] = read(group([{ ...ONE, labels, status: 'resolved', endsAt: '2026-11-21T10:04:00Z' }]));
    expect(over).toMatchObject({ key: trip?.key, state: 'resolved', at: Date.parse('2026-11-21T10:04:00Z') });
    const [broken] = read(group([{ ...ONE, labels: { ...labels, risk_score: 'NaN' } }]));
    expect(broken).toMatchObject({
      source: 'alertmanager',
      summary: expect.stringContaining('Its labels look like a guard trip and are none: risk_score: '),
    });
  });

  test.each([
    ['nothing', {}],
    ['a list', []],
    ['no alerts', { status: 'firing' }],
    ['a state that is none', group([{ ...ONE, status: 'suppressed' }])],
    ['labels that are no texts', group([{ ...ONE, labels: { a: 1 } }])],
  ])('%s is refused with the reason', (_what, body) => {
    const found = readAlertmanager(body, TERMS);
    expect(found.ok ? '' : found.problem).toMatch(/.+: .+/);
  });

  test('what no record can hold is written otherwise: halves of characters, U+0000; what is nested without end is refused', async () => {
    const route = labelledRoute(alertmanagerSender({ tokens: ['token-token-token'] }, TERMS), async () => NOW);
    const send = (body: string) => route({ authorization: 'Bearer token-token-token' }, body, '');
    const labels = { alertname: 'Half \ud83d', ['k\ud83d']: `${'v'.repeat(199)}😀`, zero: 'a\u0000b' };
    const verdict = await send(JSON.stringify(group([{ ...ONE, labels, fingerprint: 'f\u0000\ud83d' }])));
    const [entry] = verdict.kind === 'keep' ? verdict.entries : [];
    expect(entry?.payload).toMatchObject({
      signals: [
        {
          key: 'alertmanager:f\ufffd\ufffd',
          title: 'Half \ufffd',
          labels: { alertname: 'Half \ufffd', 'k\ufffd': 'v'.repeat(199), zero: 'a\ufffdb' },
        },
      ],
    });
    const deep = JSON.stringify(group([ONE])).replace('"version"', `"more":${'['.repeat(5_000)}${']'.repeat(5_000)},"version"`);
    expect(await send(deep)).toMatchObject({ kind: 'refuse', why: 'malformed', says: 'alertmanager: the body is nested too deep' });
  });

  test('a large group is kept in parts that are worked on one by one', async () => {
    const route = labelledRoute(alertmanagerSender({ tokens: ['token-token-token'] }, TERMS), async () => NOW);
    const body = JSON.stringify(group(Array.from({ length: 45 }, (_, i) => ({ ...ONE, fingerprint: `f${i}` }))));
    const verdict = await route({ authorization: 'Bearer token-token-token' }, body, '');
    expect(verdict.kind === 'keep' ? verdict.entries.map(({ key }) => key.split(':').at(-1)) : []).toEqual(['0', '1', '2']);
  });
});

describe('PagerDuty', () => {
  const body = (type: string, more: object = {}, event: object = {}) => ({
    event: {
      id: `event-${type}`,
      event_type: type,
      resource_type: 'incident',
      occurred_at: '2026-11-21T09:59:00.000Z',
      agent: { html_url: 'https://acme.pagerduty.com/users/PLH1HKV', id: 'PLH1HKV', summary: 'Tenex Engineer', type: 'user_reference' },
      client: { name: 'PagerDuty' },
      data: {
        id: 'PGR0VU2',
        type: 'incident',
        html_url: 'https://acme.pagerduty.com/incidents/PGR0VU2',
        number: 2,
        status: 'triggered',
        incident_key: 'd3640fbd41094207a1c11e58e46b1662',
        title: 'A little bump in the road',
        service: { id: 'PF9KMXH', summary: 'API Service', type: 'service_reference' },
        priority: { id: 'PSO75BM', summary: 'P1', type: 'priority_reference' },
        urgency: 'high',
        ...more,
      },
      ...event,
    },
  });
  const one = (value: unknown, severities: Readonly<Record<string, 'P0'>> = {}) => {
    const read = readPagerDuty(value, { otherwise: 'shop', severities });
    if (!read.ok) throw new Error(read.problem);
    return read.signals[0];
  };

  test('one of their incidents is one alert from its beginning to its end', () => {
    const fired = one(body('incident.triggered'));
    expect(fired).toMatchObject({
      key: 'pagerduty:PGR0VU2',
      state: 'firing',
      severity: 'P1',
      title: 'A little bump in the road',
      labels: { service: 'API Service', service_id: 'PF9KMXH', urgency: 'high' },
      links: [{ title: 'Incident 2 in PagerDuty', url: 'https://acme.pagerduty.com/incidents/PGR0VU2' }],
    });
    expect(one(body('incident.acknowledged', { status: 'acknowledged' }))).toMatchObject({
      state: 'firing',
      summary: 'Acknowledged in PagerDuty by Tenex Engineer. Service: API Service.',
    });
    expect(one(body('incident.resolved', { status: 'resolved' }))).toMatchObject({ key: fired?.key, state: 'resolved' });
    expect(one(body('incident.priority_updated', { status: 'resolved' }))?.state).toBe('resolved');
  });

  test('what people do with a page of Tocsin is an answer, what its own events do is none, and another key is none of its pages', () => {
    const ours = { incident_key: 'INC-2026-0042' };
    const integration = { agent: { id: 'PINTEGR', summary: 'Tocsin', type: 'events_api_v2_inbound_integration_reference' } };
    expect(one(body('incident.acknowledged', ours))?.answers).toEqual({
      incident: 'INC-2026-0042',
      installation: null,
      what: 'acknowledged',
      by: 'Tenex Engineer',
    });
    expect(one(body('incident.acknowledged', { incident_key: 'INC-2026-0042-1a2b3c4d' }))?.answers).toMatchObject({
      incident: 'INC-2026-0042',
      installation: '1a2b3c4d',
    });
    expect(one(body('incident.resolved', { ...ours, status: 'resolved' }))?.answers?.what).toBe('resolved');
    expect(one(body('incident.escalated', ours))?.answers?.what).toBeNull();
    expect(one(body('incident.acknowledged', ours, integration))?.answers?.what).toBeNull();
    expect(one(body('incident.acknowledged'))?.answers).toBeUndefined();
  });

  test('without a priority the urgency counts where the setting says what it means', () => {
    expect(one(body('incident.triggered', { priority: null }))?.severity).toBeNull();
    expect(one(body('incident.triggered', { priority: null }), { high: 'P0' })?.severity).toBe('P0');
  });

  test.each(['pagey.ping', 'incident.annotated', 'incident.responder.added', 'service.updated'])('%s is taken and is no alert', (type) => {
    const data = type === 'pagey.ping' ? { message: 'Hello from your friend Pagey!', type: 'ping' } : { incident: { id: 'PGR0VU2' } };
    expect(one(body(type, {}, { data }))).toBeUndefined();
  });

  test('several signatures while the secret is changed for another', () => {
    const { isGenuine } = pagerDutySender(['new-secret', 'old-secret'], TERMS);
    const text = JSON.stringify(body('incident.triggered'));
    const header = (...signatures: string[]) => ({ 'x-pagerduty-signature': signatures.map((one) => `v1=${one}`).join(',') });
    expect(isGenuine(header(sign('unknown', text), sign('old-secret', text)), text, NOW)).toBe(true);
    expect(isGenuine(header(sign('new-secret', text)), text, NOW)).toBe(true);
    for (const headers of [
      {},
      header(),
      header(sign('unknown', text)),
      { 'x-pagerduty-signature': sign('new-secret', text) },
      header(sign('new-secret', `${text} `)),
    ])
      expect(isGenuine(headers, text, NOW)).toBe(false);
  });
});

describe('signatures', () => {
  const { isGenuine } = guardTripSender(['the-secret'], TERMS);
  const seconds = String(NOW / 1_000);

  test('of a guard trip, with and without the time', () => {
    expect(isGenuine({ 'x-tocsin-signature': `sha256=${sign('the-secret', GUARD_TRIP)}` }, GUARD_TRIP, NOW)).toBe(true);
    const timed = { 'x-tocsin-timestamp': seconds, 'x-tocsin-signature': `sha256=${sign('the-secret', `${seconds}.${GUARD_TRIP}`)}` };
    expect(isGenuine(timed, GUARD_TRIP, NOW)).toBe(true);
    // Replayed later, with another time, or without it.
    expect(isGenuine(timed, GUARD_TRIP, NOW + 6 * 60_000)).toBe(false);
    expect(isGenuine({ ...timed, 'x-tocsin-timestamp': String(NOW / 1_000 + 1) }, GUARD_TRIP, NOW)).toBe(false);
    expect(isGenuine({ 'x-tocsin-signature': timed['x-tocsin-signature'] }, GUARD_TRIP, NOW)).toBe(false);
    expect(isGenuine({ ...timed, 'x-tocsin-timestamp': 'NaN' }, GUARD_TRIP, NOW)).toBe(false);
  });

  test.each([
    ['Bearer good-token', true],
    ['bearer good-token', true],
    ['Bearer bad-token', false],
    ['Bearer ', false],
    ['good-token', false],
    [`Basic ${Buffer.from('x:good-token').toString('base64')}`, false],
  ])('a bearer token: %s is genuine: %s', (authorization, genuine) => {
    expect(alertmanagerSender({ tokens: ['good-token'] }, TERMS).isGenuine({ authorization }, '', NOW)).toBe(genuine);
  });

  test.each([
    ['prometheus:pass:word', true],
    ['prometheus:other', false],
    ['other:pass:word', false],
    ['prometheus', false],
  ])('basic auth: %s is genuine: %s', (given, genuine) => {
    const authorization = `Basic ${Buffer.from(given).toString('base64')}`;
    expect(alertmanagerSender({ username: 'prometheus', passwords: ['pass:word'] }, TERMS).isGenuine({ authorization }, '', NOW)).toBe(genuine);
  });
});

describe('what is sent again after it was forgotten', () => {
  const headers = { 'x-tocsin-signature': `sha256=${sign('guard-secret', GUARD_TRIP)}` };
  const later = (days: number) => labelledRoute(guardTripSender(['guard-secret'], TERMS), async () => NOW + days * 24 * 60 * 60_000);

  test('a guard trip without a signed time is refused when its event is older than six days', async () => {
    expect((await later(5)(headers, GUARD_TRIP, '')).kind).toBe('keep');
    expect(await later(8)(headers, GUARD_TRIP, '')).toMatchObject({ kind: 'refuse', why: 'stale' });
  });

  test('a forgery is refused without the database being asked for the time', async () => {
    const asked = async () => {
      throw new Error('the database was asked');
    };
    const forged = { 'x-tocsin-timestamp': '1', 'x-tocsin-signature': `sha256=${sign('other', `1.${GUARD_TRIP}`)}` };
    const verdict = { kind: 'refuse', why: 'bad-signature' };
    expect(await labelledRoute(guardTripSender(['guard-secret'], TERMS), asked)(forged, GUARD_TRIP, '')).toEqual(verdict);
    expect(await labelledRoute(alertmanagerSender({ tokens: ['good-token'] }, TERMS), asked)({}, '{}', '')).toEqual(verdict);
  });

  test('one that is signed with the time of now is taken, whatever its event says', async () => {
    const time = String(Math.floor(NOW / 1_000) + 8 * 24 * 60 * 60);
    const signed = { 'x-tocsin-timestamp': time, 'x-tocsin-signature': `sha256=${sign('guard-secret', `${time}.${GUARD_TRIP}`)}` };
    expect((await later(8)(signed, GUARD_TRIP, '')).kind).toBe('keep');
  });
});

describe('who a sender is', () => {
  const from = (remoteAddress: string, forwarded?: string) =>
    senderOf(['10.0.0.0/8', 'fd00::/8', '192.0.2.7'])({
      headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
      socket: { remoteAddress } as never,
    });

  test.each([
    ['a stranger who says to be another', '203.0.113.9', '198.51.100.1', '203.0.113.9'],
    ['a proxy that says nothing', '10.1.2.3', undefined, '10.1.2.3'],
    ['behind one proxy', '10.1.2.3', '198.51.100.1', '198.51.100.1'],
    ['behind one proxy that IPv6 writes', '::ffff:10.1.2.3', '198.51.100.1', '198.51.100.1'],
    ['behind two proxies', '10.1.2.3', '198.51.100.1, 192.0.2.7', '198.51.100.1'],
    ['who put something in front', '10.1.2.3', '1.1.1.1, 198.51.100.1', '198.51.100.1'],
    ['with a port', '10.1.2.3', '198.51.100.1:4711', '198.51.100.1'],
    ['of IPv6 with a port', 'fd00::1', '[2001:db8::1]:4711', '2001:db8::1'],
    ['nonsense', '10.1.2.3', 'unknown', '10.1.2.3'],
    ['nonsense behind an address', '10.1.2.3', '198.51.100.1, unknown', '10.1.2.3'],
  ])('%s', (_what, remote, forwarded, sender) => {
    expect(from(remote, forwarded)).toBe(sender);
  });
});

describe('words for severities', () => {
  test.each([
    ['critical', 'P1'],
    ['P0', 'P0'],
    ['warning', 'P2'],
    ['info', 'P3'],
    ['SEV1', 'P1'],
    ['P5', 'P3'],
    ['constructor', null],
    ['', null],
    [null, null],
  ] as const)('%s is %s', (word, severity) => {
    expect(severityOf(word, {})).toBe(severity);
  });

  test('a sender’s own come first', () => {
    expect(severityOf('Critical', { critical: 'P0' })).toBe('P0');
  });
});
