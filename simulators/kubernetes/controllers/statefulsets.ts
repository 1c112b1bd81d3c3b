import { isReady } from '../api/evict.ts';
import { type Cluster, safeHash } from '../cluster.ts';
import { canonical, clone } from '../json.ts';
import type { Claim, KubeObject, Pod, StatefulSet } from '../kinds.ts';
import { createPod, deletePod, owned, ownedBy } from './owned.ts';

const HASH = 'controller-revision-hash';

interface Revision extends KubeObject {
  revision: number;
  data: unknown;
}

/** What the stateful set controller does: ordinals in order, one at a time, updates from the highest down. */
export function reconcileStatefulSets(cluster: Cluster): void {
  for (const set of cluster.store.list<StatefulSet>('statefulsets.apps')) {
    const revision = currentRevision(cluster, set);
    const pods = owned<Pod>(cluster, 'pods', set);
    const at = (ordinal: number): Pod | undefined => pods.find((pod) => pod.metadata.name === `${set.metadata.name}-${ordinal}`);
    step(cluster, set, revision, pods, at);
    status(cluster, set, revision);
  }
}

function step(cluster: Cluster, set: StatefulSet, revision: string, pods: readonly Pod[], at: (ordinal: number) => Pod | undefined): void {
  const parallel = set.spec.podManagementPolicy === 'Parallel';
  for (let ordinal = 0; ordinal < set.spec.replicas; ordinal += 1) {
    const pod = at(ordinal);
    if (pod === undefined) {
      createOrdinal(cluster, set, ordinal, revision);
      if (!parallel) return;
    } else if (!isReady(pod) && !parallel && pod.metadata.labels?.[HASH] === revision) return;
  }
  const surplus = pods.filter((pod) => ordinalOf(pod) >= set.spec.replicas).sort((a, b) => ordinalOf(b) - ordinalOf(a));
  const last = surplus[0];
  if (last !== undefined) {
    deletePod(cluster, last);
    return;
  }
  if (set.spec.updateStrategy?.type === 'OnDelete') return;
  const partition = set.spec.updateStrategy?.rollingUpdate?.partition ?? 0;
  for (let ordinal = set.spec.replicas - 1; ordinal >= partition; ordinal -= 1) {
    const pod = at(ordinal);
    if (pod === undefined) return;
    if (pod.metadata.labels?.[HASH] !== revision) {
      deletePod(cluster, pod);
      return;
    }
    if (!isReady(pod)) return;
  }
}

function ordinalOf(pod: Pod): number {
  return Number(pod.metadata.name.slice(pod.metadata.name.lastIndexOf('-') + 1));
}

function createOrdinal(cluster: Cluster, set: StatefulSet, ordinal: number, revision: string): void {
  const name = `${set.metadata.name}-${ordinal}`;
  const claims = (set.spec.volumeClaimTemplates ?? []).map((template) => ({ template, claim: `${template.metadata.name}-${name}` }));
  for (const { template, claim } of claims) {
    if (cluster.store.get<Claim>('persistentvolumeclaims', set.metadata.namespace, claim) !== undefined) continue;
    cluster.create('persistentvolumeclaims', {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: {
        name: claim,
        namespace: set.metadata.namespace,
        labels: { ...set.spec.selector.matchLabels },
        finalizers: ['kubernetes.io/pvc-protection'],
      },
      spec: clone(template.spec),
      status: { phase: 'Pending' },
    });
  }
  const volumes = [
    ...(set.spec.template.spec.volumes ?? []),
    ...claims.map(({ template, claim }) => ({ name: template.metadata.name, persistentVolumeClaim: { claimName: claim } })),
  ];
  const labels = { [HASH]: revision, 'statefulset.kubernetes.io/pod-name': name, 'apps.kubernetes.io/pod-index': String(ordinal) };
  const template = { ...set.spec.template, spec: { ...set.spec.template.spec, ...(volumes.length === 0 ? {} : { volumes }) } };
  createPod(cluster, set, template, name, labels);
  cluster.event({
    about: set,
    reason: 'SuccessfulCreate',
    message: `create Pod ${name} in StatefulSet ${set.metadata.name} successful`,
    component: 'statefulset-controller',
  });
}

function currentRevision(cluster: Cluster, set: StatefulSet): string {
  const hash = safeHash(canonical(set.spec.template), 10);
  const name = `${set.metadata.name}-${hash}`;
  const revisions = owned<Revision>(cluster, 'controllerrevisions.apps', set);
  const highest = Math.max(0, ...revisions.map((each) => each.revision));
  const known = revisions.find((each) => each.metadata.name === name);
  if (known === undefined) {
    cluster.create('controllerrevisions.apps', {
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata: {
        name,
        namespace: set.metadata.namespace,
        labels: { ...set.spec.selector.matchLabels, [HASH]: hash },
        ownerReferences: [ownedBy(set)],
      },
      data: { spec: { template: { ...set.spec.template, $patch: 'replace' } } },
      revision: highest + 1,
    });
  } else if (known.revision < highest) {
    cluster.store.change<Revision>('controllerrevisions.apps', known, (draft) => {
      draft.revision = highest + 1;
    });
  }
  return name;
}

function status(cluster: Cluster, set: StatefulSet, revision: string): void {
  const pods = owned<Pod>(cluster, 'pods', set).filter((pod) => pod.metadata.deletionTimestamp === undefined);
  const updated = pods.filter((pod) => pod.metadata.labels?.[HASH] === revision).length;
  const ready = pods.filter(isReady).length;
  cluster.store.change<StatefulSet>('statefulsets.apps', set, (draft) => {
    const settled = updated === draft.spec.replicas && ready === draft.spec.replicas;
    const current = settled ? revision : (draft.status?.currentRevision ?? revision);
    draft.status = {
      observedGeneration: draft.metadata.generation ?? 1,
      replicas: pods.length,
      readyReplicas: ready,
      availableReplicas: ready,
      currentReplicas: settled ? updated : pods.length - updated,
      updatedReplicas: updated,
      currentRevision: current,
      updateRevision: revision,
      collisionCount: 0,
    };
  });
}
