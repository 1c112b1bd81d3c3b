export { createCluster, type Kubernetes, openKubernetes } from './cluster.ts';
