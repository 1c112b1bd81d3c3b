import type { ActionContext } from '../../ports/action.ts';
import { ClusterError, type KubeObject, type Right } from '../../ports/cluster.ts';
import { managersOf, sayManager } from '../k8s/managers.ts';
import { findWorkload, workloadPlace } from '../shared/pods.ts';
import { claimOf, claimPlace, isWorkload } from './mount.ts';

/** Who else manages the volume or the workload whose files a plan changes, for its notes. A plan does not depend on it. */
export async function managerNotes(context: ActionContext, name: string): Promise<readonly string[]> {
  const inPods = isWorkload(context, name);
  try {
    const object = inPods ? await workloadObject(context, name) : await claimOf(context, name);
    if (object === null) return [];
    return managersOf({ object, what: inPods ? 'the files in its pods' : 'the files on it', paths: [], content: true }).map(sayManager);
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    return [`Who else manages ${inPods ? workloadPlace(context, name).label : claimPlace(context, name).label} is not known: Tocsin cannot read it.`];
  }
}

/** What it takes to look at the claim, which a plan can do without. */
export function managerRights(context: ActionContext, name: string): readonly Right[] {
  if (isWorkload(context, name)) return [];
  const { namespace, claim } = claimPlace(context, name);
  const optional = `who else manages pvc/${claim} is not known`;
  return [{ group: '', resource: 'persistentvolumeclaims', verbs: ['get'], namespace, name: claim, optional }];
}

async function workloadObject(context: ActionContext, name: string): Promise<KubeObject | null> {
  return (await findWorkload(workloadPlace(context, name)))?.object ?? null;
}
