import type { Check } from '../../domain/checks.ts';
import { type Cluster, ClusterError, type Right } from '../../ports/cluster.ts';
import { type Guard, guardFor } from './guard.ts';
import { demandOf, quotasOf, roomIn } from './quota.ts';
import { podSpecSchema } from './shapes.ts';

const SERVICE_ACCOUNT = { apiVersion: 'v1', kind: 'ServiceAccount' } as const;

/** What a guard takes of the API server, where it stands: to make it, to move it, to take it away, and to see beforehand that it can act. */
export function guardRights(namespace: string, serviceAccount: string): readonly Right[] {
  return [
    { group: 'batch', resource: 'cronjobs', verbs: ['create', 'patch', 'delete'], namespace },
    { group: '', resource: 'secrets', verbs: ['create', 'delete'], namespace },
    {
      group: '',
      resource: 'serviceaccounts',
      name: serviceAccount,
      verbs: ['get'],
      namespace,
      optional: 'whether the guard’s is there is not known',
    },
    { group: '', resource: 'resourcequotas', verbs: ['list'], namespace, optional: 'whether a quota has room for the guard is not known' },
  ];
}

/** Whether a guard could be made in a cluster's namespace, and its pod could run. Changes nothing. @throws ClusterError */
export async function checkGuard(
  cluster: Cluster,
  { image, serviceAccount, workload }: Pick<Parameters<typeof guardFor>[0], 'image' | 'serviceAccount' | 'workload'>,
): Promise<readonly Check[]> {
  const { namespace } = cluster;
  const guard = guardFor({
    plan: 'pre-flight',
    step: 0,
    workload,
    namespace,
    snapshot: { container: 'sample', entries: [] },
    // Any time will do: it is never made.
    deadline: 0,
    now: 0,
    image,
    serviceAccount,
  });
  const missing = await missingRights(cluster, guardRights(namespace, serviceAccount));
  const checks = await Promise.all([
    missing.length > 0 ? missing : dryRun(cluster, guard),
    unlessForbidden(() => accountCheck(cluster, serviceAccount), `whether serviceaccount/${serviceAccount} of the guard is there`),
    unlessForbidden(() => quotaChecks(cluster, guard), `whether a quota of namespace ${namespace} has room for the guard`),
  ]);
  return checks.flat();
}

async function missingRights(cluster: Cluster, rights: readonly Right[]): Promise<readonly Check[]> {
  const asked = rights.filter(({ optional }) => optional === undefined).flatMap((right) => right.verbs.map((verb) => ({ ...right, verbs: [verb] })));
  const answers = await Promise.all(asked.map(async (right) => ({ right, ...(await cluster.can(right)) })));
  return answers
    .filter(({ allowed }) => !allowed)
    .map(({ right }) => ({
      state: 'failure',
      what: `may not ${right.verbs.join()} ${right.resource} for the guard in namespace ${cluster.namespace}`,
      advice: 'Give the right by a Role: deploy/kubernetes/rbac.yaml has all that Tocsin uses.',
    }));
}

/** What admission says of the CronJob. */
async function dryRun(cluster: Cluster, { cronJob }: Guard): Promise<readonly Check[]> {
  try {
    await cluster.create(cronJob, { dryRun: true });
    return [{ state: 'ok', what: `the guard’s CronJob is accepted in namespace ${cluster.namespace}`, advice: null }];
  } catch (error) {
    if (!(error instanceof ClusterError) || (error.reason !== 'invalid' && error.reason !== 'forbidden')) throw error;
    return [{ state: 'failure', what: error.message, advice: 'Allow the guard in the cluster’s policies, or configure none for the service.' }];
  }
}

async function accountCheck(cluster: Cluster, name: string): Promise<readonly Check[]> {
  const label = `serviceaccount/${name}`;
  if ((await cluster.get({ ...SERVICE_ACCOUNT, name })) !== null) return [{ state: 'ok', what: `${label} of the guard is there`, advice: null }];
  const what = `there is no ${label} in namespace ${cluster.namespace}: the guard could not act`;
  return [{ state: 'failure', what, advice: 'Apply deploy/kubernetes/rbac.yaml, which has it, or correct kubernetes.guard in tocsin.yml.' }];
}

/** Its pod is made at the deadline: a quota that is full by then keeps it from reverting. */
async function quotaChecks(cluster: Cluster, { podSpec }: Guard): Promise<readonly Check[]> {
  const demand = demandOf(podSpecSchema.parse(podSpec));
  return (await quotasOf(cluster)).map((quota): Check => {
    const { pods, short } = roomIn(quota, demand);
    const name = `resourcequota/${quota.metadata.name}`;
    if (pods > 0) return { state: 'ok', what: `${name} has room for the guard’s pod`, advice: null };
    // One that is full now may have room by then; one that never has is too small.
    const ever = roomIn({ ...quota, status: { ...quota.status, used: {} } }, demand).pods > 0;
    const what = `${name} has no room for the guard’s pod ${ever ? 'now' : 'at all'} (${short})`;
    return { state: ever ? 'warning' : 'failure', what, advice: `Raise ${short} of ${name}, or free some.` };
  });
}

async function unlessForbidden(look: () => Promise<readonly Check[]>, unknown: string): Promise<readonly Check[]> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof ClusterError) || error.reason !== 'forbidden') throw error;
    return [
      {
        state: 'unknown',
        what: `${unknown} is not known`,
        advice: 'Give the right by a Role: deploy/kubernetes/rbac.yaml has all that Tocsin uses.',
      },
    ];
  }
}
