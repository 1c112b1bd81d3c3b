import { createCluster } from '../../../src/adapters/kubernetes/index.ts';
import { startCluster } from '../../helpers/kubernetes/cluster.ts';
import type { AdapterEnvironment } from './suite.ts';

const NAMESPACE = 'adapter-suite';

/** A real API server, for `describeAdapter` in the conformance run. */
export async function startRealAdapterEnvironment(): Promise<AdapterEnvironment> {
  const real = await startCluster();
  const cluster = createCluster({ kubeconfig: { file: real.kubeconfig('admin') }, namespace: NAMESPACE });
  await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  real.container({ namespace: NAMESPACE }).say(['first', 'second', 'third', 'fourth']);
  await cluster.create({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: NAMESPACE },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'main', image: 'registry.test/web:1' }] } },
    },
  });
  const ready = await cluster.watch(
    { apiVersion: 'apps/v1', kind: 'Deployment' },
    {},
    (objects) => objects.some((object) => (object['status'] as { readyReplicas?: number } | undefined)?.readyReplicas === 1),
    40_000,
  );
  if (!ready) throw new Error('the pod did not get ready');
  return {
    cluster,
    powerless: createCluster({ kubeconfig: { file: real.kubeconfig('nobody') }, namespace: NAMESPACE }),
    pod: async () => {
      const [pod] = await cluster.list({ apiVersion: 'v1', kind: 'Pod' }, { labelSelector: 'app=web' });
      return { name: pod?.metadata.name ?? '', container: 'main' };
    },
    stop: () => real.stop(),
  };
}
