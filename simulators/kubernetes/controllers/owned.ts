import { removeObject } from '../api/remove.ts';
import { groupResource } from '../api/status.ts';
import type { Cluster } from '../cluster.ts';
import { clone } from '../json.ts';
import type { Condition, KubeObject, OwnerReference, Pod, PodTemplate } from '../kinds.ts';

export function ownerOf(object: KubeObject): OwnerReference | undefined {
  return (object.metadata.ownerReferences ?? []).find((reference) => reference.controller === true);
}

export function ownedBy(owner: KubeObject): OwnerReference {
  const { name, uid } = owner.metadata;
  return { apiVersion: owner.apiVersion, kind: owner.kind, name, uid, controller: true, blockOwnerDeletion: true };
}

export function owned<T extends KubeObject>(cluster: Cluster, resource: string, owner: KubeObject): T[] {
  return cluster.store.list<T>(resource, owner.metadata.namespace).filter((each) => ownerOf(each)?.uid === owner.metadata.uid);
}

/** Makes a pod of a template. */
export function createPod(cluster: Cluster, owner: KubeObject, template: PodTemplate, name: string, labels: Record<string, string> = {}): Pod {
  const { labels: own = {}, annotations } = template.metadata ?? {};
  const generated = name.startsWith(`${owner.metadata.name}-`) && owner.kind !== 'StatefulSet';
  return cluster.create<Pod>('pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      ...(generated ? { generateName: `${owner.metadata.name}-` } : {}),
      namespace: owner.metadata.namespace,
      labels: { ...own, ...labels },
      ...(annotations === undefined || Object.keys(annotations).length === 0 ? {} : { annotations: { ...annotations } }),
      ownerReferences: [ownedBy(owner)],
    },
    spec: clone(template.spec),
    status: { phase: 'Pending', qosClass: 'Burstable' },
  });
}

/** Deletes a pod as a controller does: with its own grace period. */
export function deletePod(cluster: Cluster, pod: Pod): void {
  if (pod.metadata.deletionTimestamp !== undefined) return;
  removeObject(cluster, cluster.types.named('pods'), pod, { graceSeconds: undefined, policy: 'Background', dryRun: false });
}

/** Sets a condition; its transition time changes only with its status. */
export function withCondition(conditions: readonly Condition[] | undefined, next: Condition, time: string, updates = false): Condition[] {
  const all = conditions ?? [];
  const known = all.find((each) => each.type === next.type);
  const same = known !== undefined && known.status === next.status && known.reason === next.reason && known.message === next.message;
  if (same) return [...all];
  const made: Condition = {
    ...next,
    lastTransitionTime: known?.status === next.status ? (known.lastTransitionTime ?? time) : time,
    ...(updates ? { lastUpdateTime: time } : {}),
  };
  return known === undefined ? [...all, made] : all.map((each) => (each.type === next.type ? made : each));
}

/** Removes what belonged to an owner that is gone, until nothing is left to remove. */
export function collectGarbage(cluster: Cluster): void {
  const alive = new Set<string>();
  const resources = cluster.types.all().filter((type) => type.group !== 'metrics.k8s.io');
  for (const type of resources) for (const object of cluster.store.list(groupResource(type))) alive.add(object.metadata.uid);
  for (const type of resources) {
    for (const object of cluster.store.list(groupResource(type))) {
      const owners = object.metadata.ownerReferences ?? [];
      if (owners.length === 0 || owners.some((owner) => alive.has(owner.uid))) continue;
      if (type.plural === 'pods') deletePod(cluster, object as Pod);
      else removeObject(cluster, type, object, { graceSeconds: undefined, policy: 'Background', dryRun: false });
    }
  }
  for (const type of resources) {
    if (!type.namespaced) continue;
    for (const object of cluster.store.list(groupResource(type))) {
      if (cluster.store.get('namespaces', undefined, object.metadata.namespace ?? '') === undefined)
        cluster.store.remove(groupResource(type), object);
    }
  }
}
