import { isReady } from '../api/evict.ts';
import type { Cluster } from '../cluster.ts';
import { safeHash } from '../cluster.ts';
import { canonical, clone, equal } from '../json.ts';
import type { Deployment, Pod, PodTemplate, ReplicaSet } from '../kinds.ts';
import { intOrPercent } from '../quantity.ts';
import { createPod, deletePod, owned, ownedBy, withCondition } from './owned.ts';

const REVISION = 'deployment.kubernetes.io/revision';
const HASH = 'pod-template-hash';

/** What the replica set controller does: as many pods as wanted, the youngest and least ready go first. */
export function reconcileReplicaSets(cluster: Cluster): void {
  for (const set of cluster.store.list<ReplicaSet>('replicasets.apps')) {
    const pods = owned<Pod>(cluster, 'pods', set).filter((pod) => pod.status.phase !== 'Failed' && pod.status.phase !== 'Succeeded');
    const alive = pods.filter((pod) => pod.metadata.deletionTimestamp === undefined);
    for (let missing = set.spec.replicas - alive.length; missing > 0; missing -= 1) {
      const pod = createPod(cluster, set, set.spec.template, `${set.metadata.name}-${cluster.suffix()}`);
      cluster.event({ about: set, reason: 'SuccessfulCreate', message: `Created pod: ${pod.metadata.name}`, component: 'replicaset-controller' });
    }
    const surplus = alive.length - set.spec.replicas;
    if (surplus > 0) {
      for (const pod of alive.toSorted(removalOrder).slice(0, surplus)) {
        deletePod(cluster, pod);
        cluster.event({ about: set, reason: 'SuccessfulDelete', message: `Deleted pod: ${pod.metadata.name}`, component: 'replicaset-controller' });
      }
    }
    const now = owned<Pod>(cluster, 'pods', set).filter((pod) => pod.metadata.deletionTimestamp === undefined);
    const ready = now.filter(isReady).length;
    cluster.store.change<ReplicaSet>('replicasets.apps', set, (draft) => {
      draft.status = {
        replicas: now.length,
        fullyLabeledReplicas: now.length,
        ...(ready === 0 ? {} : { readyReplicas: ready, availableReplicas: ready }),
        observedGeneration: set.metadata.generation ?? 1,
      };
    });
  }
}

function removalOrder(a: Pod, b: Pod): number {
  const rank = (pod: Pod): number => (pod.spec.nodeName === undefined ? 0 : pod.status.phase === 'Pending' ? 1 : isReady(pod) ? 3 : 2);
  const restarts = (pod: Pod): number => (pod.status.containerStatuses ?? []).reduce((sum, each) => sum + each.restartCount, 0);
  return rank(a) - rank(b) || restarts(b) - restarts(a) || b.metadata.creationTimestamp.localeCompare(a.metadata.creationTimestamp);
}

/** What the deployment controller does: one replica set per template, rolling from the old ones to the new. */
export class Deployments {
  readonly #cluster: Cluster;
  /** When each deployment last made progress, in ms, by uid. */
  readonly #progress = new Map<string, number>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  reconcile(): void {
    for (const deployment of this.#cluster.store.list<Deployment>('deployments.apps')) this.#reconcile(deployment);
  }

  #reconcile(deployment: Deployment): void {
    const sets = this.#sets(deployment);
    const current = sets.find((set) => sameTemplate(set.spec.template, deployment.spec.template));
    const paused = deployment.spec.paused === true;
    const chosen = current ?? (paused ? undefined : this.#createSet(deployment, sets));
    if (chosen !== undefined) {
      this.#giveRevision(deployment, chosen, sets);
      const others = this.#sets(deployment).filter((set) => set.metadata.uid !== chosen.metadata.uid);
      this.#roll(deployment, this.#fresh(chosen), others);
    }
    this.#status(deployment, chosen);
    this.#tidy(deployment, chosen);
  }

  #sets(deployment: Deployment): ReplicaSet[] {
    return owned<ReplicaSet>(this.#cluster, 'replicasets.apps', deployment);
  }

  #fresh(set: ReplicaSet): ReplicaSet {
    return this.#cluster.store.get<ReplicaSet>('replicasets.apps', set.metadata.namespace, set.metadata.name) ?? set;
  }

  #createSet(deployment: Deployment, sets: readonly ReplicaSet[]): ReplicaSet {
    const template = clone(deployment.spec.template);
    const hash = safeHash(canonical(template), 10);
    const labels = { ...template.metadata?.labels, [HASH]: hash };
    const others = sets.reduce((sum, set) => sum + set.spec.replicas, 0);
    const { surge } = this.#bounds(deployment);
    const recreate = deployment.spec.strategy.type === 'Recreate';
    const room = Math.max(0, deployment.spec.replicas + surge - others);
    const replicas = recreate && others > 0 ? 0 : others === 0 ? deployment.spec.replicas : Math.min(deployment.spec.replicas, room);
    const made = this.#cluster.create<ReplicaSet>('replicasets.apps', {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name: `${deployment.metadata.name}-${hash}`,
        namespace: deployment.metadata.namespace,
        labels,
        annotations: { ...copied(deployment), ...this.#counts(deployment) },
        ownerReferences: [ownedBy(deployment)],
      },
      spec: {
        replicas,
        selector: { ...deployment.spec.selector, matchLabels: { ...deployment.spec.selector.matchLabels, [HASH]: hash } },
        template: { ...template, metadata: { ...template.metadata, labels } },
      },
      status: { replicas: 0 },
    });
    this.#progressed(deployment);
    if (replicas > 0) this.#scaled(deployment, made, 0, replicas);
    return made;
  }

  #counts(deployment: Deployment): Record<string, string> {
    const { surge } = this.#bounds(deployment);
    return {
      'deployment.kubernetes.io/desired-replicas': String(deployment.spec.replicas),
      'deployment.kubernetes.io/max-replicas': String(deployment.spec.replicas + surge),
    };
  }

  #giveRevision(deployment: Deployment, set: ReplicaSet, sets: readonly ReplicaSet[]): void {
    const highest = Math.max(0, ...sets.filter((each) => each.metadata.uid !== set.metadata.uid).map(revision));
    const own = revision(set);
    const wanted = own > highest ? own : highest + 1;
    this.#cluster.store.change<ReplicaSet>('replicasets.apps', set, (draft) => {
      draft.metadata.annotations = { ...draft.metadata.annotations, ...copied(deployment), ...this.#counts(deployment), [REVISION]: String(wanted) };
    });
    if (deployment.metadata.annotations?.[REVISION] === String(wanted)) return;
    this.#progressed(deployment);
    this.#cluster.store.change<Deployment>('deployments.apps', deployment, (draft) => {
      draft.metadata.annotations = { ...draft.metadata.annotations, [REVISION]: String(wanted) };
    });
  }

  #bounds(deployment: Deployment): { surge: number; unavailable: number } {
    const { strategy, replicas } = deployment.spec;
    if (strategy.type === 'Recreate') return { surge: 0, unavailable: replicas };
    const surge = intOrPercent(strategy.rollingUpdate?.maxSurge, replicas, 'up', 1);
    const unavailable = intOrPercent(strategy.rollingUpdate?.maxUnavailable, replicas, 'down', 0);
    return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
  }

  #roll(deployment: Deployment, fresh: ReplicaSet, old: readonly ReplicaSet[]): void {
    const wanted = deployment.spec.replicas;
    const { surge, unavailable } = this.#bounds(deployment);
    const oldTotal = old.reduce((sum, set) => sum + set.spec.replicas, 0);
    if (fresh.spec.replicas > wanted) return this.#scale(deployment, fresh, wanted);
    if (deployment.spec.strategy.type === 'Recreate') {
      for (const set of old) if (set.spec.replicas > 0) this.#scale(deployment, set, 0);
      const left = old.flatMap((set) => owned<Pod>(this.#cluster, 'pods', set)).length;
      if (oldTotal === 0 && left === 0 && fresh.spec.replicas < wanted) this.#scale(deployment, fresh, wanted);
      return;
    }
    if (deployment.spec.paused === true && oldTotal > 0) return;
    const room = wanted + surge - oldTotal - fresh.spec.replicas;
    const step = Math.min(room, wanted - fresh.spec.replicas);
    if (step > 0) return this.#scale(deployment, fresh, fresh.spec.replicas + step);
    if (oldTotal === 0) return;
    const minAvailable = wanted - unavailable;
    const freshMissing = fresh.spec.replicas - (fresh.status.availableReplicas ?? 0);
    let removable = oldTotal + fresh.spec.replicas - minAvailable - freshMissing;
    const oldest = old.toSorted((a, b) => a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp));
    // Pods of old sets that are not ready serve nobody: they go first.
    for (const set of oldest) {
      const sick = set.spec.replicas - (set.status.availableReplicas ?? 0);
      const count = Math.min(sick, removable);
      if (count <= 0) continue;
      this.#scale(deployment, set, set.spec.replicas - count);
      removable -= count;
    }
    const sets = oldest.map((set) => this.#fresh(set));
    const available = [...sets, fresh].reduce((sum, set) => sum + Math.min(set.spec.replicas, set.status.availableReplicas ?? 0), 0);
    let surplus = Math.min(available - minAvailable, removable);
    for (const set of sets) {
      const count = Math.min(set.spec.replicas, surplus);
      if (count <= 0) continue;
      this.#scale(deployment, set, set.spec.replicas - count);
      surplus -= count;
    }
  }

  #scale(deployment: Deployment, set: ReplicaSet, replicas: number): void {
    const from = set.spec.replicas;
    if (from === replicas) return;
    this.#cluster.store.change<ReplicaSet>('replicasets.apps', set, (draft) => {
      draft.spec.replicas = replicas;
    });
    this.#progressed(deployment);
    this.#scaled(deployment, set, from, replicas);
  }

  #scaled(deployment: Deployment, set: ReplicaSet, from: number, to: number): void {
    const message = `Scaled ${to > from ? 'up' : 'down'} replica set ${set.metadata.name} from ${from} to ${to}`;
    this.#cluster.event({ about: deployment, reason: 'ScalingReplicaSet', message, component: 'deployment-controller' });
  }

  #progressed(deployment: Deployment): void {
    this.#progress.set(deployment.metadata.uid, this.#cluster.clock.now());
  }

  #status(deployment: Deployment, chosen: ReplicaSet | undefined): void {
    const sets = this.#sets(deployment);
    const sum = (of: (set: ReplicaSet) => number | undefined): number => sets.reduce((total, set) => total + (of(set) ?? 0), 0);
    const fresh = chosen === undefined ? undefined : this.#fresh(chosen);
    const wanted = deployment.spec.replicas;
    const replicas = sum((set) => set.status.replicas);
    const available = sum((set) => set.status.availableReplicas);
    const ready = sum((set) => set.status.readyReplicas);
    const updated = fresh?.status.replicas ?? 0;
    const { unavailable } = this.#bounds(deployment);
    const missing = Math.max(0, Math.max(wanted, replicas) - available);
    const before = deployment.status ?? {};
    if (updated !== before.updatedReplicas || available !== (before.availableReplicas ?? 0) || replicas !== before.replicas)
      this.#progressed(deployment);
    const complete = updated === wanted && replicas === wanted && available === wanted && fresh !== undefined;
    const time = this.#cluster.time;
    this.#cluster.store.change<Deployment>('deployments.apps', deployment, (draft) => {
      const enough = available >= wanted - unavailable;
      let conditions = withCondition(
        draft.status?.conditions,
        enough
          ? { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable', message: 'Deployment has minimum availability.' }
          : { type: 'Available', status: 'False', reason: 'MinimumReplicasUnavailable', message: 'Deployment does not have minimum availability.' },
        time,
        true,
      );
      if (fresh !== undefined) conditions = withCondition(conditions, this.#progressing(deployment, fresh, complete), time, true);
      draft.status = {
        observedGeneration: draft.metadata.generation ?? 1,
        ...(replicas === 0 ? {} : { replicas }),
        ...(updated === 0 ? {} : { updatedReplicas: updated }),
        ...(ready === 0 ? {} : { readyReplicas: ready }),
        ...(available === 0 ? {} : { availableReplicas: available }),
        ...(missing === 0 ? {} : { unavailableReplicas: missing }),
        conditions,
      };
    });
  }

  #progressing(deployment: Deployment, fresh: ReplicaSet, complete: boolean): { type: string; status: string; reason: string; message: string } {
    const type = 'Progressing';
    const name = `ReplicaSet "${fresh.metadata.name}"`;
    const known = deployment.status?.conditions?.find((each) => each.type === type);
    if (complete) return { type, status: 'True', reason: 'NewReplicaSetAvailable', message: `${name} has successfully progressed.` };
    // A rollout that was complete stays so when pods merely fail later.
    if (known?.reason === 'NewReplicaSetAvailable' && known.message?.startsWith(name) === true && fresh.spec.replicas === deployment.spec.replicas)
      return { type, status: 'True', reason: 'NewReplicaSetAvailable', message: known.message };
    const since = this.#cluster.clock.now() - (this.#progress.get(deployment.metadata.uid) ?? this.#cluster.clock.now());
    if (since > deployment.spec.progressDeadlineSeconds * 1000)
      return { type, status: 'False', reason: 'ProgressDeadlineExceeded', message: `${name} has timed out progressing.` };
    return { type, status: 'True', reason: 'ReplicaSetUpdated', message: `${name} is progressing.` };
  }

  #tidy(deployment: Deployment, chosen: ReplicaSet | undefined): void {
    const idle = this.#sets(deployment)
      .filter((set) => set.metadata.uid !== chosen?.metadata.uid && set.spec.replicas === 0 && (set.status.replicas ?? 0) === 0)
      .sort((a, b) => revision(a) - revision(b));
    for (const set of idle.slice(0, Math.max(0, idle.length - deployment.spec.revisionHistoryLimit)))
      this.#cluster.store.remove('replicasets.apps', set);
  }
}

function revision(set: ReplicaSet): number {
  return Number(set.metadata.annotations?.[REVISION] ?? 0);
}

/** Annotations of a deployment that its replica sets carry too. */
function copied(deployment: Deployment): Record<string, string> {
  const skipped = ['kubectl.kubernetes.io/last-applied-configuration', REVISION];
  return Object.fromEntries(Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) => !skipped.includes(key)));
}

function sameTemplate(a: PodTemplate, b: PodTemplate): boolean {
  const bare = (template: PodTemplate): PodTemplate => {
    const copy = clone(template);
    if (copy.metadata?.labels !== undefined) delete copy.metadata.labels[HASH];
    return copy;
  };
  return equal(bare(a), bare(b));
}
