import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type KubernetesSimulator, startKubernetesSimulator } from '../../../simulators/kubernetes/index.ts';
import { actionNamed } from '../../../src/actions/registry.ts';
import { type Kubernetes, openKubernetes } from '../../../src/adapters/kubernetes/index.ts';
import { read, step, type TestContext, testContext } from '../helpers/context.ts';

/** What the read actions see of a platform in trouble: logs, metrics and volumes have content here. */
describe('a platform in trouble', () => {
  let simulator: KubernetesSimulator;
  let kubernetes: Kubernetes;

  beforeAll(async () => {
    simulator = await startKubernetesSimulator({ ticking: false });
    kubernetes = openKubernetes({ kubeconfig: { text: simulator.kubeconfig('admin') } });
    for (const fault of ['frontend-down', 'evidence-volume-full', 'latency', 'opa-corrupt']) await simulator.faults.set(fault, true);
    await simulator.advance(120_000);
  });
  afterAll(async () => {
    kubernetes.close();
    await simulator.stop();
  });

  function context(namespace: string): TestContext {
    return testContext({
      cluster: (named) => kubernetes.cluster(named ?? namespace),
      now: () => simulator.cluster.now(),
      targets: {
        frontend: { deployment: 'aureus-frontend', selector: 'app=aureus,component=frontend', container: 'frontend' },
        evidence: { pvc: 'aureus-evidence-pvc' },
        'sark-api': { deployment: 'sark-api' },
        opa: { deployment: 'opa' },
      },
    });
  }

  test('pods that crash, said once for all of them', async () => {
    const { output, summary } = await read(actionNamed('k8s.pods'), { target: 'frontend' }, context('aureus'));
    expect(output).toMatchObject({ found: true, desired: 3, ready: 0 });
    expect(output['problems']).toHaveLength(3);
    expect(summary).toContain('3 pods: frontend CrashLoopBackOff (Error, exit code 1)');
  });

  test('a rollout that waiting does not help', async () => {
    const { output } = await read(actionNamed('k8s.rollout-status'), { target: 'frontend' }, context('aureus'));
    expect(output).toMatchObject({ complete: false, stuck: true });
  });

  test('warnings among the events', async () => {
    const { output } = await read(actionNamed('k8s.events'), { target: 'frontend', since: '10m' }, context('aureus'));
    expect((output['events'] as { reason: string }[]).map((event) => event.reason)).toContain('BackOff');
    expect(output['warnings']).toBeGreaterThan(0);
  });

  test('the last words of the containers before', async () => {
    const { output, text } = await read(actionNamed('k8s.logs'), { target: 'frontend', previous: true, match: 'fatal' }, context('aureus'));
    expect(output).toMatchObject({ pods: 3, matched: 3 });
    expect(text?.content).toMatch(/aureus-frontend-\S+\/frontend .*"level":"fatal"/);
  });

  test('slow queries, the slowest first', async () => {
    const asked = { target: 'sark-api', tail: 500, match: 'slow_query', rank: 'duration_ms' };
    const { output, table } = await read(actionNamed('k8s.logs'), asked, context('sark-system'));
    const top = (output['top'] as { ms: number; line: string }[]).map((one) => one.ms);
    expect(top).toHaveLength(10);
    expect(top).toEqual([...top].sort((one, other) => other - one));
    expect(top[0]).toBeGreaterThan(200);
    expect(table?.columns).toEqual(['ms', 'Line']);
  });

  test('pods above a share of their limits', async () => {
    const { output } = await read(actionNamed('k8s.metrics'), { target: 'sark-api', cpu_above: '50%', memory_above: '99%' }, context('sark-system'));
    expect(output['available']).toBe(true);
    expect(output['high']).toHaveLength(3);
    expect(JSON.stringify(output['high'])).toContain('CPU');
  });

  test('a volume that is full, and that its class can expand it', async () => {
    const { output } = await read(actionNamed('k8s.volumes'), { target: 'evidence' }, context('aureus'));
    expect(output['full']).toEqual(['aureus-evidence-pvc']);
    expect(output['claims']).toMatchObject([{ capacity_bytes: 50 * 1024 ** 3, expandable: true, class: 'fast' }]);
  });

  test('pool settings that come out of a ConfigMap by envFrom', async () => {
    const { output } = await read(actionNamed('k8s.env'), { target: 'sark-api', match: 'POOL' }, context('sark-system'));
    expect(output['variables']).toContainEqual({ name: 'POSTGRES_POOL_SIZE', value: '20', from: 'configmap/sark-config' });
  });

  test('going back from a bad policy names what is mounted then and not restored', async () => {
    const planned = await step(actionNamed('k8s.rollout-undo'), { target: 'opa' }).plan(context('sark-system'));
    expect(planned.notes.join(' ')).toContain('It does not restore the content of configmap/opa-policies.');
  });
});
