import type { CustomSchema } from './custom-schema.ts';
import { groupResource } from './status.ts';

export interface Subresource {
  readonly group?: string;
  readonly version?: string;
  readonly kind: string;
  readonly verbs: readonly string[];
}

export interface ResourceType {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly string[];
  readonly subresources: Readonly<Record<string, Subresource>>;
  /** A custom resource: no strategic merge patch. */
  readonly custom: boolean;
  /** What a custom resource's definition enforces. */
  readonly schema?: CustomSchema;
}

const ALL_VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const READ_WRITE = ['get', 'patch', 'update'];
const STATUS = ['status'];
const SCALE: Subresource = { group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: READ_WRITE };
const PROXY_VERBS = ['create', 'delete', 'get', 'patch', 'update'];

interface Extra {
  readonly short?: readonly string[];
  readonly cluster?: boolean;
  readonly verbs?: readonly string[];
  readonly status?: boolean;
  readonly subresources?: Readonly<Record<string, Subresource>>;
  readonly all?: boolean;
}

function define(group: string, version: string, plural: string, kind: string, extra: Extra = {}): ResourceType {
  const status = extra.status === true ? Object.fromEntries(STATUS.map((name) => [name, { kind, verbs: READ_WRITE }])) : {};
  return {
    group,
    version,
    plural,
    singular: kind.toLowerCase(),
    kind,
    namespaced: extra.cluster !== true,
    shortNames: extra.short ?? [],
    categories: extra.all === true ? ['all'] : [],
    verbs: extra.verbs ?? ALL_VERBS,
    subresources: { ...status, ...extra.subresources },
    custom: false,
  };
}

const scaled = { status: true, all: true, subresources: { scale: SCALE } };

const BUILT_IN: readonly ResourceType[] = [
  define('', 'v1', 'pods', 'Pod', {
    short: ['po'],
    status: true,
    all: true,
    subresources: {
      log: { kind: 'Pod', verbs: ['get'] },
      exec: { kind: 'PodExecOptions', verbs: ['create', 'get'] },
      eviction: { group: 'policy', version: 'v1', kind: 'Eviction', verbs: ['create'] },
      proxy: { kind: 'PodProxyOptions', verbs: PROXY_VERBS },
    },
  }),
  define('', 'v1', 'services', 'Service', {
    short: ['svc'],
    status: true,
    all: true,
    subresources: { proxy: { kind: 'ServiceProxyOptions', verbs: PROXY_VERBS } },
  }),
  define('', 'v1', 'events', 'Event', { short: ['ev'] }),
  define('', 'v1', 'configmaps', 'ConfigMap', { short: ['cm'] }),
  define('', 'v1', 'secrets', 'Secret'),
  define('', 'v1', 'persistentvolumeclaims', 'PersistentVolumeClaim', { short: ['pvc'], status: true }),
  define('', 'v1', 'persistentvolumes', 'PersistentVolume', { short: ['pv'], cluster: true, status: true }),
  define('', 'v1', 'namespaces', 'Namespace', { short: ['ns'], cluster: true, status: true }),
  define('', 'v1', 'nodes', 'Node', {
    short: ['no'],
    cluster: true,
    status: true,
    subresources: { proxy: { kind: 'NodeProxyOptions', verbs: PROXY_VERBS } },
  }),
  define('', 'v1', 'serviceaccounts', 'ServiceAccount', { short: ['sa'] }),
  // Read only: there are none, as none would be enforced.
  define('', 'v1', 'resourcequotas', 'ResourceQuota', { short: ['quota'], verbs: ['get', 'list', 'watch'] }),
  define('apps', 'v1', 'deployments', 'Deployment', { short: ['deploy'], ...scaled }),
  define('apps', 'v1', 'statefulsets', 'StatefulSet', { short: ['sts'], ...scaled }),
  define('apps', 'v1', 'replicasets', 'ReplicaSet', { short: ['rs'], ...scaled }),
  define('apps', 'v1', 'daemonsets', 'DaemonSet', { short: ['ds'], status: true, all: true }),
  define('apps', 'v1', 'controllerrevisions', 'ControllerRevision'),
  define('autoscaling', 'v2', 'horizontalpodautoscalers', 'HorizontalPodAutoscaler', { short: ['hpa'], status: true, all: true }),
  define('policy', 'v1', 'poddisruptionbudgets', 'PodDisruptionBudget', { short: ['pdb'], status: true }),
  define('batch', 'v1', 'jobs', 'Job', { status: true, all: true }),
  define('batch', 'v1', 'cronjobs', 'CronJob', { short: ['cj'], status: true, all: true }),
  define('storage.k8s.io', 'v1', 'storageclasses', 'StorageClass', { short: ['sc'], cluster: true }),
  define('networking.k8s.io', 'v1', 'ingresses', 'Ingress', { short: ['ing'], status: true }),
  define('discovery.k8s.io', 'v1', 'endpointslices', 'EndpointSlice'),
  define('networking.k8s.io', 'v1', 'networkpolicies', 'NetworkPolicy', { short: ['netpol'] }),
  define('rbac.authorization.k8s.io', 'v1', 'roles', 'Role'),
  define('rbac.authorization.k8s.io', 'v1', 'rolebindings', 'RoleBinding'),
  define('rbac.authorization.k8s.io', 'v1', 'clusterroles', 'ClusterRole', { cluster: true }),
  define('rbac.authorization.k8s.io', 'v1', 'clusterrolebindings', 'ClusterRoleBinding', { cluster: true }),
  define('authorization.k8s.io', 'v1', 'selfsubjectaccessreviews', 'SelfSubjectAccessReview', { cluster: true, verbs: ['create'] }),
  define('authorization.k8s.io', 'v1', 'selfsubjectrulesreviews', 'SelfSubjectRulesReview', { cluster: true, verbs: ['create'] }),
  define('authentication.k8s.io', 'v1', 'selfsubjectreviews', 'SelfSubjectReview', { cluster: true, verbs: ['create'] }),
  define('apiextensions.k8s.io', 'v1', 'customresourcedefinitions', 'CustomResourceDefinition', {
    short: ['crd', 'crds'],
    cluster: true,
    status: true,
  }),
  define('metrics.k8s.io', 'v1beta1', 'pods', 'PodMetrics', { verbs: ['get', 'list'] }),
  define('metrics.k8s.io', 'v1beta1', 'nodes', 'NodeMetrics', { cluster: true, verbs: ['get', 'list'] }),
];

/** What the API serves: the built-in kinds and those that CustomResourceDefinitions add. */
export class ResourceTypes {
  readonly #types: ResourceType[] = [...BUILT_IN];

  all(): readonly ResourceType[] {
    return this.#types;
  }

  find(group: string, version: string, plural: string): ResourceType | undefined {
    return this.#types.find((type) => type.group === group && type.version === version && type.plural === plural);
  }

  /** By `plural` or `plural.group`. @throws Error for one that is not served. */
  named(name: string): ResourceType {
    const found = this.#types.find((type) => groupResource(type) === name);
    if (found === undefined) throw new Error(`No resource ${name} is served.`);
    return found;
  }

  ofKind(apiVersion: string, kind: string): ResourceType | undefined {
    return this.#types.find((type) => apiVersionOf(type) === apiVersion && type.kind === kind && type.group !== 'metrics.k8s.io');
  }

  add(type: ResourceType): void {
    this.remove(groupResource(type), type.version);
    this.#types.push(type);
  }

  remove(name: string, version?: string): void {
    for (let at = this.#types.length - 1; at >= 0; at -= 1) {
      const type = this.#types[at];
      if (type?.custom === true && groupResource(type) === name && (version === undefined || version === type.version)) this.#types.splice(at, 1);
    }
  }
}

export function apiVersionOf({ group, version }: { group: string; version: string }): string {
  return group === '' ? version : `${group}/${version}`;
}

/** Type of a custom resource, one per served version of a CustomResourceDefinition. */
export function customType(input: {
  group: string;
  version: string;
  names: { plural: string; singular?: string; kind: string; shortNames?: string[]; categories?: string[] };
  namespaced: boolean;
  status: boolean;
  schema?: CustomSchema | undefined;
}): ResourceType {
  const { names } = input;
  return {
    ...define(input.group, input.version, names.plural, names.kind, {
      short: names.shortNames ?? [],
      cluster: !input.namespaced,
      status: input.status,
    }),
    singular: names.singular ?? names.kind.toLowerCase(),
    categories: names.categories ?? [],
    custom: true,
    ...(input.schema === undefined ? {} : { schema: input.schema }),
  };
}
