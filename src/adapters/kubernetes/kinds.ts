import type { Kind } from '../../ports/cluster.ts';

/** Where a kind lives in the API. */
export interface Resource {
  /** `''` for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

const NAMESPACED: Readonly<Record<string, readonly string[]>> = {
  v1: ['Pod', 'Service', 'ConfigMap', 'Secret', 'PersistentVolumeClaim', 'Event', 'ServiceAccount', 'Endpoints', 'ResourceQuota'],
  'apps/v1': ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'ControllerRevision'],
  'autoscaling/v2': ['HorizontalPodAutoscaler'],
  'policy/v1': ['PodDisruptionBudget'],
  'batch/v1': ['Job', 'CronJob'],
  'networking.k8s.io/v1': ['NetworkPolicy', 'Ingress'],
  'discovery.k8s.io/v1': ['EndpointSlice'],
  'rbac.authorization.k8s.io/v1': ['Role', 'RoleBinding'],
};

const CLUSTER_WIDE: Readonly<Record<string, readonly string[]>> = {
  v1: ['Node', 'Namespace', 'PersistentVolume'],
  'storage.k8s.io/v1': ['StorageClass'],
  'rbac.authorization.k8s.io/v1': ['ClusterRole', 'ClusterRoleBinding'],
  'apiextensions.k8s.io/v1': ['CustomResourceDefinition'],
};

const IRREGULAR: Readonly<Record<string, string>> = {
  Endpoints: 'endpoints',
  Ingress: 'ingresses',
  NetworkPolicy: 'networkpolicies',
  StorageClass: 'storageclasses',
};

/** Kinds of the API itself, whose resources never change; anything else is discovered. */
export function knownResource(kind: Kind): Resource | null {
  const namespaced = NAMESPACED[kind.apiVersion]?.includes(kind.kind) ?? false;
  if (!namespaced && !(CLUSTER_WIDE[kind.apiVersion]?.includes(kind.kind) ?? false)) return null;
  return { ...groupVersion(kind.apiVersion), plural: IRREGULAR[kind.kind] ?? `${kind.kind.toLowerCase()}s`, namespaced };
}

/** A kind out of the answer of `/apis/GROUP/VERSION`, or `null` when the group has none of that name. */
export function discovered(kind: Kind, list: unknown): Resource | null {
  const resources =
    typeof list === 'object' && list !== null && 'resources' in list && Array.isArray(list.resources) ? (list.resources as unknown[]) : [];
  for (const entry of resources) {
    if (typeof entry !== 'object' || entry === null) continue;
    const { name, kind: named, namespaced } = entry as Record<string, unknown>;
    if (named !== kind.kind || typeof name !== 'string' || name.includes('/')) continue;
    return { ...groupVersion(kind.apiVersion), plural: name, namespaced: namespaced === true };
  }
  return null;
}

export function groupVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf('/');
  return slash === -1 ? { group: '', version: apiVersion } : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

/** `/api/v1` or `/apis/apps/v1`. */
export function groupPath(group: string, version: string): string {
  return group === '' ? `/api/${segment(version)}` : `/apis/${segment(group)}/${segment(version)}`;
}

/** As RBAC and error texts name it: `deployments.apps`, `pods`. */
export function resourceName(resource: Resource): string {
  return resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;
}

/** The path of a collection or, with `name`, of one object. */
export function resourcePath(resource: Resource, namespace: string | undefined, name?: string): string {
  const scope = namespace === undefined ? '' : `/namespaces/${segment(namespace)}`;
  return `${groupPath(resource.group, resource.version)}${scope}/${resource.plural}${name === undefined ? '' : `/${segment(name)}`}`;
}

/** One path segment: what a name holds can neither leave its place nor add a query. */
export function segment(text: string): string {
  const encoded = encodeURIComponent(text);
  return encoded === '.' || encoded === '..' ? encoded.replaceAll('.', '%2E') : encoded;
}

export const PODS: Resource = { group: '', version: 'v1', plural: 'pods', namespaced: true };
