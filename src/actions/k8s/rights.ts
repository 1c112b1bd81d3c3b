import type { ActionContext } from '../../ports/action.ts';
import type { Right } from '../../ports/cluster.ts';
import { pluralOf, workloadPlace } from '../shared/pods.ts';

/** A right on a workload target's own resource, in its namespace. */
export function workloadRight(context: ActionContext, target: string, ...verbs: readonly string[]): Right {
  const place = workloadPlace(context, target);
  return { group: 'apps', resource: pluralOf(place.ref.kind), verbs, namespace: place.cluster.namespace };
}

/** A right on another resource in a workload target's namespace. */
export function besideRight(context: ActionContext, target: string, group: string, resource: string, ...verbs: readonly string[]): Right {
  return { group, resource, verbs, namespace: workloadPlace(context, target).cluster.namespace };
}

/** Where the revisions of a workload are kept. */
export function revisionRight(context: ActionContext, target: string): Right {
  const deployment = workloadPlace(context, target).ref.kind === 'Deployment';
  return besideRight(context, target, 'apps', deployment ? 'replicasets' : 'controllerrevisions', 'list');
}
