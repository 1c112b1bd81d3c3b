import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type KubernetesSimulator, startKubernetesSimulator } from '../../kubernetes/index.ts';
import { call, MERGE } from './client.ts';

const START = Date.parse('2026-11-21T12:00:30Z');
const ROLLBACKS = '/apis/ops.prov-fabric.io/v1alpha1/rollbacks';
const CAPSULE = `sha256:${'3f'.repeat(32)}`;

let simulator: KubernetesSimulator;

beforeEach(async () => {
  simulator = await startKubernetesSimulator({ now: () => START, ticking: false, seed: 'provability-fabric' });
});
afterEach(async () => await simulator.stop());

function active(id: string): boolean | undefined {
  return simulator.faults.list().find((fault) => fault.id === id)?.active;
}

const rollback = (name: string, spec: object, metadata: object = {}) => ({
  apiVersion: 'ops.prov-fabric.io/v1alpha1',
  kind: 'Rollback',
  metadata: { name, ...metadata },
  spec,
});

async function logOf(namespace: string, app: string): Promise<string> {
  const pod = simulator.cluster.list('pods', namespace).find((each) => each.metadata.labels?.['app'] === app);
  return (await call(simulator, 'GET', `/api/v1/namespaces/${namespace}/pods/${pod?.metadata.name}/log`)).body;
}

interface Release {
  readonly version: number;
  readonly info: { readonly status: string; readonly description: string };
  readonly chart: { readonly metadata: { readonly version: string; readonly annotations: Record<string, string> } };
}

async function history(): Promise<Release[]> {
  const reply = await call(simulator, 'GET', '/api/v1/namespaces/flux-system/secrets?labelSelector=owner%3Dhelm');
  const items = reply.json['items'] as { type: string; data: { release: string } }[];
  return items.map(({ type, data }) => {
    expect(type).toBe('helm.sh/release.v1');
    const packed = Buffer.from(Buffer.from(data.release, 'base64').toString(), 'base64');
    return JSON.parse(gunzipSync(packed).toString()) as Release;
  });
}

async function hashOf(version: string): Promise<string> {
  const found = (await history()).find(({ chart }) => chart.metadata.version === version);
  return found?.chart.metadata.annotations['prov-fabric.io/release-hash'] ?? '';
}

interface Status {
  readonly status?: { readonly phase: string; readonly message: string; readonly helmReleaseRevision?: number; readonly previousRevision?: number };
}

function phase(name: string): Status['status'] {
  return (simulator.cluster.get('rollbacks.ops.prov-fabric.io', undefined, name) as Status | undefined)?.status;
}

describe('Rollbacks', () => {
  test('what the incident bot writes is refused with 422, each field in the words of the real server', async () => {
    const spec = { targetRelease: 'v0.1.0', reason: `high_risk_${CAPSULE}`, capsuleHash: CAPSULE, tenantId: 'tenant-123' };
    const reply = await call(simulator, 'POST', ROLLBACKS, { body: rollback('rollback-1756468800001', spec) });
    expect(reply.status).toBe(422);
    expect(reply.json['message']).toBe(
      `Rollback.ops.prov-fabric.io "rollback-1756468800001" is invalid: [spec.targetRelease: Invalid value: "v0.1.0": spec.targetRelease in body should match '^[a-f0-9]{64}$', spec.reason: Unsupported value: "high_risk_${CAPSULE}": supported values: "high_risk", "heartbeat_miss", "manual", "smoke_test_fail"]`,
    );
  });

  test('the written runbook’s manual object is refused as well, and one with a namespace is none of a cluster-scoped kind', async () => {
    const spec = { targetRelease: 'v0.1.0', reason: 'manual_emergency', capsuleHash: 'sha256:emergency1234', tenantId: 'emergency-tenant' };
    const reply = await call(simulator, 'POST', ROLLBACKS, { body: rollback('manual-rollback', spec) });
    const details = reply.json['details'] as { causes: { field: string }[] };
    expect(details.causes.map(({ field }) => field)).toEqual(['spec.targetRelease', 'spec.reason', 'spec.capsuleHash']);
    const placed = rollback('placed', { targetRelease: 'b1'.repeat(32), reason: 'manual' }, { namespace: 'flux-system' });
    expect((await call(simulator, 'POST', ROLLBACKS, { body: placed })).status).toBe(400);
    expect((await call(simulator, 'POST', ROLLBACKS, { body: rollback('empty', {}) })).json['message']).toContain(
      'spec.targetRelease: Required value',
    );
  });

  test('fields that the schema does not have are dropped, and told when asked', async () => {
    const spec = { targetRelease: 'b1'.repeat(32), reason: 'manual', extra: 'x' };
    const strict = await call(simulator, 'POST', `${ROLLBACKS}?fieldValidation=Strict`, { body: rollback('extra', spec) });
    expect(strict.status).toBe(400);
    expect(strict.json['message']).toContain('unknown field "spec.extra"');
    const stored = await call(simulator, 'POST', `${ROLLBACKS}?fieldValidation=Ignore&dryRun=All`, { body: rollback('extra', spec) });
    expect(stored.json['spec']).toEqual({ targetRelease: 'b1'.repeat(32), reason: 'manual' });
    expect(simulator.cluster.list('rollbacks.ops.prov-fabric.io')).toEqual([]);
  });

  test('a valid one goes from Pending to Completed: Helm has a new revision, and the capsule runs the release before', async () => {
    const target = await hashOf('0.1.1');
    const made = await call(simulator, 'POST', ROLLBACKS, {
      body: rollback('rollback-1', { targetRelease: target, reason: 'manual', capsuleHash: CAPSULE }),
    });
    expect(made.status).toBe(201);
    const seen = new Set<string>();
    for (let step = 0; step < 20; step += 1) {
      await simulator.advance(200);
      seen.add(phase('rollback-1')?.phase ?? '');
    }
    expect([...seen].filter((one) => one !== '')).toEqual(['Pending', 'InProgress', 'Completed']);
    expect(phase('rollback-1')).toMatchObject({ helmReleaseRevision: 4, previousRevision: 3, message: 'Rolled back to revision 2' });
    expect((await history()).map(({ version, info }) => [version, info.status, info.description])).toEqual([
      [1, 'superseded', 'Install complete'],
      [2, 'superseded', 'Upgrade complete'],
      [3, 'superseded', 'Upgrade complete'],
      [4, 'deployed', 'Rollback to 2'],
    ]);
    const image = (namespace: string, name: string) =>
      (simulator.cluster.get('deployments.apps', namespace, name) as unknown as { spec: { template: { spec: { containers: { image: string }[] } } } })
        .spec.template.spec.containers[0]?.image;
    expect(image('tenant-123', 'capsule-invoices')).toBe('provability-fabric/capsule:v0.1.1');
    expect(image('default', 'capsule-crawler')).toBe('provability-fabric/capsule:v0.2.0');
  });

  test('one with an unknown release fails, and nobody touches one while the controller has no pods', async () => {
    await call(simulator, 'POST', ROLLBACKS, { body: rollback('unknown', { targetRelease: 'b1'.repeat(32), reason: 'manual' }) });
    await simulator.advance(4_000);
    expect(phase('unknown')).toMatchObject({ phase: 'Failed', message: expect.stringContaining('No revision has the release hash') });
    await simulator.faults.set('rollback-stuck', true);
    await simulator.advance(60_000);
    expect(phase('rollback-smoke-test')).toBeUndefined();
    expect(active('rollback-stuck')).toBe(true);
    await simulator.faults.set('rollback-stuck', false);
    expect(active('rollback-stuck')).toBe(false);
  });
});

describe('Guards', () => {
  test('the bot logs the event and its decision; what it then writes is refused, and no Rollback is there', async () => {
    const heard: unknown[] = [];
    simulator.fabric?.onTrip((event) => heard.push(event));
    await simulator.faults.set('guard-trip-high', true);
    await simulator.advance(1_000);
    expect(heard).toEqual([
      expect.objectContaining({ capsuleHash: CAPSULE, tenantId: 'tenant-123', riskScore: 0.92, heartbeatMisses: 4, eventType: 'guard_trip' }),
    ]);
    const log = await logOf('monitoring', 'incident-bot');
    expect(log).toContain('GuardTrip event received');
    expect(log).toMatch(/Rollback decision.*"shouldRollback":true,"reason":"high_risk"/);
    expect(log).toMatch(/Failed to create Rollback.*"statusCode":422.*spec\.targetRelease/);
    expect(simulator.cluster.list('rollbacks.ops.prov-fabric.io')).toEqual([]);
    expect(await logOf('monitoring', 'sidecar-watcher')).toContain('"event":"guard_trip","reason":"Budget limit exceeded: $310.00 > $300.00"');
    expect(active('guard-trip-high')).toBe(true);
  });

  test('a bot without pods decides nothing; back again, it works through what has come', async () => {
    const scale = (replicas: number) =>
      call(simulator, 'PATCH', '/apis/apps/v1/namespaces/monitoring/deployments/incident-bot/scale', { body: { spec: { replicas } }, type: MERGE });
    await scale(0);
    await simulator.advance(40_000);
    simulator.fabric?.trip({ capsuleHash: CAPSULE, tenantId: 'tenant-123', riskScore: 0.9, heartbeatMisses: 0 });
    await simulator.advance(1_000);
    await scale(1);
    await simulator.advance(10_000);
    expect(await logOf('monitoring', 'incident-bot')).toContain('"riskScore":0.9');
  });

  test('flapping ends when the threshold is raised', async () => {
    await simulator.faults.set('flapping-threshold', true);
    await simulator.advance(120_000);
    expect((await logOf('monitoring', 'incident-bot')).match(/"shouldRollback":true/g)?.length).toBeGreaterThan(8);
    const env = [{ name: 'RISK_SCORE_THRESHOLD', value: '0.9' }];
    const body = { spec: { template: { spec: { containers: [{ name: 'incident-bot', env }] } } } };
    await call(simulator, 'PATCH', '/apis/apps/v1/namespaces/monitoring/deployments/incident-bot', {
      body,
      type: 'application/strategic-merge-patch+json',
    });
    expect(active('flapping-threshold')).toBe(false);
  });
});

describe('The attestor', () => {
  async function liveness(): Promise<Record<string, unknown>> {
    const reply = await fetch(`${simulator.outsideUrl}/monitoring/attestor:8080/liveness/${CAPSULE}`);
    return (await reply.json()) as Record<string, unknown>;
  }

  test('knows when it last heard of a capsule, and nothing of one that is cut off', async () => {
    expect(await liveness()).toMatchObject({ alive: true, age_seconds: expect.any(Number), last_heartbeat: expect.stringMatching(/^2026-/) });
    await simulator.faults.set('network-false-positive', true);
    await simulator.advance(60_000);
    expect(await liveness()).toEqual({ alive: false, last_heartbeat: null, age_seconds: null });
    expect(simulator.cluster.list('networkpolicies.networking.k8s.io', 'tenant-123').map(({ metadata }) => metadata.name)).toEqual([
      'deny-all-egress',
    ]);
    await simulator.faults.set('network-false-positive', false);
    expect(await liveness()).toMatchObject({ alive: true });
  });
});

describe('What the cluster has', () => {
  test('no Capsule, no HelmRelease, no maintenance status; a maintenance window brings the last two', async () => {
    const releases = '/apis/helm.toolkit.fluxcd.io/v2/namespaces/flux-system/helmreleases';
    const status = '/api/v1/namespaces/monitoring/configmaps/maintenance-status';
    expect((await call(simulator, 'GET', releases)).status).toBe(404);
    expect((await call(simulator, 'GET', status)).status).toBe(404);
    await simulator.faults.set('maintenance-window', true);
    expect((await call(simulator, 'GET', releases)).json['items']).toHaveLength(1);
    expect((await call(simulator, 'GET', status)).json['data']).toMatchObject({ active: 'true', reason: 'Upgrade to 0.2.1' });
    await simulator.faults.set('maintenance-window', false);
    expect((await call(simulator, 'GET', releases)).status).toBe(404);
  });

  test('EndpointSlices say which pods are behind a service, and that none is', async () => {
    const slices = async (): Promise<{ endpoints: { conditions: { ready: boolean } }[] }[]> =>
      (
        await call(
          simulator,
          'GET',
          '/apis/discovery.k8s.io/v1/namespaces/tenant-123/endpointslices?labelSelector=kubernetes.io%2Fservice-name%3Dcapsule-invoices',
        )
      ).json['items'] as { endpoints: { conditions: { ready: boolean } }[] }[];
    expect((await slices()).flatMap(({ endpoints }) => endpoints.map(({ conditions }) => conditions.ready))).toEqual([true, true]);
    await call(simulator, 'PATCH', '/apis/apps/v1/namespaces/tenant-123/deployments/capsule-invoices/scale', {
      body: { spec: { replicas: 0 } },
      type: MERGE,
    });
    await simulator.advance(60_000);
    expect((await slices()).flatMap(({ endpoints }) => endpoints)).toEqual([]);
  });
});
