export { createCluster, type Kubernetes, openKubernetes } from './open.ts';
