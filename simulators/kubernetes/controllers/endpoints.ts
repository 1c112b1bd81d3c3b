import type { Cluster } from '../cluster.ts';
import { equal } from '../json.ts';
import type { KubeObject, Pod, Service } from '../kinds.ts';

const RESOURCE = 'endpointslices.discovery.k8s.io';

/** One EndpointSlice for each service with a selector: the pods behind it, ready or not. */
export function reconcileEndpoints(cluster: Cluster): void {
  for (const service of cluster.store.list<Service>('services')) {
    const selector = Object.entries(service.spec.selector ?? {});
    if (selector.length === 0) continue;
    const { namespace, name, uid } = service.metadata;
    const pods = cluster.store.list<Pod>('pods', namespace);
    const endpoints = pods
      .filter((pod) => pod.status.podIP !== undefined && selector.every(([key, value]) => pod.metadata.labels?.[key] === value))
      .map(endpointOf);
    const ports = (service.spec.ports ?? []).map((port) => ({
      ...(port.name === undefined ? {} : { name: port.name }),
      port: port.port,
      protocol: port.protocol ?? 'TCP',
    }));
    const slice = `${name}-slice`;
    const current = cluster.store.get<KubeObject>(RESOURCE, namespace, slice);
    if (current === undefined) {
      cluster.create(RESOURCE, {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: {
          name: slice,
          ...(namespace === undefined ? {} : { namespace }),
          labels: { 'kubernetes.io/service-name': name },
          ownerReferences: [{ apiVersion: 'v1', kind: 'Service', name, uid, controller: true, blockOwnerDeletion: true }],
        },
        addressType: 'IPv4',
        endpoints,
        ports,
      });
    } else if (!equal(current['endpoints'], endpoints) || !equal(current['ports'], ports)) {
      cluster.store.change<KubeObject>(RESOURCE, current, (draft) => {
        draft['endpoints'] = endpoints;
        draft['ports'] = ports;
      });
    }
  }
}

function endpointOf(pod: Pod): object {
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const serving = pod.status.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') === true;
  return {
    addresses: [pod.status.podIP],
    conditions: { ready: serving && !terminating, serving, terminating },
    nodeName: pod.spec.nodeName,
    targetRef: { kind: 'Pod', namespace: pod.metadata.namespace, name: pod.metadata.name, uid: pod.metadata.uid },
  };
}
