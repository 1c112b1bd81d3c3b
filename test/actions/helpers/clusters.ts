import { type Cluster, ClusterError } from '../../../src/ports/cluster.ts';

type Patching = Pick<Cluster, 'patch' | 'delete'>;

/** The same cluster with other writes. */
export function withWrites(cluster: Cluster, writes: Partial<Patching>): Cluster {
  return new Proxy(cluster, {
    get(target, name) {
      const replaced = writes[name as keyof Patching];
      if (replaced !== undefined) return replaced;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** The API server accepts a change, and its answer is lost; once. */
export function losingAnswers(cluster: Cluster): Cluster {
  let lost = false;
  const lose = (dryRun: boolean | undefined): void => {
    if (lost || dryRun === true) return;
    lost = true;
    throw new ClusterError('uncertain', 'The answer was lost.');
  };
  return withWrites(cluster, {
    patch: async (ref, patch, options) => {
      const object = await cluster.patch(ref, patch, options);
      lose(options?.dryRun);
      return object;
    },
    delete: async (ref, options) => {
      await cluster.delete(ref, options);
      lose(options?.dryRun);
    },
  });
}

/** Somebody else is faster: `meanwhile` happens right before the first change. */
export function beforeFirstChange(cluster: Cluster, meanwhile: () => Promise<unknown>): Cluster {
  let done = false;
  return withWrites(cluster, {
    patch: async (ref, patch, options) => {
      if (!done && options?.dryRun !== true) {
        done = true;
        await meanwhile();
      }
      return await cluster.patch(ref, patch, options);
    },
  });
}
