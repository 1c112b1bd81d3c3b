import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type KubernetesSimulator, startKubernetesSimulator } from '../../../simulators/kubernetes/index.ts';
import { createCluster } from '../../../src/adapters/kubernetes/index.ts';
import type { Cluster } from '../../../src/ports/cluster.ts';
import { losingAnswers } from '../../actions/helpers/clusters.ts';
import { step, testContext } from '../../actions/helpers/context.ts';
import { k8sPauseRollout } from './pause-rollout.ts';

describe('k8s.pause-rollout', () => {
  const pausing = step(k8sPauseRollout, { target: 'frontend' });
  let simulator: KubernetesSimulator;
  let cluster: Cluster;

  beforeAll(async () => {
    simulator = await startKubernetesSimulator();
    cluster = createCluster({ kubeconfig: { text: simulator.kubeconfig('admin') }, namespace: 'aureus' });
  });
  afterAll(() => simulator.stop());
  beforeEach(() => set(false));

  const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'aureus-frontend' } as const;
  const set = (paused: boolean) => cluster.patch(deployment, { type: 'merge', body: { spec: { paused } } });
  const isPaused = async () => ((await cluster.get(deployment)) as unknown as { spec: { paused?: boolean } }).spec.paused === true;
  const context = (over = cluster) => testContext({ targets: { frontend: { deployment: 'aureus-frontend' } }, cluster: () => over });

  test('a plan shows the difference and changes nothing', async () => {
    const plan = await pausing.plan(context());
    expect(plan).toMatchObject({ changes: true, diff: '- paused: false\n+ paused: true', snapshot: { paused: false } });
    expect(await isPaused()).toBe(false);
  });

  test('it is applied once, however often it is tried and whatever answer is lost', async () => {
    const plan = await pausing.plan(context());
    expect(await pausing.apply(plan, context(losingAnswers(cluster)))).toEqual({ object: 'deployment/aureus-frontend', already: false });
    expect(await pausing.apply(plan, context())).toMatchObject({ already: true });
    expect(await isPaused()).toBe(true);
  });

  test('a revert puts back what was there, and a second one finds it done', async () => {
    const plan = await pausing.plan(context());
    await pausing.apply(plan, context());
    expect(await pausing.revert(plan, context())).toMatchObject({ kind: 'reverted' });
    expect(await pausing.revert(plan, context())).toMatchObject({ kind: 'already' });
    expect(await isPaused()).toBe(false);
  });

  test('a deployment of the same name that is another one is not touched unless a person says so', async () => {
    const plan = await pausing.plan(context());
    await pausing.apply(plan, context());
    const other = { ...plan, touches: plan.touches.map((touch) => ({ ...touch, uid: 'another' })) };
    expect(await pausing.revert(other, context())).toMatchObject({ kind: 'conflict' });
    expect(await isPaused()).toBe(true);
    expect(await pausing.revert(other, context(), true)).toMatchObject({ kind: 'reverted' });
  });

  test('what is paused already is no change', async () => {
    await set(true);
    expect(await pausing.plan(context())).toMatchObject({ changes: false });
  });
});
