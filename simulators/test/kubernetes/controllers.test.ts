import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type KubernetesSimulator, startKubernetesSimulator } from '../../kubernetes/index.ts';
import { call, MERGE, STRATEGIC } from './client.ts';

const START = Date.parse('2026-11-21T12:00:30Z');
const APPS = '/apis/apps/v1/namespaces';

let simulator: KubernetesSimulator;

beforeEach(async () => {
  simulator = await startKubernetesSimulator({ now: () => START, ticking: false });
});
afterEach(async () => await simulator.stop());

interface Status {
  status: { readyReplicas?: number; updatedReplicas?: number; conditions?: { type: string; status: string; reason: string }[] };
  spec: { replicas: number };
}

function deployment(name: string, namespace = 'aureus'): Status {
  return simulator.cluster.get('deployments.apps', namespace, name) as unknown as Status;
}

function active(id: string): boolean | undefined {
  return simulator.faults.list().find((fault) => fault.id === id)?.active;
}

const patch = (path: string, body: unknown, type = STRATEGIC): ReturnType<typeof call> => call(simulator, 'PATCH', path, { body, type });
const setEnv = (env: object[]): ReturnType<typeof call> =>
  patch(`${APPS}/aureus/deployments/aureus-frontend`, { spec: { template: { spec: { containers: [{ name: 'frontend', env }] } } } });
const autoscaler = (spec: object): ReturnType<typeof call> =>
  patch('/apis/autoscaling/v2/namespaces/aureus/horizontalpodautoscalers/aureus-frontend-hpa', { spec }, MERGE);
const restart = (name: string, namespace: string, at: string): ReturnType<typeof call> =>
  patch(`${APPS}/${namespace}/deployments/${name}`, {
    spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': at } } } },
  });

describe('workloads', () => {
  test('a rolling update never has fewer ready pods than wanted, with maxUnavailable 0', async () => {
    await restart('aureus-frontend', 'aureus', 'now');
    const seen: number[] = [];
    for (let step = 0; step < 60; step += 1) {
      await simulator.advance(200);
      seen.push(deployment('aureus-frontend').status.readyReplicas ?? 0);
    }
    expect(Math.min(...seen)).toBe(3);
    expect(Math.max(...seen)).toBe(4);
    expect(deployment('aureus-frontend').status).toMatchObject({ updatedReplicas: 3, readyReplicas: 3 });
    expect(simulator.cluster.get('deployments.apps', 'aureus', 'aureus-frontend')?.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe(
      '2',
    );
  });

  test('the autoscaler undoes a scale below its least, and says so', async () => {
    await patch(`${APPS}/aureus/deployments/aureus-frontend/scale`, { spec: { replicas: 1 } }, MERGE);
    await simulator.advance(10_000);
    expect(deployment('aureus-frontend').spec.replicas).toBe(3);
    const events = simulator.cluster.list('events', 'aureus').filter((event) => event['reason'] === 'SuccessfulRescale');
    expect(events.map((event) => event['message'])).toEqual(['New size: 3; reason: Current number of replicas below Spec.MinReplicas']);
  });

  test('the autoscaler goes to its bounds exactly, whatever the metrics say, and stands still at 0', async () => {
    await autoscaler({
      minReplicas: 6,
      metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 1 } } }],
    });
    await simulator.advance(2_000);
    expect(deployment('aureus-frontend').spec.replicas).toBe(6);
    await simulator.advance(10_000);
    expect(deployment('aureus-frontend').spec.replicas).toBe(10);
    await autoscaler({ minReplicas: 1, maxReplicas: 4 });
    await simulator.advance(2_000);
    expect(deployment('aureus-frontend').spec.replicas).toBe(4);
    await patch(`${APPS}/aureus/deployments/aureus-frontend/scale`, { spec: { replicas: 0 } }, MERGE);
    await simulator.advance(20_000);
    expect(deployment('aureus-frontend').spec.replicas).toBe(0);
  });

  test('the autoscaler remembers for its window what the metrics asked for, not what its bounds were', async () => {
    await autoscaler({ minReplicas: 9, behavior: { scaleDown: { stabilizationWindowSeconds: 10 } } });
    await simulator.advance(15_000);
    expect(deployment('aureus-frontend').spec.replicas).toBe(9);
    await autoscaler({ minReplicas: 3 });
    await simulator.advance(2_000);
    const after = deployment('aureus-frontend').spec.replicas;
    expect(after).toBeLessThan(9);
    expect(after).toBeGreaterThan(3);
    await simulator.advance(4_000);
    expect(deployment('aureus-frontend').spec.replicas).toBe(after);
    await simulator.advance(12_000);
    expect(deployment('aureus-frontend').spec.replicas).toBeLessThan(after);
  });

  test('a rollout that does not progress exceeds its deadline', async () => {
    await patch(`${APPS}/sark-system/deployments/opa`, {
      spec: { progressDeadlineSeconds: 20, template: { spec: { containers: [{ name: 'opa', envFrom: [{ secretRef: { name: 'missing' } }] }] } } },
    });
    await simulator.advance(40_000);
    const status = deployment('opa', 'sark-system').status;
    expect(status.conditions).toContainEqual(expect.objectContaining({ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }));
    expect(status.readyReplicas).toBe(3);
  });

  test('a deleted pod of a stateful set comes back under its name with another uid', async () => {
    const before = simulator.cluster.get('pods', 'sark-system', 'postgres-0')?.metadata.uid;
    await call(simulator, 'DELETE', '/api/v1/namespaces/sark-system/pods/postgres-0');
    await simulator.advance(5_000);
    const after = simulator.cluster.get('pods', 'sark-system', 'postgres-0');
    expect(after).toMatchObject({ status: { phase: 'Running' } });
    expect(after?.metadata.uid).not.toBe(before);
  });

  test('an eviction that the budget forbids is 429', async () => {
    const pods = simulator.cluster.list('pods', 'aureus').filter((pod) => pod.metadata.labels?.['component'] === 'frontend');
    const evict = (name: string): ReturnType<typeof call> =>
      call(simulator, 'POST', `/api/v1/namespaces/aureus/pods/${name}/eviction`, {
        body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name } },
      });
    expect((await evict(pods[0]?.metadata.name ?? '')).status).toBe(201);
    await simulator.advance(200);
    expect(await evict(pods[1]?.metadata.name ?? '')).toMatchObject({ status: 429, json: { reason: 'TooManyRequests' } });
  });

  test('a cron job makes its job when it is due, and the job completes', async () => {
    const spec = {
      schedule: '5 * * * *',
      jobTemplate: {
        spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'kubectl:1', command: ['kubectl', 'patch'] }] } } },
      },
    };
    await call(simulator, 'POST', '/apis/batch/v1/namespaces/aureus/cronjobs', { body: { metadata: { name: 'guard' }, spec } });
    await simulator.advance(4 * 60_000);
    expect(simulator.cluster.list('jobs.batch', 'aureus')).toHaveLength(0);
    await simulator.advance(60_000);
    expect(simulator.cluster.list('jobs.batch', 'aureus')).toMatchObject([{ status: { succeeded: 1 } }]);
  });

  test('what an owner owned goes with it', async () => {
    await call(simulator, 'DELETE', `${APPS}/aureus/deployments/aureus-redis`);
    await simulator.advance(3_000);
    const left = [...simulator.cluster.list('replicasets.apps', 'aureus'), ...simulator.cluster.list('pods', 'aureus')];
    expect(left.filter((each) => each.metadata.labels?.['component'] === 'redis')).toEqual([]);
  });
});

describe('faults and their repairs', () => {
  test('none is active at first', () => expect(simulator.faults.list().filter((fault) => fault.active)).toEqual([]));

  test('frontend-down: a bad release crashes, a restart does not help, the previous template does', async () => {
    const before = simulator.cluster.get('deployments.apps', 'aureus', 'aureus-frontend') as unknown as { spec: { template: object } };
    await simulator.faults.set('frontend-down', true);
    await simulator.advance(20_000);
    expect(deployment('aureus-frontend').status.readyReplicas).toBeUndefined();
    const pod = simulator.cluster.list('pods', 'aureus').find((each) => each.metadata.labels?.['component'] === 'frontend');
    const logs = await call(simulator, 'GET', `/api/v1/namespaces/aureus/pods/${pod?.metadata.name}/log?previous=true&tailLines=1`);
    expect(logs.body).toContain('at loadIndex');
    await restart('aureus-frontend', 'aureus', 'later');
    await simulator.advance(20_000);
    expect(deployment('aureus-frontend').status.readyReplicas).toBeUndefined();
    await patch(
      `${APPS}/aureus/deployments/aureus-frontend`,
      [{ op: 'replace', path: '/spec/template', value: before.spec.template }],
      'application/json-patch+json',
    );
    await simulator.advance(20_000);
    expect(deployment('aureus-frontend').status.readyReplicas).toBe(3);
    expect(active('frontend-down')).toBe(false);
  });

  test('a probe that fails is told once in a period, however often the controllers look', async () => {
    await simulator.faults.set('policy-engine-down', true);
    await simulator.advance(30_000);
    const [failed] = simulator.cluster.list('events', 'aureus').filter((event) => event['reason'] === 'Unhealthy');
    expect(failed?.['count']).toBeGreaterThanOrEqual(2);
    expect(failed?.['count']).toBeLessThanOrEqual(4);
  });

  test('policy-engine-down: a bypass lets queries through and repairs nothing, a restart reloads the policies', async () => {
    const evaluate = (): ReturnType<typeof call> =>
      call(simulator, 'POST', '/api/v1/namespaces/aureus/services/aureus-frontend-internal:5000/proxy/api/policy/evaluate', {
        body: { action: 'query' },
      });
    await simulator.faults.set('policy-engine-down', true);
    await simulator.advance(2_000);
    expect(deployment('aureus-policy-engine').status.readyReplicas).toBeUndefined();
    expect((await evaluate()).status).toBe(503);
    await setEnv([{ name: 'POLICY_BYPASS_MODE', value: 'true' }]);
    await simulator.advance(20_000);
    expect(await evaluate()).toMatchObject({ status: 200, json: { decision: 'allow', bypass: true } });
    await setEnv([{ name: 'POLICY_BYPASS_MODE', $patch: 'delete' }]);
    await simulator.advance(20_000);
    expect((await evaluate()).status).toBe(503);
    expect(active('policy-engine-down')).toBe(true);
    await restart('aureus-frontend', 'aureus', 'reload');
    await simulator.advance(20_000);
    expect((await evaluate()).json).toMatchObject({ decision: 'allow', bypass: false });
  });

  test('rate-limits-false: raised limits let people through', async () => {
    await simulator.faults.set('rate-limits-false', true);
    expect(active('rate-limits-false')).toBe(true);
    await setEnv([
      { name: 'RATE_LIMIT_QUERY', value: '20' },
      { name: 'RATE_LIMIT_DEPLOY', value: '10' },
    ]);
    await simulator.advance(20_000);
    expect(active('rate-limits-false')).toBe(false);
  });

  test('evidence-volume-full: a larger volume has room again', async () => {
    await simulator.faults.set('evidence-volume-full', true);
    expect(active('evidence-volume-full')).toBe(true);
    await patch('/api/v1/namespaces/aureus/persistentvolumeclaims/aureus-evidence-pvc', { spec: { resources: { requests: { storage: '100Gi' } } } });
    await simulator.advance(3_000);
    expect(active('evidence-volume-full')).toBe(false);
  });

  test.each([
    ['opa-down', async () => await patch(`${APPS}/sark-system/deployments/opa/scale`, { spec: { replicas: 5 } }, MERGE)],
    ['latency', async () => await patch(`${APPS}/sark-system/deployments/sark-api/scale`, { spec: { replicas: 10 } }, MERGE)],
    ['database-down', async () => await call(simulator, 'DELETE', '/api/v1/namespaces/sark-system/pods/postgres-0')],
    ['audit-gap', async () => await restart('sark-api', 'sark-system', 'now')],
    [
      'timescale-disk-full',
      async () =>
        await patch('/api/v1/namespaces/sark-system/persistentvolumeclaims/timescaledb-data', {
          spec: { resources: { requests: { storage: '80Gi' } } },
        }),
    ],
    ['frontend-down', async () => await simulator.faults.set('frontend-down', false)],
    ['postgres-connections-exhausted', async () => await call(simulator, 'DELETE', '/api/v1/namespaces/aureus/pods/aureus-postgres-0')],
  ])('%s is repaired', async (id, repair) => {
    await simulator.faults.set(id, true);
    await simulator.advance(15_000);
    expect(active(id)).toBe(true);
    await repair();
    await simulator.advance(30_000);
    expect(active(id)).toBe(false);
  });

  test('compromised-server: the API of the platform sets it inactive, with its own token', async () => {
    await simulator.faults.set('compromised-server', true);
    const url = `${simulator.outsideUrl}/sark-system/sark-api:8000/api/v1`;
    const id = '550e8400-e29b-41d4-a716-446655440000';
    const body = JSON.stringify({ updates: [{ server_id: id, status: 'inactive' }], fail_on_first_error: false });
    const send = (path: string, token: string): Promise<Response> =>
      fetch(`${url}${path}`, { method: 'PATCH', headers: { authorization: `Bearer ${token}` }, body });
    expect((await send('/bulk/servers/status', 'wrong')).status).toBe(401);
    expect((await send(`/servers/${id}`, 'sark-simulated-admin-token')).status).toBe(405);
    expect(active('compromised-server')).toBe(true);
    expect(await (await send('/bulk/servers/status', 'sark-simulated-admin-token')).json()).toMatchObject({ total: 1, succeeded: 1, failed: 0 });
    expect(active('compromised-server')).toBe(false);
  });
});

test('faults can be set from outside', async () => {
  const url = `${simulator.outsideUrl}/sim/faults`;
  const reply = await fetch(url, { method: 'POST', body: JSON.stringify({ id: 'latency', on: true }) });
  expect(await reply.json()).toContainEqual({ id: 'latency', platform: 'sark', title: 'The API is slow: p95 above 200 ms', active: true });
  expect((await fetch(url, { method: 'POST', body: '{"id":"nothing","on":true}' })).status).toBe(404);
});
