import { z } from 'zod';
import { customType } from '../api/resources.ts';
import type { Cluster } from '../cluster.ts';
import type { KubeObject } from '../kinds.ts';
import { withCondition } from './owned.ts';

const RESOURCE = 'customresourcedefinitions.apiextensions.k8s.io';
const schema = z.looseObject({
  group: z.string(),
  scope: z.string(),
  names: z.looseObject({
    plural: z.string(),
    singular: z.string().default(''),
    kind: z.string(),
    shortNames: z.array(z.string()).default([]),
    categories: z.array(z.string()).default([]),
  }),
  versions: z.array(
    z.looseObject({
      name: z.string(),
      served: z.boolean(),
      subresources: z.looseObject({ status: z.unknown() }).partial().optional(),
      schema: z.looseObject({ openAPIV3Schema: z.record(z.string(), z.json()).optional() }).optional(),
    }),
  ),
});

/** Serves what CustomResourceDefinitions define, from the moment they are stored. Of their schemas types, patterns, enums and what is required are enforced. */
export function serveCustomResources(cluster: Cluster): () => void {
  return cluster.store.subscribe((change) => {
    if (change.resource !== RESOURCE) return;
    const parsed = schema.safeParse(change.object.spec);
    if (!parsed.success) return;
    const { group, names, scope, versions } = parsed.data;
    cluster.types.remove(`${names.plural}.${group}`);
    if (change.type === 'DELETED') return;
    for (const version of versions) {
      if (!version.served) continue;
      const { plural, kind, shortNames, categories } = names;
      const singular = names.singular === '' ? kind.toLowerCase() : names.singular;
      const status = version.subresources?.status !== undefined;
      cluster.types.add(
        customType({
          group,
          version: version.name,
          names: { plural, singular, kind, shortNames, categories },
          namespaced: scope === 'Namespaced',
          status,
          schema: version.schema?.openAPIV3Schema,
        }),
      );
    }
    if (change.type === 'ADDED') establish(cluster, change.object);
  });
}

function establish(cluster: Cluster, definition: KubeObject): void {
  cluster.store.change<KubeObject>(RESOURCE, definition, (draft) => {
    const condition = { type: 'Established', status: 'True', reason: 'InitialNamesAccepted', message: 'the initial names have been accepted' };
    draft.status = { conditions: withCondition([], condition, cluster.time) };
  });
}
