import { createCluster } from '../../../src/adapters/kubernetes/index.ts';
import { startCluster } from '../../helpers/kubernetes/cluster.ts';
import type { K8sEnvironment } from './suite.ts';

/** A real API server with its controllers, for `describeK8sActions` in the conformance run. */
export async function startRealEnvironment(): Promise<K8sEnvironment> {
  const real = await startCluster();
  return {
    cluster: (namespace) => createCluster({ kubeconfig: { file: real.kubeconfig('admin') }, namespace }),
    powerless: (namespace) => createCluster({ kubeconfig: { file: real.kubeconfig('nobody') }, namespace }),
    subject: { kind: 'User', name: 'nobody', apiGroup: 'rbac.authorization.k8s.io' },
    stop: () => real.stop(),
  };
}
