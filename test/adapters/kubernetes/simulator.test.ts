import { startKubernetesSimulator } from '../../../simulators/kubernetes/index.ts';
import { createCluster } from '../../../src/adapters/kubernetes/index.ts';
import { describeAdapter } from './suite.ts';

describeAdapter(async () => {
  const simulator = await startKubernetesSimulator({ seed: 'aureus' });
  const cluster = createCluster({ kubeconfig: { text: simulator.kubeconfig('admin') }, namespace: 'aureus' });
  return {
    cluster,
    powerless: createCluster({ kubeconfig: { text: simulator.kubeconfig('tocsin') }, namespace: 'aureus' }),
    pod: async () => {
      const [pod] = await cluster.list({ apiVersion: 'v1', kind: 'Pod' }, { labelSelector: 'app=aureus,component=frontend' });
      return { name: pod?.metadata.name ?? '', container: 'frontend' };
    },
    stop: () => simulator.stop(),
  };
});
