import { apiVersionOf, type ResourceType } from './resources.ts';

/** Groups in the order in which the real server lists them; others follow by name. */
const ORDER = ['apps', 'events.k8s.io', 'authentication.k8s.io', 'authorization.k8s.io', 'autoscaling', 'batch', 'networking.k8s.io', 'policy'];

export const VERSION = {
  major: '1',
  minor: '32',
  gitVersion: 'v1.32.4+simulated',
  gitCommit: '0000000000000000000000000000000000000000',
  gitTreeState: 'clean',
  buildDate: '2025-04-22T16:02:29Z',
  goVersion: 'go1.23.6',
  compiler: 'gc',
  platform: 'linux/amd64',
} as const;

function groups(types: readonly ResourceType[]): string[] {
  const names = [...new Set(types.map((type) => type.group))].filter((group) => group !== '');
  const rank = (group: string): number => (ORDER.indexOf(group) < 0 ? ORDER.length : ORDER.indexOf(group));
  return names.sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
}

function versionsOf(types: readonly ResourceType[], group: string): string[] {
  return [...new Set(types.filter((type) => type.group === group).map((type) => type.version))];
}

export function legacyVersions(): object {
  return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
}

export function groupDocument(types: readonly ResourceType[], group: string): object | undefined {
  const versions = versionsOf(types, group).map((version) => ({ groupVersion: apiVersionOf({ group, version }), version }));
  return versions.length === 0 ? undefined : { name: group, versions, preferredVersion: versions[0] };
}

export function groupList(types: readonly ResourceType[]): object {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups(types).map((group) => groupDocument(types, group)) };
}

export function resourceList(types: readonly ResourceType[], group: string, version: string): object | undefined {
  const served = types.filter((type) => type.group === group && type.version === version);
  if (served.length === 0) return undefined;
  const resources = served.flatMap((type) => [
    {
      name: type.plural,
      singularName: type.singular,
      namespaced: type.namespaced,
      kind: type.kind,
      verbs: type.verbs,
      ...(type.shortNames.length === 0 ? {} : { shortNames: type.shortNames }),
      ...(type.categories.length === 0 ? {} : { categories: type.categories }),
    },
    ...Object.entries(type.subresources).map(([name, sub]) => ({
      name: `${type.plural}/${name}`,
      singularName: '',
      namespaced: type.namespaced,
      ...(sub.group === undefined ? {} : { group: sub.group, version: sub.version }),
      kind: sub.kind,
      verbs: sub.verbs,
    })),
  ]);
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: apiVersionOf({ group, version }), resources };
}

/** Whether a client asks for aggregated discovery, which kubectl prefers. */
export const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

export function aggregated(types: readonly ResourceType[], which: 'core' | 'groups'): object {
  const names = which === 'core' ? [''] : groups(types);
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: names.map((group) => ({
      metadata: { name: group },
      versions: versionsOf(types, group).map((version) => ({
        version,
        freshness: 'Current',
        resources: types.filter((type) => type.group === group && type.version === version).map(aggregatedResource),
      })),
    })),
  };
}

function aggregatedResource(type: ResourceType): object {
  return {
    resource: type.plural,
    responseKind: { group: type.group, version: type.version, kind: type.kind },
    scope: type.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: type.singular,
    verbs: type.verbs,
    ...(type.shortNames.length === 0 ? {} : { shortNames: type.shortNames }),
    ...(type.categories.length === 0 ? {} : { categories: type.categories }),
    subresources: Object.entries(type.subresources).map(([name, sub]) => ({
      subresource: name,
      responseKind: { group: sub.group ?? type.group, version: sub.version ?? type.version, kind: sub.kind },
      verbs: sub.verbs,
    })),
  };
}
