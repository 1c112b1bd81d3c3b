import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import type { Alert } from '../../../src/domain/alert/alerts.ts';
import { ADA } from '../../e2e/helpers/remedies.ts';
import { moveClock, startWorld, type World } from '../../e2e/helpers/world.ts';
import { BUILD_LIMIT } from '../../helpers/kubernetes/build.ts';
import { until } from '../../helpers/kubernetes/parts.ts';
import { type Alertmanager, startAlertmanager } from '../../helpers/prometheus/alertmanager.ts';

/* The receiver that is shipped, in a real Alertmanager that sends its own webhooks. */

const PATIENCE = 120_000;
const TOKEN = 'what-alertmanager-says';
const SHIPPED = new URL('../../../deploy/alertmanager/alertmanager.yml', import.meta.url);
const CHANNEL = 'C0OPSESC';

const directory = mkdtempSync(join(tmpdir(), 'tocsin-receiver-'));
let world: World;
let alertmanager: Alertmanager;

const config = () => `
services:
  shop:
    name: Shop
    channels: { incidents: C0INCIDENTS, alerts: ${CHANNEL} }
    responders: [{ user: ${ADA} }]
webhooks:
  alertmanager: { token_env: AM_TOKEN }
`;

interface Shipped {
  readonly route: { readonly routes: readonly [Readonly<Record<string, unknown>>] };
  readonly receivers: readonly [{ readonly webhook_configs: readonly [{ readonly http_config: { readonly authorization: object } }] }];
}

/** What is shipped, merged into a configuration, with this bot's address and shorter waits. A route for groups comes with it. */
function receiving(port: number): object {
  const { route, receivers } = parse(readFileSync(SHIPPED, 'utf8')) as Shipped;
  writeFileSync(join(directory, 'token'), TOKEN);
  const [hook] = receivers[0].webhook_configs;
  const authorization = { ...hook.http_config.authorization, credentials_file: join(directory, 'token') };
  const mine = { ...receivers[0], webhook_configs: [{ ...hook, url: `http://127.0.0.1:${port}/alertmanager`, http_config: { authorization } }] };
  const waits = { group_wait: '100ms', group_interval: '200ms', repeat_interval: '1s' };
  const grouped = { ...route.routes[0], ...waits, matchers: ['team="grouped"'], group_by: ['team'], continue: false };
  return {
    route: { receiver: 'nobody', routes: [grouped, { ...route.routes[0], ...waits }] },
    receivers: [{ name: 'nobody' }, mine],
  };
}

beforeAll(async () => {
  world = await startWorld({ delivery: 'http', intake: true, config, variables: { AM_TOKEN: TOKEN } });
  alertmanager = await startAlertmanager(receiving(world.tocsin.intakePort ?? 0));
}, BUILD_LIMIT);

afterAll(async () => {
  await alertmanager?.stop();
  await world?.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function alerts(): Promise<readonly Alert[]> {
  const head = await world.tocsin.store.head('system');
  return Object.values((head?.state as unknown as { alerts: Record<string, Alert> } | null)?.alerts ?? {});
}

/** The alert that has this label, once it is as `as` says. */
function alertOf(name: string, as: (alert: Alert) => boolean = () => true): Promise<Alert> {
  const find = async () => (await alerts()).find((alert) => alert.labels?.['alertname'] === name && as(alert)) ?? null;
  return until(`the alert ${name}`, find, PATIENCE);
}

const now = () => new Date().toISOString();
const firing = (alertname: string, labels: object = {}) => ({
  labels: { alertname, severity: 'critical', ...labels },
  annotations: { summary: `${alertname} is wrong.` },
  startsAt: now(),
});

describe('Alertmanager with the shipped receiver', () => {
  test('opens an alert, repeats it, and says when it is over', async () => {
    const wrong = firing('DiskFull');
    await alertmanager.post([wrong]);
    expect(await alertOf('DiskFull')).toMatchObject({ source: 'alertmanager', service: 'shop', severity: 'P1', count: 1 });
    // It is told again each second: within five minutes that is the same delivery, later a repeat.
    // It never comes to rest meanwhile.
    await moveClock(world.slack, world.tocsin, 6);
    expect((await alertOf('DiskFull', ({ count }) => count >= 2)).severity).toBe('P1');
    await alertmanager.post([{ ...wrong, endsAt: now() }]);
    await until('its end', async () => ((await alerts()).some(({ labels }) => labels?.['alertname'] === 'DiskFull') ? null : true), PATIENCE);
    await world.settled();
    const texts = world.texts(CHANNEL).filter((text) => text.includes('DiskFull'));
    expect(texts).toHaveLength(1);
    expect(texts[0]).toContain('ecovered');
  });

  test('tells of a group at once: each of its alerts is one here, and ends by itself', async () => {
    const group = ['CartSlow', 'CartDown', 'CartEmpty'].map((name) => firing(name, { team: 'grouped' }));
    await alertmanager.post(group);
    for (const name of ['CartSlow', 'CartDown', 'CartEmpty']) expect((await alertOf(name)).count).toBe(1);
    await alertmanager.post([{ ...group[1], endsAt: now() }]);
    await until('the end of one', async () => ((await alerts()).some(({ labels }) => labels?.['alertname'] === 'CartDown') ? null : true), PATIENCE);
    const left = (await alerts()).flatMap(({ labels }) => labels?.['alertname'] ?? []).filter((name) => name.startsWith('Cart'));
    expect(left.sort()).toEqual(['CartEmpty', 'CartSlow']);
  });

  test('[PF-01] tells of a guard trip by labels', async () => {
    const labels = { capsule_hash: 'sha256:aa01', tenant_id: 'tenant-1', risk_score: '0.85', heartbeat_misses: '4' };
    await alertmanager.post([firing('GuardTrip', labels)]);
    const find = async () => (await alerts()).find(({ key }) => key === 'guard-trip:sha256:aa01:tenant-1') ?? null;
    expect(await until('the guard trip', find, PATIENCE)).toMatchObject({ source: 'guard-trip', labels: { risk_score: '0.85' } });
  });

  test('is told when its token is not the right one', async () => {
    writeFileSync(join(directory, 'token'), 'another');
    await alertmanager.post([firing('Unheard')]);
    const failed = async () =>
      /alertmanager_notifications_failed_total\{[^}]*integration="webhook"[^}]*\} [1-9]/.test(await alertmanager.metrics()) ? true : null;
    expect(await until('the failure', failed, PATIENCE)).toBe(true);
    expect((await alerts()).map(({ labels }) => labels?.['alertname'])).not.toContain('Unheard');
  });
});
