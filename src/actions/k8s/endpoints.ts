import { z } from 'zod';
import { plural } from '../../lib/plural.ts';
import { readAction } from '../../ports/action.ts';
import { integer } from './fields.ts';
import { rightOn } from './resource-name.ts';
import { metadataSchema, parsed } from './shapes.ts';

const SERVICE = { apiVersion: 'v1', kind: 'Service' } as const;
const SLICE = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' } as const;
const SERVICE_LABEL = 'kubernetes.io/service-name';
const SHOWN = 40;

const serviceSchema = z.looseObject({
  metadata: metadataSchema,
  spec: z.looseObject({ type: z.string().default('ClusterIP'), selector: z.record(z.string(), z.string()).nullish() }).prefault({}),
});
const sliceSchema = z.looseObject({
  metadata: metadataSchema,
  endpoints: z
    .array(z.looseObject({ conditions: z.looseObject({ ready: z.boolean().nullish() }).prefault({}) }))
    .nullish()
    .transform((all) => all ?? []),
});

const input = z.strictObject({ namespace: z.string().min(1).default('*').describe('* for all') });
const output = z.strictObject({
  services: integer,
  /** Services that choose pods and have none that is ready: `namespace/service`. */
  without: z.array(z.string()),
  says: z.string(),
});

export const k8sEndpoints = readAction({
  name: 'k8s.endpoints',
  about: 'Services and the ready pods behind them, by EndpointSlices: which services have none.',
  input,
  output,
  rights: ({ namespace }) => [rightOn(SERVICE, namespace, 'list'), rightOn(SLICE, namespace, 'list')],
  async run({ namespace }, context) {
    const cluster = context.cluster();
    const [serviceObjects, sliceObjects] = await Promise.all([cluster.list(SERVICE, { namespace }), cluster.list(SLICE, { namespace })]);
    const ready = new Map<string, number>();
    for (const { metadata, endpoints } of sliceObjects.map((object) => parsed(sliceSchema, object))) {
      const key = `${metadata.namespace}/${metadata.labels[SERVICE_LABEL] ?? ''}`;
      // Unset means ready, by the API's own words.
      ready.set(key, (ready.get(key) ?? 0) + endpoints.filter(({ conditions }) => conditions.ready !== false).length);
    }
    const services = serviceObjects
      .map((object) => parsed(serviceSchema, object))
      .filter(({ spec }) => spec.type !== 'ExternalName' && Object.keys(spec.selector ?? {}).length > 0)
      .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
    const without = services.filter((name) => (ready.get(name) ?? 0) === 0).sort();
    const says =
      without.length === 0
        ? 'Each service has a ready pod.'
        : `${plural(without.length, 'service')} without a ready pod: ${without.slice(0, 5).join(', ')}${without.length > 5 ? ` and ${without.length - 5} more` : ''}.`;
    return {
      state: without.length === 0 ? 'good' : 'bad',
      output: { services: services.length, without, says },
      summary: `${plural(services.length, 'service')}. ${says}`,
      table: {
        columns: ['Service', 'Ready pods'],
        rows: [...services]
          .sort((one, other) => (ready.get(one) ?? 0) - (ready.get(other) ?? 0))
          .slice(0, SHOWN)
          .map((name) => [name, String(ready.get(name) ?? 0)]),
      },
    };
  },
});
