import { stringify } from 'yaml';
import type { ConfigFile } from './config-schema.ts';
import { TYPED } from './domain/typed.ts';
import type { Right } from './engine/ports/cluster.ts';
import { kindOf, type WorkloadTarget } from './engine/ports/targets.ts';
import type { RunbookDeps } from './engine/runbooks/deps.ts';
import { type RoleRules, type Rule, rightsOf } from './engine/runbooks/rights.ts';
import type { Runbook } from './engine/runbooks/runbook.ts';

const BOT = { kind: 'ServiceAccount', name: 'tocsin', namespace: 'tocsin' } as const;
const RBAC = 'rbac.authorization.k8s.io';

const HEAD = `# The rights that Tocsin needs in a cluster: what the steps of its runbooks ask for, and nothing more.
# Made by: ${TYPED} runbook rights. Make it anew for your own targets and runbooks, read it, then: kubectl apply -f rbac.yaml
`;

/** Role, ClusterRole and bindings as YAML: exactly the rights that these runbooks need with these targets (least privilege). */
export function rbacManifest(deps: Pick<RunbookDeps, 'actions' | 'context'>, runbooks: readonly Runbook[], file: ConfigFile): string {
  const configured = runbooks.filter(({ service }) => file.services[service]?.kubernetes !== undefined);
  const objects = rightsOf(deps, configured, guardRights(file)).flatMap(boundRole);
  return HEAD + [...objects, ...guardAccounts(file)].map((object) => stringify(object, { lineWidth: 150 })).join('---\n');
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

/** What the bot needs to make and take away guards: a CronJob, and a Secret with the patch that reverts. */
function guardRights(file: ConfigFile): Right[] {
  return guardPlaces(file).flatMap(({ namespace }): Right[] => [
    { group: 'batch', resource: 'cronjobs', verbs: ['create', 'patch', 'delete'], namespace },
    { group: '', resource: 'secrets', verbs: ['create', 'delete'], namespace },
  ]);
}

/** Where guards may stand, each place once: beside every workload of a service that names an image for them. */
function guardPlaces(file: ConfigFile): readonly { readonly namespace: string; readonly name: string }[] {
  const places = Object.values(file.services).flatMap(({ kubernetes, targets }) => {
    if (kubernetes?.guard === undefined) return [];
    const others = Object.values(targets).flatMap((target) => (kindOf(target) === 'workload' ? [(target as WorkloadTarget).namespace] : []));
    const namespaces = [kubernetes.namespace, ...others.filter((one) => one !== undefined)];
    return namespaces.map((namespace) => ({ namespace, name: kubernetes.guard?.service_account ?? '' }));
  });
  return [...new Map(places.map((place) => [`${place.namespace}/${place.name}`, place])).values()];
}

/** Who a guard runs as: it may patch what it reverts and suspend itself. */
function guardAccounts(file: ConfigFile): object[] {
  const places = guardPlaces(file);
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
