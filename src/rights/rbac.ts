import { stringify } from 'yaml';
import { guardRights } from '../actions/k8s/guard-check.ts';
import type { ConfigFile } from '../config/schema.ts';
import type { RunbookDeps } from '../engine/runbooks/deps.ts';
import type { Runbook } from '../engine/runbooks/load/runbook.ts';
import { type OnUnknown, type PlacedRight, type RoleRules, type Rule, rightsOf } from '../engine/runbooks/rights/rights.ts';
import { TYPED } from '../lib/typed.ts';
import { kindOf, type WorkloadTarget } from '../ports/targets.ts';

const BOT = { kind: 'ServiceAccount', name: 'tocsin', namespace: 'tocsin' } as const;
const RBAC = 'rbac.authorization.k8s.io';

const HEAD = `# The rights that Tocsin needs in a cluster: what the steps of its runbooks ask for, and nothing more.
# Made by: ${TYPED} runbook rights. Make it again for your own targets and runbooks, read it, then: kubectl apply -f rbac.yaml
`;

/** Role, ClusterRole and bindings as YAML: exactly the rights that these runbooks need with these targets (least privilege). */
export function rbacManifest(
  deps: Pick<RunbookDeps, 'actions' | 'context'>,
  runbooks: readonly Runbook[],
  file: ConfigFile,
  { only, onUnknown }: { readonly only?: string; readonly onUnknown?: OnUnknown } = {},
): string {
  const configured = runbooks.filter(({ service }) => file.services[service]?.kubernetes !== undefined);
  const clusterOf = (service: string) => file.services[service]?.kubernetes?.context ?? null;
  const roles = rightsOf(deps, configured, {
    clusterOf,
    targetsOf: (service) => file.services[service]?.targets ?? {},
    besides: placedGuardRights(file),
    ...(onUnknown === undefined ? {} : { onUnknown }),
  });
  const clusters = [...new Set(roles.map(({ cluster }) => cluster))];
  return clusters
    .filter((cluster) => only === undefined || cluster === only)
    .map((cluster) => {
      const objects = [...roles.filter((one) => one.cluster === cluster).flatMap(boundRole), ...guardAccounts(file, cluster)];
      return headOf(cluster, clusters.length > 1) + objects.map((object) => stringify(object, { lineWidth: 150 })).join('---\n');
    })
    .join('---\n');
}

/** The contexts that the configuration names, of services and of their targets. */
export function namedClusters(file: ConfigFile): readonly string[] {
  const named = Object.values(file.services).flatMap(({ kubernetes, targets }) => [
    kubernetes?.context,
    ...Object.values(targets).map((target) => ('context' in target ? target.context : undefined)),
  ]);
  return [...new Set(named.filter((name) => name !== undefined))].sort();
}

/** What is for several clusters says which part is for which: applied to the wrong one, it gives rights to nobody, or to a stranger. */
function headOf(cluster: string | null, several: boolean): string {
  if (!several) return HEAD;
  if (cluster === null) return `${HEAD}# For the cluster of the current context only.\n`;
  return `${HEAD}# For the cluster of the context ${cluster} only: ${TYPED} runbook rights --context ${cluster} | kubectl --context ${cluster} apply -f -\n`;
}

function boundRole({ namespace, rules }: RoleRules): object[] {
  const name = 'tocsin';
  const metadata = namespace === null ? { name } : { name, namespace };
  const prefix = namespace === null ? 'Cluster' : '';
  return [
    { apiVersion: `${RBAC}/v1`, kind: `${prefix}Role`, metadata, rules },
    {
      apiVersion: `${RBAC}/v1`,
      kind: `${prefix}RoleBinding`,
      metadata,
      roleRef: { apiGroup: RBAC, kind: `${prefix}Role`, name },
      subjects: [BOT],
    },
  ];
}

/** What the bot needs for guards, where they may stand. */
function placedGuardRights(file: ConfigFile): PlacedRight[] {
  return guardPlaces(file).flatMap(({ namespace, cluster, name }) => guardRights(namespace, name).map((right) => ({ cluster, namespace, right })));
}

/** Where guards may stand, each place once: beside every workload of a service that names an image for them. */
function guardPlaces(file: ConfigFile): readonly GuardPlace[] {
  const places = Object.values(file.services).flatMap(({ kubernetes, targets }) => {
    if (kubernetes?.guard === undefined) return [];
    const { context, namespace, guard } = kubernetes;
    const others = Object.values(targets).filter((target): target is WorkloadTarget => kindOf(target) === 'workload');
    return [{}, ...others.filter((one) => one.namespace !== undefined || one.context !== undefined)].map((one: Partial<WorkloadTarget>) => ({
      cluster: one.context ?? context ?? null,
      namespace: one.namespace ?? namespace,
      name: guard.service_account,
    }));
  });
  return [...new Map(places.map((place) => [JSON.stringify(place), place])).values()];
}

interface GuardPlace {
  readonly cluster: string | null;
  readonly namespace: string;
  readonly name: string;
}

/** Who a guard runs as: it may patch what it reverts and suspend itself. */
function guardAccounts(file: ConfigFile, cluster: string | null): object[] {
  const places = guardPlaces(file)
    .filter((place) => place.cluster === cluster)
    .map(({ namespace, name }) => ({ namespace, name }));
  const rules: Rule[] = [
    { apiGroups: ['apps'], resources: ['daemonsets', 'deployments', 'statefulsets'], verbs: ['get', 'patch'] },
    { apiGroups: ['batch'], resources: ['cronjobs'], verbs: ['get', 'patch'] },
  ];
  return places.flatMap((metadata) => [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    { apiVersion: `${RBAC}/v1`, kind: 'Role', metadata, rules },
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: RBAC, kind: 'Role', name: metadata.name },
      subjects: [{ kind: 'ServiceAccount', ...metadata }],
    },
  ]);
}
