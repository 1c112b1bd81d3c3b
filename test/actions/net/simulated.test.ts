import { hash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type KubernetesSimulator, startKubernetesSimulator } from '../../../simulators/kubernetes/index.ts';
import { httpRequest } from '../../../src/actions/http/request.ts';
import { netTcp } from '../../../src/actions/net/tcp.ts';
import { opaPolicies } from '../../../src/actions/opa/policies.ts';
import { postgresConnections } from '../../../src/actions/postgres/connections.ts';
import { postgresCriticalEvents } from '../../../src/actions/postgres/critical-events.ts';
import { postgresHourly } from '../../../src/actions/postgres/hourly.ts';
import { postgresPlans } from '../../../src/actions/postgres/plans.ts';
import { postgresTerminateIdle } from '../../../src/actions/postgres/terminate-idle.ts';
import { redisFlush } from '../../../src/actions/redis/flush.ts';
import { redisScan } from '../../../src/actions/redis/scan.ts';
import { redisStats } from '../../../src/actions/redis/stats.ts';
import { sarkDisableServer } from '../../../src/actions/sark/disable-server.ts';
import { secretRotate } from '../../../src/actions/secret/rotate.ts';
import { volumeArchive } from '../../../src/actions/volume/archive.ts';
import { volumeDeleteFiles } from '../../../src/actions/volume/delete-files.ts';
import { volumeDisk } from '../../../src/actions/volume/disk.ts';
import { volumeFiles } from '../../../src/actions/volume/list.ts';
import { volumeRetention } from '../../../src/actions/volume/retention.ts';
import { volumeWriteFile } from '../../../src/actions/volume/write-file.ts';
import { DirectoryStore } from '../../../src/adapters/evidence/directory.ts';
import { requestHttp } from '../../../src/adapters/http/request.ts';
import { openKubernetes } from '../../../src/adapters/kubernetes/index.ts';
import { calling, type TestContext, testContext } from './helpers/context.ts';

const aureusTargets = {
  frontend: { deployment: 'aureus-frontend' },
  evidence: { pvc: 'aureus-evidence-pvc', workload: 'frontend', path: '/app/evidence' },
  'postgres-pods': { statefulset: 'aureus-postgres' },
  'redis-pods': { deployment: 'aureus-redis' },
  db: { postgres: { workload: 'postgres-pods', user: 'aureus', database: 'aureus_metadata' } },
  cache: { redis: { workload: 'redis-pods', password: { secret: 'aureus-redis', key: 'password' } } },
  policy: { workload: 'frontend', port: 5000, inside: true, path: '/api/policy/evaluate' },
  health: { workload: 'frontend', port: 'http' },
  archive: { bucket: 'aureus-archive' },
};

const sarkTargets = {
  api: { deployment: 'sark-api' },
  'opa-pods': { deployment: 'opa' },
  'timescale-pods': { statefulset: 'timescaledb' },
  opa: { workload: 'opa-pods', port: 8181 },
  'opa-from-api': { url: 'http://opa:8181', from: 'api' },
  audit: { postgres: { workload: 'timescale-pods', user: 'sark', database: 'sark_audit' } },
  key: { secret: 'sark-secrets', key: 'secret-key', workloads: ['api'] },
};

let simulator: KubernetesSimulator;
let kubernetes: ReturnType<typeof openKubernetes>;

beforeAll(async () => {
  simulator = await startKubernetesSimulator();
  kubernetes = openKubernetes({ kubeconfig: { text: simulator.kubeconfig() } });
});

afterAll(async () => {
  kubernetes.close();
  await simulator.stop();
});

function contextOf(namespace: string, targets: Record<string, unknown>): TestContext {
  const secret = simulator.cluster.get('secrets', 'sark-system', 'sark-secrets') as unknown as { data: Record<string, string> };
  return testContext({
    targets: { ...targets, sark: { url: `${simulator.outsideUrl}/sark-system/sark-api:8000`, token_env: 'SARK_TOKEN', csrf_cookie: 'csrf_token' } },
    cluster: kubernetes.cluster(namespace),
    now: simulator.cluster.now(),
    secrets: { SARK_TOKEN: Buffer.from(secret.data['admin-token'] ?? '', 'base64').toString() },
    http: async (url, request) => await requestHttp(url, request),
  });
}

const aureus = () => contextOf('aureus', aureusTargets);
const sark = () => contextOf('sark-system', sarkTargets);

describe('AUREUS, simulated, through the production adapter', () => {
  test('[AU-21] a connection from the frontend to postgres', async () => {
    expect((await calling(netTcp).run({ from: 'frontend', host: 'aureus-postgres', port: 5432 }, aureus())).output).toMatchObject({
      reachable: true,
    });
    expect((await calling(netTcp).run({ from: 'frontend', host: 'aureus-postgres', port: 5433 }, aureus())).output).toMatchObject({
      reachable: false,
    });
  });

  test('[AU-23] [AU-25] idle connections are counted, and ended when they are too many', async () => {
    await simulator.faults.set('postgres-connections-exhausted', true);
    const before = await calling(postgresConnections).run({ target: 'db' }, aureus());
    expect(before.output).toMatchObject({ found: true });
    expect(before.output['idle_over_10m']).toBeGreaterThan(50);
    const planned = await calling(postgresTerminateIdle).plan({ target: 'db' }, aureus());
    const first = await calling(postgresTerminateIdle).apply({ target: 'db' }, planned, aureus());
    expect(first.output).toMatchObject({ terminated: before.output['idle_over_10m'], left: 0 });
    expect((await calling(postgresTerminateIdle).apply({ target: 'db' }, planned, aureus())).output).toEqual(first.output);
    expect((await calling(postgresConnections).run({ target: 'db' }, aureus())).output).toMatchObject({ idle_over_10m: 0 });
    expect(simulator.faults.list().find(({ id }) => id === 'postgres-connections-exhausted')).toMatchObject({ active: false });
  });

  test('[AU-30] [AU-31] [AU-32] [AU-36] the evidence volume', async () => {
    expect((await calling(volumeDisk).run({ target: 'evidence' }, aureus())).output).toMatchObject({ found: true });
    const files = await calling(volumeFiles).run({ target: 'evidence' }, aureus());
    expect(files.output['count']).toBeGreaterThan(0);
    const retention = await calling(volumeRetention).run({ target: 'evidence' }, aureus());
    expect(retention.output['kept']).toBeGreaterThan(0);
  });

  test('[AU-33] old evidence goes to the bucket, and the disk has room again', async () => {
    await simulator.faults.set('evidence-volume-full', true);
    expect((await calling(volumeDisk).run({ target: 'evidence' }, aureus())).output['used_percent']).toBeGreaterThanOrEqual(95);
    const folder = mkdtempSync(join(tmpdir(), 'tocsin-archive-'));
    const bucket = await DirectoryStore.open(folder, simulator.cluster.now());
    const context = { ...aureus(), bucket: async () => bucket };
    const input = { target: 'evidence', to: 'archive' };
    const planned = await calling(volumeArchive).plan(input, context);
    const { files } = planned.scope as { files: { path: string; key: string; sha256: string }[] };
    const reading = await calling(volumeArchive).apply(input, planned, context);
    expect(reading.output).toMatchObject({ archived: files.length, skipped: [] });
    expect(files.length).toBeGreaterThan(10);
    const [first] = files;
    expect(hash('sha256', (await bucket.get(first?.key ?? '')) ?? new Uint8Array())).toBe(first?.sha256);
    expect((await calling(volumeFiles).run({ target: 'evidence', older_than: '60d' }, aureus())).output['count']).toBe(0);
    expect((await calling(volumeDisk).run({ target: 'evidence' }, aureus())).output['used_percent']).toBeLessThan(95);
    rmSync(folder, { recursive: true });
    await simulator.faults.set('evidence-volume-full', false);
  });

  test('[AU-35] only what is past its retention is deleted', async () => {
    await simulator.faults.set('evidence-volume-full', true);
    const before = await calling(volumeRetention).run({ target: 'evidence' }, aureus());
    expect(before.output['freed']).toBeGreaterThan(0);
    const planned = await calling(volumeDeleteFiles).plan({ target: 'evidence' }, aureus());
    const reading = await calling(volumeDeleteFiles).apply({ target: 'evidence' }, planned, aureus());
    expect(reading.output).toMatchObject({ deleted: before.output['freed'], skipped: [] });
    expect((await calling(volumeRetention).run({ target: 'evidence' }, aureus())).output).toMatchObject({ freed: 0, kept: before.output['kept'] });
    await simulator.faults.set('evidence-volume-full', false);
  });

  test('[AU-42] an evaluation of a policy, from inside', async () => {
    const body = { action: 'query', user: 'test', dataset: 'test' };
    expect((await calling(httpRequest).run({ target: 'policy', method: 'POST', body }, aureus())).output).toMatchObject({ reachable: true });
    expect((await calling(httpRequest).run({ target: 'health', path: '/health' }, aureus())).output).toMatchObject({
      status: 200,
      body: 'healthy\n',
    });
  });

  test('[AU-44] a file of evidence in the pod', async () => {
    const input = { target: 'evidence', path: '/app/evidence/emergency-bypass-1.log', content: 'Policy bypass enabled\n' };
    const planned = await calling(volumeWriteFile).plan(input, aureus());
    const reading = await calling(volumeWriteFile).apply(input, planned, aureus());
    expect(simulator.cluster.readFile('aureus', String(reading.output['pod']), input.path)?.toString()).toBe(input.content);
  });

  test('[AU-45] [AU-51] the cache is looked at and flushed', async () => {
    expect((await calling(redisScan).run({ target: 'cache', match: 'ratelimit:*' }, aureus())).output).toMatchObject({ found: true, complete: true });
    const planned = await calling(redisFlush).plan({ target: 'cache' }, aureus());
    expect(planned.changes).toBe(true);
    expect((await calling(redisFlush).apply({ target: 'cache' }, planned, aureus())).output).toMatchObject({ flushed: true });
    expect((await calling(redisFlush).apply({ target: 'cache' }, planned, aureus())).output).toMatchObject({ flushed: false });
    expect((await calling(redisStats).run({ target: 'cache' }, aureus())).output).toMatchObject({ found: true, keys: 1 });
  });
});

describe('SARK, simulated, through the production adapter', () => {
  test('[SK-12] [SK-32] OPA through the API server, and from the API', async () => {
    expect((await calling(opaPolicies).run({ target: 'opa' }, sark())).output['count']).toBeGreaterThan(0);
    expect((await calling(httpRequest).run({ target: 'opa-from-api', path: '/health' }, sark())).output).toMatchObject({
      reachable: true,
      status: 200,
    });
  });

  test('[SK-21] a container without nc is probed by another tool', async () => {
    expect((await calling(netTcp).run({ from: 'api', host: 'postgres', port: 5432 }, sark())).output).toMatchObject({
      reachable: true,
      tool: 'python3',
    });
  });

  test('[SK-43] the gap in the audit trail is seen', async () => {
    expect((await calling(postgresHourly).run({ target: 'audit', table: 'audit_events' }, sark())).output['gaps']).toEqual([]);
    await simulator.faults.set('audit-gap', true);
    const hourly = await calling(postgresHourly).run({ target: 'audit', table: 'audit_events' }, sark());
    expect((hourly.output['gaps'] as string[]).length).toBeGreaterThanOrEqual(2);
    await simulator.faults.set('audit-gap', false);
  });

  test('[SK-50] [SK-51] a compromised server shows in the events and is disabled', async () => {
    await simulator.faults.set('compromised-server', true);
    const events = await calling(postgresCriticalEvents).run({ target: 'audit' }, sark());
    expect(events.output['count']).toBeGreaterThan(0);
    const serverId = (events.output['events'] as { server_id: string }[])[0]?.server_id;
    const input = { target: 'sark', server_id: serverId };
    const planned = await calling(sarkDisableServer).plan(input, sark());
    expect((await calling(sarkDisableServer).apply(input, planned, sark())).output).toMatchObject({
      status: 'inactive',
      was: 'active',
      changed: true,
    });
    expect((await calling(sarkDisableServer).apply(input, planned, sark())).output).toMatchObject({ changed: false });
    expect(simulator.faults.list().find(({ id }) => id === 'compromised-server')).toMatchObject({ active: false });
  });

  test('[SK-35] plans', async () => {
    const plans = await calling(postgresPlans).run({ target: 'audit', queries: ['SELECT * FROM audit_events'] }, sark());
    expect(plans.output['plans']).toMatchObject([{ problem: '' }]);
  });

  test('[SK-52] the key is rotated once and the API restarts', async () => {
    const before = simulator.cluster.get('secrets', 'sark-system', 'sark-secrets');
    const planned = await calling(secretRotate).plan({ target: 'key' }, sark());
    expect((await calling(secretRotate).apply({ target: 'key' }, planned, sark())).output).toEqual({
      rotated: true,
      rolled: ['deployment/sark-api'],
    });
    const after = simulator.cluster.get('secrets', 'sark-system', 'sark-secrets');
    const data = (object: unknown) => (object as { data: Record<string, string> }).data;
    expect(data(after)['secret-key']).not.toBe(data(before)['secret-key']);
    expect((await calling(secretRotate).apply({ target: 'key' }, planned, sark())).output).toMatchObject({ rotated: false });
    expect(data(simulator.cluster.get('secrets', 'sark-system', 'sark-secrets'))).toEqual(data(after));
  });
});
