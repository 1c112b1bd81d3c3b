import { startKubernetesSimulator } from '../../../simulators/kubernetes/index.ts';
import { createCluster } from '../../../src/adapters/kubernetes/index.ts';
import { describeK8sActions } from './suite.ts';

describeK8sActions(async () => {
  const simulator = await startKubernetesSimulator({ seed: [] });
  // Twenty times as fast as a clock on the wall, so that rollouts take no seconds.
  const faster = setInterval(() => void simulator.advance(1000), 50);
  return {
    cluster: (namespace) => createCluster({ kubeconfig: { text: simulator.kubeconfig('admin') }, namespace }),
    powerless: (namespace) => createCluster({ kubeconfig: { text: simulator.kubeconfig('tocsin') }, namespace }),
    subject: { kind: 'ServiceAccount', name: 'tocsin', namespace: 'tocsin' },
    stop: () => {
      clearInterval(faster);
      return simulator.stop();
    },
  };
});
