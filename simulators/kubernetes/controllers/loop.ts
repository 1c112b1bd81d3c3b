import type { Cluster } from '../cluster.ts';
import type { Machine } from '../containers/machine.ts';
import type { Service } from '../kinds.ts';
import { Autoscaling } from './autoscaling.ts';
import { Claims } from './claims.ts';
import { Deployments, reconcileReplicaSets } from './deployments.ts';
import { reconcileEndpoints } from './endpoints.ts';
import { reconcileCronJobs, reconcileJobs } from './jobs.ts';
import { Kubelet } from './kubelet.ts';
import { collectGarbage } from './owned.ts';
import { reconcileStatefulSets } from './statefulsets.ts';

/** All controllers, one after the other, in a fixed order: the same times give the same cluster. */
export class ControlLoop {
  readonly #steps: readonly (() => void)[];
  #collected = -1;

  constructor(cluster: Cluster, machine: Machine) {
    const deployments = new Deployments(cluster);
    const autoscaling = new Autoscaling(cluster, machine);
    const claims = new Claims(cluster);
    const kubelet = new Kubelet(cluster, machine);
    this.#steps = [
      () => claims.reconcile(),
      () => autoscaling.reconcile(),
      () => reconcileCronJobs(cluster),
      () => reconcileJobs(cluster),
      () => deployments.reconcile(),
      () => reconcileReplicaSets(cluster),
      () => reconcileStatefulSets(cluster),
      () => giveAddresses(cluster),
      () => kubelet.tick(),
      () => reconcileEndpoints(cluster),
      () => this.#collect(cluster),
      () => cluster.expireEvents(),
    ];
  }

  tick(): void {
    for (const step of this.#steps) step();
  }

  /** Looks for orphans when something has gone since the last look. */
  #collect(cluster: Cluster): void {
    if (cluster.store.removals === this.#collected) return;
    this.#collected = cluster.store.removals;
    collectGarbage(cluster);
  }
}

let addresses = 0;

function giveAddresses(cluster: Cluster): void {
  for (const service of cluster.store.list<Service>('services')) {
    if (service.spec.clusterIP !== undefined || service.spec.type === 'ExternalName') continue;
    addresses = (addresses + 1) % 60_000;
    const clusterIP = `10.96.${Math.floor(addresses / 250)}.${(addresses % 250) + 1}`;
    cluster.store.change<Service>('services', service, (draft) => {
      draft.spec.clusterIP = clusterIP;
    });
  }
}
