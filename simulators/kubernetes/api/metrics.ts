import type { Cluster } from '../cluster.ts';
import type { Machine } from '../containers/machine.ts';
import type { KubeObject, Pod } from '../kinds.ts';
import { matcher } from './read.ts';
import { type Answer, ok, type ResourceRequest } from './request.ts';
import { notFound } from './status.ts';

const MIB = 2 ** 20;

function podMetrics(cluster: Cluster, machine: Machine, pod: Pod): KubeObject {
  return {
    kind: 'PodMetrics',
    apiVersion: 'metrics.k8s.io/v1beta1',
    metadata: pick(pod),
    timestamp: cluster.time,
    window: '15s',
    containers: pod.spec.containers.map((container) => {
      const { cpu, memory } = machine.usage(pod, container);
      return { name: container.name, usage: { cpu: `${Math.round(cpu * 1_000_000)}n`, memory: `${Math.round(memory / 1024)}Ki` } };
    }),
  };
}

function pick(object: KubeObject): KubeObject['metadata'] {
  const { name, namespace, creationTimestamp, labels = {} } = object.metadata;
  return { name, namespace, creationTimestamp, labels, uid: '', resourceVersion: '' };
}

function clean(metrics: KubeObject): object {
  const { uid: _uid, resourceVersion: _version, ...metadata } = metrics.metadata;
  return { ...metrics, metadata };
}

/** Answers metrics.k8s.io: what metrics-server knows of running pods and of nodes. @throws ApiError 404 */
export function metrics(cluster: Cluster, machine: Machine, request: ResourceRequest): Answer {
  const { type, namespace, name } = request;
  const running = cluster.store
    .list<Pod>('pods', namespace === '' ? undefined : namespace)
    .filter((pod) => pod.status.phase === 'Running' && pod.spec.containers.some((container) => machine.instance(pod, container.name) !== undefined));
  const all = type.plural === 'pods' ? running.map((pod) => podMetrics(cluster, machine, pod)) : nodeMetrics(cluster, machine);
  if (name !== '') {
    const found = all.find((each) => each.metadata.name === name);
    if (found === undefined) throw notFound({ group: type.group, plural: type.plural }, namespace === '' ? name : `${namespace}/${name}`);
    return ok(clean(found));
  }
  const matches = matcher(request.query, type);
  return ok({ kind: `${type.kind}List`, apiVersion: 'metrics.k8s.io/v1beta1', metadata: {}, items: all.filter(matches).map(clean) });
}

function nodeMetrics(cluster: Cluster, machine: Machine): KubeObject[] {
  const pods = cluster.store.list<Pod>('pods');
  return cluster.store.list('nodes').map((node) => {
    const used = pods
      .filter((pod) => pod.spec.nodeName === node.metadata.name)
      .flatMap((pod) => pod.spec.containers.map((container) => machine.usage(pod, container)));
    const cpu = 180 + used.reduce((sum, each) => sum + each.cpu, 0);
    const memory = 900 * MIB + used.reduce((sum, each) => sum + each.memory, 0);
    return {
      kind: 'NodeMetrics',
      apiVersion: 'metrics.k8s.io/v1beta1',
      metadata: pick(node),
      timestamp: cluster.time,
      window: '20s',
      usage: { cpu: `${Math.round(cpu * 1_000_000)}n`, memory: `${Math.round(memory / 1024)}Ki` },
    };
  });
}

/** The kubelet's summary, through `nodes/{name}/proxy/stats/summary`: where the use of volumes can be read. */
export function statsSummary(cluster: Cluster, machine: Machine, node: string): object {
  const pods = cluster.store.list<Pod>('pods').filter((pod) => pod.spec.nodeName === node && pod.status.phase === 'Running');
  return {
    node: { nodeName: node, startTime: cluster.time },
    pods: pods.map((pod) => ({
      podRef: { name: pod.metadata.name, namespace: pod.metadata.namespace, uid: pod.metadata.uid },
      startTime: pod.status.startTime,
      containers: pod.spec.containers.map((container) => {
        const { cpu, memory } = machine.usage(pod, container);
        return { name: container.name, cpu: { usageNanoCores: Math.round(cpu * 1e6) }, memory: { workingSetBytes: Math.round(memory) } };
      }),
      volume: (pod.spec.volumes ?? []).flatMap((volume) => {
        const claim = volume.persistentVolumeClaim?.claimName;
        if (claim === undefined) return [];
        const disk = machine.volume(pod.metadata.namespace ?? '', claim);
        const figures = {
          time: cluster.time,
          capacityBytes: disk.capacity(),
          usedBytes: disk.used,
          availableBytes: disk.free,
          inodes: 3_276_800,
          inodesUsed: disk.files.size + disk.directories.size,
          inodesFree: 3_276_800 - disk.files.size - disk.directories.size,
        };
        return [{ ...figures, name: volume.name, pvcRef: { name: claim, namespace: pod.metadata.namespace } }];
      }),
    })),
  };
}
