import { z } from 'zod';
import { clamp } from '../../lib/clamp.ts';
import { plural } from '../../lib/plural.ts';
import { readAction } from '../../ports/action.ts';
import { targetInput } from './fields.ts';
import { configMapSchema, parsed } from './shapes.ts';

const CONFIG_MAP = { apiVersion: 'v1', kind: 'ConfigMap' } as const;
const VALUE_LENGTH = 2_000;

const output = z.strictObject({
  found: z.boolean(),
  /** Its keys and values; long values are shortened. */
  data: z.record(z.string(), z.string()),
});

export const k8sConfigMap = readAction({
  name: 'k8s.configmap',
  about: 'The keys and values of a ConfigMap. That there is none is an answer too.',
  input: targetInput,
  output,
  rights({ target }, context) {
    const { configmap: name, ...place } = context.target(target, 'configmap');
    return [{ group: '', resource: 'configmaps', verbs: ['get'], namespace: context.cluster(place).namespace, name }];
  },
  async run({ target }, context) {
    const { configmap: name, ...place } = context.target(target, 'configmap');
    const cluster = context.cluster(place);
    const object = await cluster.get({ ...CONFIG_MAP, name });
    const label = `configmap/${name}`;
    if (object === null)
      return { state: 'seen', output: { found: false, data: {} }, summary: `There is no ${label} in namespace ${cluster.namespace}` };
    const { data } = parsed(configMapSchema, object);
    const entries = Object.entries(data).map(([key, value]) => [key, clamp(value, VALUE_LENGTH)] as const);
    return {
      output: { found: true, data: Object.fromEntries(entries) },
      summary: `${label} has ${plural(entries.length, 'key')}${entries.length === 0 ? '' : `: ${clamp(entries.map(([key, value]) => `${key}=${value}`).join(', '), 160)}`}`,
      table: { columns: ['Key', 'Value'], rows: entries.map(([key, value]) => [key, clamp(value, 200)]) },
    };
  },
});
