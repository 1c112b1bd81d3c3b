import { z } from 'zod';
import type { Cluster } from '../../ports/cluster.ts';
import { quantity } from './quantity.ts';
import { metadataSchema, type PodSpec, parsed } from './shapes.ts';

/* How many more pods a ResourceQuota lets a namespace have (Kubernetes, "Resource Quotas"). */

const QUOTA = { apiVersion: 'v1', kind: 'ResourceQuota' } as const;

const amounts = z.record(z.string(), z.string()).default({});
const quotaSchema = z.looseObject({
  metadata: metadataSchema,
  spec: z.looseObject({ scopes: z.array(z.string()).default([]), scopeSelector: z.unknown().optional() }).prefault({}),
  status: z.looseObject({ hard: amounts, used: amounts }).prefault({}),
});
export type Quota = z.infer<typeof quotaSchema>;

/** What one pod asks for, by the names that a quota counts by. */
export type Demand = Readonly<Record<string, number>>;

/** The quotas of a cluster's namespace. @throws ClusterError */
export async function quotasOf(cluster: Cluster): Promise<readonly Quota[]> {
  const objects = await cluster.list(QUOTA);
  return objects.map((object) => parsed(quotaSchema, object));
}

/** What a pod of this template asks for: its containers and native sidecars together, or its largest init container. */
export function demandOf({ containers, initContainers }: PodSpec): Demand {
  const lasting = [...containers, ...initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always')];
  const counted = (side: 'requests' | 'limits', resource: 'cpu' | 'memory') => {
    const of = (container: PodSpec['containers'][number]) => quantity(container.resources[side][resource] ?? '') ?? 0;
    return Math.max(
      lasting.map(of).reduce((sum, one) => sum + one, 0),
      ...initContainers.map(of),
    );
  };
  const [cpu, memory] = [counted('requests', 'cpu'), counted('requests', 'memory')];
  return {
    pods: 1,
    'count/pods': 1,
    cpu,
    memory,
    'requests.cpu': cpu,
    'requests.memory': memory,
    'limits.cpu': counted('limits', 'cpu'),
    'limits.memory': counted('limits', 'memory'),
  };
}

/** How many more pods of this demand a quota leaves room for, and what is short first. A quota of some pods only (scopes) is not judged: no end. */
export function roomIn(quota: Quota, demand: Demand): { readonly pods: number; readonly short: string } {
  if (quota.spec.scopes.length > 0 || quota.spec.scopeSelector !== undefined) return { pods: Number.POSITIVE_INFINITY, short: '' };
  const { hard, used } = quota.status;
  const rooms = Object.entries(hard).flatMap(([short, limit]) => {
    const [most, now, each] = [quantity(limit), quantity(used[short] ?? '0'), demand[short] ?? 0];
    // Of what is in millicores, a quotient may be a hair too small.
    return most === null || now === null || each === 0 ? [] : [{ pods: Math.max(0, Math.floor((most - now) / each + 1e-9)), short }];
  });
  return rooms.reduce((least, one) => (one.pods < least.pods ? one : least), { pods: Number.POSITIVE_INFINITY, short: '' });
}
