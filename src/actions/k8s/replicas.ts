import type { Json } from '../../domain/record.ts';
import { plural } from '../../lib/plural.ts';
import type { Patch } from '../../ports/cluster.ts';
import type { FoundWorkload } from '../shared/pods.ts';
import { changeObject, stale } from './change.ts';
import { parsed, workloadSchema } from './shapes.ts';

export function replicasPatch(replicas: number): Omit<Patch, 'body'> & { readonly body: Readonly<Record<string, Json>> } {
  return { type: 'merge', subresource: 'scale', body: { spec: { replicas } } };
}

/**
 * Makes `after` of a workload's `before`, where null is any number. True when there was nothing to do.
 * @throws UserError `plan-stale` when it has neither
 */
export async function changeReplicas(found: FoundWorkload, before: number | null, after: number): Promise<boolean> {
  const { already } = await changeObject(found.cluster, found.ref, (object) => {
    const { replicas } = parsed(workloadSchema, object).spec;
    if (object.metadata.uid !== found.object.metadata.uid) throw stale(found.label, 'it was deleted and created again');
    if (replicas === after) return { done: true };
    if (before !== null && replicas !== before) throw stale(found.label, `it has ${plural(replicas, 'replica')} instead of ${before}`);
    return { done: false, patch: replicasPatch(after) };
  });
  return already;
}
