import { describe, expect, test } from '@jest/globals';
import type { LabelledSignal } from '../../src/engine/alerts/signal.ts';
import { type MappingFields, mappingProblems, readMapped } from '../../src/webhooks/mapping.ts';
import { PRESET_MAPPINGS } from '../../src/webhooks/presets.ts';

const TERMS = { name: 'x', otherwise: 'shop', severities: {}, services: ['shop', 'web'] };

function read(fields: MappingFields, body: unknown, headers: Readonly<Record<string, string>> = {}): readonly LabelledSignal[] {
  const mapped = readMapped(fields, TERMS, body, headers);
  if (!mapped.ok) throw new Error(mapped.problem);
  return mapped.signals;
}

function one(fields: MappingFields, body: unknown, headers: Readonly<Record<string, string>> = {}): LabelledSignal {
  const [signal, ...others] = read(fields, body, headers);
  if (signal === undefined || others.length > 0) throw new Error(`${others.length + 1} signals`);
  return signal;
}

const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString());

describe('ready mappings', () => {
  test.each(Object.entries(PRESET_MAPPINGS))('%s has good expressions', (_name, fields) => {
    expect(mappingProblems(fields)).toEqual([]);
  });

  test('datadog: the payload to paste, and the default one', () => {
    const body = {
      alert_cycle_key: '7714320919123456789',
      alert_transition: 'Triggered',
      title: '[P2] [Triggered on {host:web-1}] CPU load is very high on web-1',
      body: '%%%\nThe load of web-1 was 9.2\n%%%',
      priority: 'P2',
      event_type: 'query_alert_monitor',
      tags: 'host:web-1,env:prod,monitor',
      link: 'https://app.datadoghq.eu/event/event?id=7714320919123456789',
      last_updated: '1792915200000',
      date: '1792915200000',
    };
    const fired = one(PRESET_MAPPINGS.datadog, body);
    expect(fired).toMatchObject({
      key: 'webhook:x:7714320919123456789',
      state: 'firing',
      severity: 'P2',
      labels: { host: 'web-1', env: 'prod', monitor: 'true' },
      links: [{ title: 'Event in Datadog', url: body.link }],
    });
    expect(iso(fired.at)).toBe('2026-10-25T08:00:00.000Z');
    const recovered = one(PRESET_MAPPINGS.datadog, { ...body, alert_transition: 'Recovered', last_updated: '1792915800000' });
    expect(recovered).toMatchObject({ key: fired.key, state: 'resolved' });
    for (const transition of ['Re-Triggered', 'No Data', 'Warn', 'Renotify'])
      expect(one(PRESET_MAPPINGS.datadog, { ...body, alert_transition: transition }).state).toBe('firing');
    const byDefault = (title: string) => ({
      body: 'text',
      last_updated: '1792915200000',
      event_type: 'metric_alert_monitor',
      title,
      date: '1792915200000',
      org: { id: '1', name: 'Example' },
      id: '42',
    });
    const first = one(PRESET_MAPPINGS.datadog, byDefault('[Triggered on {host:web-1}] Disk is full'));
    const last = one(PRESET_MAPPINGS.datadog, byDefault('[Recovered on {host:web-1}] Disk is full'));
    expect([first.state, last.state, last.key === first.key, first.severity]).toEqual(['firing', 'resolved', true, null]);
  });

  test('grafana: each alert of a notification', () => {
    const body = {
      receiver: 'tocsin',
      status: 'firing',
      alerts: [
        {
          status: 'firing',
          labels: { alertname: 'High memory usage', team: 'blue', zone: 'us-1', severity: 'warning', service: 'web' },
          annotations: { description: 'The system has high memory usage', summary: 'This alert was triggered for zone us-1' },
          startsAt: '2026-10-12T09:51:03.157076+02:00',
          endsAt: '0001-01-01T00:00:00Z',
          generatorURL: 'https://play.grafana.org/alerting/1afz29v7z/edit',
          fingerprint: 'c6eadffa33fcdf37',
          silenceURL: 'https://play.grafana.org/alerting/silence/new?alertmanager=grafana',
          dashboardURL: '',
          panelURL: '',
          values: { B: 44.23943737541908, C: 1 },
        },
        {
          status: 'resolved',
          labels: { alertname: 'High CPU usage', team: 'blue', zone: 'eu-1' },
          annotations: { description: 'The system has high CPU usage' },
          startsAt: '2026-10-12T09:56:03.157076+02:00',
          endsAt: '2026-10-12T10:01:03+02:00',
          generatorURL: 'https://play.grafana.org/alerting/d1rdpdv7k/edit',
          fingerprint: 'bc97ff14869b13e3',
          dashboardURL: 'https://play.grafana.org/d/1',
        },
      ],
      groupLabels: {},
      commonLabels: { team: 'blue' },
      commonAnnotations: {},
      externalURL: 'https://play.grafana.org/',
      version: '1',
      groupKey: '{}:{}',
      truncatedAlerts: 0,
      orgId: 1,
      title: '[FIRING:2]  (blue)',
      state: 'alerting',
      message: '**Firing**',
    };
    const [memory, cpu] = read(PRESET_MAPPINGS.grafana, body);
    expect(memory).toMatchObject({
      key: 'webhook:x:c6eadffa33fcdf37',
      state: 'firing',
      title: 'High memory usage',
      summary: 'This alert was triggered for zone us-1',
      severity: 'P2',
      service: 'web',
      labels: { zone: 'us-1' },
      links: [{ title: 'Rule', url: 'https://play.grafana.org/alerting/1afz29v7z/edit' }],
    });
    expect(cpu).toMatchObject({ state: 'resolved', severity: null, service: null, summary: 'The system has high CPU usage' });
    expect(cpu?.links.map(({ title }) => title)).toEqual(['Dashboard', 'Rule']);
    expect([iso(memory?.at ?? null), iso(cpu?.at ?? null)]).toEqual(['2026-10-12T07:51:03.157Z', '2026-10-12T08:01:03.000Z']);
  });

  test('sentry: issue alerts, metric alerts and issues, by the time of the hook', () => {
    const headers = { 'sentry-hook-resource': 'event_alert', 'sentry-hook-timestamp': '1792915200', 'sentry-hook-signature': 'secret' };
    const event = {
      action: 'triggered',
      actor: { id: 'sentry', name: 'Sentry', type: 'application' },
      data: {
        event: {
          culprit: '?(<anonymous>)',
          datetime: '2019-08-19T21:06:17.677000Z',
          event_id: 'e4874d664c3540c1a32eab185f12c5ab',
          issue_id: '1170820242',
          issue_url: 'https://sentry.io/api/0/issues/1170820242/',
          level: 'error',
          platform: 'javascript',
          title: 'ReferenceError: heck is not defined',
          web_url: 'https://sentry.io/organizations/test-org/issues/1170820242/events/e4874d664c3540c1a32eab185f12c5ab/',
        },
        triggered_rule: 'Very Important Alert Rule!',
      },
      installation: { uuid: 'a8e5d37a-696c-4c54-adb5-b3f28d64c7de' },
    };
    const fired = one(PRESET_MAPPINGS.sentry, event, headers);
    expect(fired).toMatchObject({
      key: 'webhook:x:issue:1170820242',
      state: 'firing',
      severity: 'P1',
      title: 'ReferenceError: heck is not defined',
      labels: { level: 'error', platform: 'javascript', rule: 'Very Important Alert Rule!' },
    });
    expect(iso(fired.at)).toBe('2026-10-25T08:00:00.000Z');
    const issue = {
      id: '1170820242',
      title: 'ReferenceError: heck is not defined',
      level: 'error',
      culprit: '?',
      status: 'resolved',
      web_url: 'https://sentry.io/organizations/test-org/issues/1170820242/',
    };
    expect(one(PRESET_MAPPINGS.sentry, { action: 'resolved', data: { issue }, actor: {} }, headers)).toMatchObject({
      key: fired.key,
      state: 'resolved',
    });
    const metric = (action: string) => ({
      action,
      data: {
        metric_alert: { id: '7', identifier: '3', status: 20, title: 'Too many errors', alert_rule: { id: '4' } },
        description_text: '1000 events in the last 10 minutes',
        description_title: 'Critical: Too many errors',
        web_url: 'https://sentry.io/organizations/test-org/alerts/rules/details/4/?alert=3',
      },
    });
    expect(one(PRESET_MAPPINGS.sentry, metric('critical'), headers)).toMatchObject({ key: 'webhook:x:metric:7', state: 'firing', severity: 'P1' });
    expect(one(PRESET_MAPPINGS.sentry, metric('warning'), headers)).toMatchObject({ state: 'firing', severity: 'P2' });
    expect(one(PRESET_MAPPINGS.sentry, metric('resolved'), headers).state).toBe('resolved');
    expect(read(PRESET_MAPPINGS.sentry, { action: 'created', data: { installation: { status: 'installed' } } }, headers)).toEqual([]);
    expect(read(PRESET_MAPPINGS.sentry, { action: 'assigned', data: { issue } }, headers)).toEqual([]);
  });

  test('uptime-kuma: down and up; a test, pending and maintenance are no alert', () => {
    const body = (status: number) => ({
      heartbeat: {
        monitorID: 3,
        status,
        time: '2026-10-25 08:00:00.123',
        msg: 'timeout of 48000ms exceeded',
        important: true,
        duration: 60,
        timezone: 'UTC',
        localDateTime: '2026-10-25 08:00:00',
      },
      monitor: { id: 3, name: 'Shop', url: 'https://shop.example.com', type: 'http', interval: 60, active: true },
      msg: '[Shop] [🔴 Down] timeout of 48000ms exceeded',
    });
    const down = one(PRESET_MAPPINGS['uptime-kuma'], body(0));
    expect(down).toMatchObject({
      key: 'webhook:x:3',
      state: 'firing',
      title: 'Shop is down',
      links: [{ title: 'Open', url: 'https://shop.example.com' }],
    });
    expect(iso(down.at)).toBe('2026-10-25T08:00:00.123Z');
    expect(one(PRESET_MAPPINGS['uptime-kuma'], body(1))).toMatchObject({ key: down.key, state: 'resolved' });
    for (const none of [body(2), body(3), { heartbeat: null, monitor: null, msg: 'My notification Testing' }])
      expect(read(PRESET_MAPPINGS['uptime-kuma'], none)).toEqual([]);
  });

  test('opsgenie: created, acknowledged, closed', () => {
    const body = (action: string, more: object = {}) => ({
      action,
      source: { name: '', type: 'web' },
      alert: {
        tags: ['OverwriteQuietHours', 'Critical'],
        alertId: '052652ac-5d1c-464a-812a-7dd18bbfba8c',
        message: 'Our servers are in danger',
        description: 'CPU load is over 95 %',
        username: 'fili@example.com',
        alias: 'life-is-too-short',
        tinyId: '10',
        entity: 'An example entity',
        source: 'An example source',
        priority: 'P4',
        createdAt: 1_792_915_200_000,
        updatedAt: 1_792_915_800_000_000_000,
        ...more,
      },
      integrationId: '37c8f316-17c6-49d7-899b-9c7e540c048d',
      integrationName: 'Tocsin',
    });
    const created = one(PRESET_MAPPINGS.opsgenie, body('Create'));
    expect(created).toMatchObject({
      state: 'firing',
      title: 'Our servers are in danger',
      summary: 'CPU load is over 95 %',
      severity: 'P3',
      labels: { alias: 'life-is-too-short' },
    });
    const closed = one(PRESET_MAPPINGS.opsgenie, body('Close'));
    expect(closed).toMatchObject({ key: created.key, state: 'resolved', summary: 'Close by fili@example.com' });
    expect([iso(created.at), iso(closed.at)]).toEqual(['2026-10-25T08:00:00.000Z', '2026-10-25T08:10:00.000Z']);
    expect(one(PRESET_MAPPINGS.opsgenie, body('Acknowledge')).state).toBe('firing');
    expect(read(PRESET_MAPPINGS.opsgenie, body('AddNote'))).toEqual([]);
  });

  test('cloudevents: structured and binary', () => {
    const event = {
      specversion: '1.0',
      type: 'com.example.disk.full',
      source: 'https://example.com/monitor',
      subject: 'web-1',
      id: 'A234-1234-1234',
      time: '2026-10-25T08:00:00Z',
      datacontenttype: 'application/json',
      data: { title: 'The disk is full', severity: 'critical', summary: '99 %', url: 'https://example.com/1' },
    };
    const structured = one(PRESET_MAPPINGS.cloudevents, event);
    expect(structured).toMatchObject({ state: 'firing', title: 'The disk is full', severity: 'P1', summary: '99 %', labels: { subject: 'web-1' } });
    expect(one(PRESET_MAPPINGS.cloudevents, { ...event, type: 'com.example.disk.resolved' })).toMatchObject({
      key: structured.key,
      state: 'resolved',
    });
    // Without a subject the type says what it is about, before the word that ends it.
    const { subject: _subject, ...whole } = event;
    const began = one(PRESET_MAPPINGS.cloudevents, whole);
    expect(one(PRESET_MAPPINGS.cloudevents, { ...whole, type: 'com.example.disk.full.resolved' })).toMatchObject({
      key: began.key,
      state: 'resolved',
    });
    expect(one(PRESET_MAPPINGS.cloudevents, { ...whole, type: 'com.example.disk.slow' }).key).not.toBe(began.key);
    const { data: _data, ...bare } = event;
    expect(one(PRESET_MAPPINGS.cloudevents, bare)).toMatchObject({ summary: 'com.example.disk.full', title: 'com.example.disk.full' });
    const headers = {
      'ce-specversion': '1.0',
      'ce-type': event.type,
      'ce-source': event.source,
      'ce-subject': 'web-1',
      'ce-id': '1',
      'ce-time': event.time,
    };
    expect(one(PRESET_MAPPINGS.cloudevents, event.data, headers)).toMatchObject({
      key: structured.key,
      state: 'firing',
      title: 'The disk is full',
      at: structured.at,
    });
  });
});

describe('a mapping of one’s own', () => {
  const fields = { key: 'body.id', title: 'body.name', state: 'body.state' };

  test.each([
    [{ name: 'x', state: true }, /^key: /],
    [{ id: 'a', name: ' ', state: true }, /^title: is empty/],
    [{ id: 'a', name: 'x', state: 'open' }, /^state: "open", expected "firing" or "resolved"/],
    [null, /^key: /],
    [[], /^key: /],
  ])('says what of %j it cannot use', (body, says) => {
    const mapped = readMapped(fields, TERMS, body, {});
    expect(mapped.ok ? '' : mapped.problem).toMatch(says);
  });

  test('leaves out what is missing, says so, and never sees who sends it', () => {
    const silent: string[] = [];
    const mapped = readMapped(
      { ...fields, severity: 'body.nothing', summary: 'header["x-token"]', labels: '{"a": body.id, "agent": header["user-agent"]}' },
      TERMS,
      { id: 7, name: 'x', state: false },
      { 'x-token': 'secret', authorization: 'Bearer secret', 'user-agent': 'curl' },
      ({ field }) => silent.push(field),
    );
    expect(mapped.ok ? mapped.signals[0] : null).toMatchObject({
      key: 'webhook:x:7',
      severity: null,
      summary: 'x',
      labels: { a: '7', agent: 'curl' },
    });
    expect(silent).toEqual(['summary', 'severity']);
  });

  test.each([
    ['key', 'body.id ==', 'is not a valid expression'],
    ['when', '"x"', 'is string, expected bool'],
    ['title', 'body.name.matches("(a+)+$")', 'can take forever'],
    ['each', 'bdy.items', 'is not a valid expression'],
  ])('%s: %s is told at the start', (field, text, says) => {
    expect(mappingProblems({ ...fields, [field]: text })).toEqual([{ field, problem: expect.stringContaining(says) }]);
  });

  test('never sees its own header with the token, however that is called', () => {
    const silent: string[] = [];
    const terms = { ...TERMS, secretHeaders: ['x-auth'] };
    const own = { ...fields, summary: 'header["x-auth"]', labels: 'header' };
    const mapped = readMapped(own, terms, { id: 1, name: 'x', state: true }, { 'x-auth': 'the-token', host: 'h' }, ({ field }) => silent.push(field));
    expect(mapped.ok ? mapped.signals[0]?.labels : null).toEqual({ host: 'h' });
    expect(silent).toEqual(['summary']);
  });

  test.each([['9'.repeat(400)], ['1'.repeat(60)], [`1.${'9'.repeat(400)}`]])('a time of %s is none', (time) => {
    expect(one({ ...fields, at: 'body.at' }, { id: 1, name: 'x', state: true, at: time }).at).toBeNull();
  });

  test('500 items of a body of one MiB take no longer than the body needs', () => {
    const items = Array.from({ length: 500 }, (_, i) => ({ name: `n${i}`, ok: false, values: Array.from({ length: 900 }, () => 1) }));
    const own = { each: 'body.items', key: 'item.name', title: '"Job " + item.name', state: '!item.ok', at: 'item.at', severity: 'item.level' };
    const before = process.cpuUsage();
    expect(read(own, { items })).toHaveLength(500);
    // Made ready for each expression anew, it took two minutes.
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(10_000);
  });

  test('takes no more than 500 items, and nothing dangerous as a link', () => {
    const many = readMapped(
      { ...fields, each: 'body' },
      TERMS,
      Array.from({ length: 501 }, () => ({})),
      {},
    );
    expect(many).toEqual({ ok: false, problem: 'each: 501 items, expected 500 at most' });
    const linked = readMapped(
      { ...fields, links: 'body.links' },
      TERMS,
      { id: 'a', name: 'x', state: true, links: { a: 'javascript:alert(1)', b: 'https://x.example/' } },
      {},
    );
    expect(linked.ok ? linked.signals[0]?.links : null).toEqual([{ title: 'b', url: 'https://x.example/' }]);
  });
});
