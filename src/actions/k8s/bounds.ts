import { z } from 'zod';
import type { Json } from '../../domain/record.ts';
import type { Cluster, KubeObject, Patch } from '../../ports/cluster.ts';
import { HPA } from './autoscaling.ts';
import { changeObject, stale } from './change.ts';
import { integer } from './fields.ts';
import { type Hpa, hpaSchema, parsed } from './shapes.ts';

/** Between how many replicas an autoscaler keeps a workload. */
export const boundsSchema = z.strictObject({ min: integer, max: integer });
export type Bounds = z.infer<typeof boundsSchema>;

export function boundsOf(hpa: Hpa): Bounds {
  return { min: hpa.spec.minReplicas, max: hpa.spec.maxReplicas };
}

export function sameBounds(one: Bounds, other: Bounds): boolean {
  return one.min === other.min && one.max === other.max;
}

/** `3-10` */
export function sayBounds({ min, max }: Bounds): string {
  return `${min}-${max}`;
}

/** What makes `after` of `before`: a bound that stays as it is is not in it. */
export function boundsPatch(before: Bounds, after: Bounds): Omit<Patch, 'body'> & { readonly body: Readonly<Record<string, Json>> } {
  const spec = {
    ...(before.min === after.min ? {} : { minReplicas: after.min }),
    ...(before.max === after.max ? {} : { maxReplicas: after.max }),
  };
  return { type: 'merge', body: { spec } };
}

/** The autoscaler's bounds now; `null` when it is gone. */
export async function boundsNow(cluster: Cluster, name: string): Promise<Bounds | null> {
  const object = await cluster.get({ ...HPA, name });
  return object === null ? null : boundsIn(object);
}

/**
 * Makes `after` of an autoscaler's `before`. `uid` null: whichever has that name. True when there was nothing to do.
 * @throws UserError `plan-stale` when it is another, or its bounds are neither
 */
export async function changeBounds(cluster: Cluster, name: string, uid: string | null, before: Bounds, after: Bounds): Promise<boolean> {
  const { already } = await changeObject(cluster, { ...HPA, name }, (object) => {
    const now = boundsIn(object);
    if (uid !== null && object.metadata.uid !== uid) throw stale(`horizontalpodautoscaler/${name}`, 'it was deleted and created again');
    if (sameBounds(now, after)) return { done: true };
    if (!sameBounds(now, before)) throw stale(`horizontalpodautoscaler/${name}`, `its bounds are ${sayBounds(now)}`);
    return { done: false, patch: boundsPatch(before, after) };
  });
  return already;
}

function boundsIn(object: KubeObject): Bounds {
  return boundsOf(parsed(hpaSchema, object));
}
