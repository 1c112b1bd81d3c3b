import type { Action, ActionContext, ChangeAction, Planned } from '../../ports/action.ts';
import { type Cluster, ClusterError, type Right } from '../../ports/cluster.ts';
import { type FoundWorkload, findWorkload, workloadPlace } from '../shared/pods.ts';
import { type FieldChange, managersOf, sayManager } from './managers.ts';
import { POINTERS, type PodChange } from './pointers.ts';
import { demandOf, type Quota, quotasOf, roomIn } from './quota.ts';
import type { WorkloadObject } from './shapes.ts';
import { countsOf } from './state.ts';

/** What a planned step changes: fields of objects, and pods. */
export interface Changed {
  readonly fields: readonly FieldChange[];
  readonly pods: PodChange;
}

/** Reads what an action's plan changes. `found` is the workload of its target. */
export type ReadChange<Input> = (input: Input, planned: Planned, found: FoundWorkload) => Promise<Changed> | Changed;

/**
 * An action on a workload whose plan says who else manages it, what they will do with the change and when, and the way that lasts: the one
 * place for all of them. Its rights grow by what it takes to look, which it can do without.
 */
export function inTheWorld<Input extends { readonly target: string }>(action: Action, changed: ReadChange<Input>): Action {
  if (action.effect === 'read') throw new Error(`${action.name} changes nothing`);
  const known = action as unknown as ChangeAction<Input>;
  const wrapped: ChangeAction<Input> = {
    ...known,
    rights: (input, context) => [...known.rights(input, context), ...rightsToLook(workloadPlace(context, input.target).cluster.namespace)],
    async plan(input, context) {
      const planned = await known.plan(input, context);
      return planned.changes ? { ...planned, notes: [...(await worldNotes(input, planned, context, changed)), ...planned.notes] } : planned;
    },
  };
  return wrapped as unknown as Action;
}

/** What it takes to see who points at a workload, and what limits its pods. */
export function rightsToLook(namespace: string): readonly Right[] {
  const pointers = POINTERS.map(({ kind, resource, what }): Right => {
    const [group = ''] = kind.apiVersion.split('/');
    return { group, resource, verbs: ['list'], namespace, optional: `whether ${what} matters here is not known` };
  });
  return [...pointers, { group: '', resource: 'resourcequotas', verbs: ['list'], namespace, optional: 'whether a quota leaves room is not known' }];
}

async function worldNotes<Input extends { readonly target: string }>(
  input: Input,
  planned: Planned,
  context: ActionContext,
  changed: ReadChange<Input>,
): Promise<readonly string[]> {
  const found = await findWorkload(workloadPlace(context, input.target));
  return found === null ? [] : notesOn(found, await changed(input, planned, found));
}

/** What everybody else will do with a change of a workload, for the notes of a plan. */
export async function notesOn(found: FoundWorkload, { fields, pods }: Changed): Promise<readonly string[]> {
  const unseen: string[] = [];
  const pointers = await Promise.all(
    POINTERS.map(async ({ kind, what, points }) => {
      const objects = await listed(
        found.cluster,
        (cluster) => cluster.list(kind),
        () => unseen.push(what),
      );
      return objects.flatMap((object) => points(object, found.workload, pods) ?? []);
    }),
  );
  const quotas = await listed(found.cluster, quotasOf, () => unseen.push('a quota'));
  const statements = [...fields.flatMap(managersOf), ...pointers.flat()].map(sayManager);
  const unknown = `Whether ${unseen.join(', ')} ${unseen.length === 1 ? 'affects' : 'affect'} ${found.label} is not known: Tocsin may not read ${unseen.length === 1 ? 'it' : 'them'}.`;
  return [...new Set([...statements, ...quotaNotes(found.workload, pods, quotas), ...(unseen.length === 0 ? [] : [unknown])])];
}

/** Empty where the cluster has no such kind, and where it cannot be looked at, which is told: no plan hangs on it. */
async function listed<T>(cluster: Cluster, list: (cluster: Cluster) => Promise<readonly T[]>, unseen: () => void): Promise<readonly T[]> {
  try {
    return await list(cluster);
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    if (error.reason !== 'not-found') unseen();
    return [];
  }
}

/** What a ResourceQuota will do: it refuses the pods that do not fit, and a rollout waits that has to start one more first. */
function quotaNotes(workload: WorkloadObject, change: PodChange, quotas: readonly Quota[]): readonly string[] {
  const demand = demandOf(workload.spec.template.spec);
  const { desired } = countsOf(workload);
  const label = `${workload.kind.toLowerCase()}/${workload.metadata.name}`;
  return quotas.flatMap((quota) => {
    const { pods, short } = roomIn(quota, demand);
    const name = `resourcequota/${quota.metadata.name}`;
    const more = change.replicas === null ? 0 : change.replicas - desired;
    if (more > pods) return [`${name} leaves room for ${pods} more of the ${more} pods (${short}): the others are refused until it is raised.`];
    if (change.replicas === null && change.newPods && pods === 0 && startsFirst(workload))
      return [`${name} leaves no room for another pod (${short}), and ${label} starts a new pod before it stops an old one: the rollout is stuck.`];
    return [];
  });
}

/** Whether a rollout may stop no pod before a new one is there (Kubernetes, "Deployments": maxUnavailable, rounded down). */
function startsFirst({ kind, spec }: WorkloadObject): boolean {
  if (kind !== 'Deployment' || spec.strategy?.type === 'Recreate') return false;
  const most = spec.strategy?.rollingUpdate?.maxUnavailable ?? '25%';
  const share = /^(\d+)%$/.exec(String(most))?.[1];
  return (share === undefined ? Number(most) : Math.floor((Number(share) * spec.replicas) / 100)) === 0;
}
