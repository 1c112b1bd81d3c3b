import { z } from 'zod';
import { plural } from '../../lib/plural.ts';
import { readAction } from '../../ports/action.ts';
import type { Cluster } from '../../ports/cluster.ts';
import { shownValue } from '../shared/diff.ts';
import { type FoundWorkload, workloadOf } from '../shared/pods.ts';
import { containerOfWorkload } from './env-entries.ts';
import { targetField } from './fields.ts';
import { isPattern, matching } from './log-lines.ts';
import { besideRight, workloadRight } from './rights.ts';
import { configMapSchema, type EnvVar, parsed } from './shapes.ts';

const input = z.strictObject({ target: targetField, match: z.string().min(1).refine(isPattern, 'expected an RE2 pattern').optional() });
const variable = z.strictObject({ name: z.string(), value: z.string(), from: z.string() });
const output = z.strictObject({ variables: z.array(variable) });
type Variable = z.infer<typeof variable>;

const SECRET = '(secret)';

export const k8sEnv = readAction({
  name: 'k8s.env',
  about: 'Environment of a container as its pod template gives it, ConfigMaps resolved, Secrets named but never read.',
  input,
  output,
  rights: ({ target }, context) => [workloadRight(context, target, 'get'), besideRight(context, target, '', 'configmaps', 'get')],
  async run({ target, match }, context) {
    const found = await workloadOf(context, target);
    const all = await resolve(found);
    const wanted =
      match === undefined
        ? null
        : new Set(
            matching(
              all.map((one) => ({ time: '', pod: '', container: '', text: one.name })),
              match,
            ).map((line) => line.text),
          );
    const variables = all.filter((one) => wanted === null || wanted.has(one.name));
    if (match !== undefined && variables.length === 0) {
      return {
        state: 'unknown',
        output: {},
        summary: `None of ${plural(all.length, 'variable')} matches ${match}: their names here are not known.`,
      };
    }
    return {
      output: { variables },
      summary: `${plural(variables.length, 'variable')}${match === undefined ? '' : ` of ${all.length} match ${match}`}: ${
        variables
          .map((one) => one.name)
          .slice(0, 8)
          .join(', ') || 'none'
      }`,
      table: { columns: ['Name', 'Value', 'From'], rows: variables.map((one) => [one.name, one.value, one.from]) },
    };
  },
});

/** Later sources win over earlier ones, and `env` over `envFrom`, as in the container. A Secret in `envFrom` is one line: its keys are not read. */
async function resolve(found: FoundWorkload): Promise<readonly Variable[]> {
  const container = containerOfWorkload(found);
  const maps = new Map<string, Readonly<Record<string, string>> | null>();
  const names = [
    ...container.envFrom.map((source) => source.configMapRef?.name),
    ...container.env.map((entry) => entry.valueFrom?.configMapKeyRef?.name),
  ].filter((name) => name !== undefined);
  await Promise.all([...new Set(names)].map(async (name) => maps.set(name, await dataOf(found.cluster, name))));
  const variables = new Map<string, Variable>();
  for (const source of container.envFrom) {
    const name = source.configMapRef?.name;
    if (name === undefined) {
      const all = `${source.prefix}* of secret/${source.secretRef?.name ?? ''}`;
      variables.set(all, { name: all, value: SECRET, from: `secret/${source.secretRef?.name ?? ''}` });
      continue;
    }
    const data = maps.get(name) ?? null;
    if (data === null) variables.set(`missing ${name}`, { name: `${source.prefix}*`, value: '(no such ConfigMap)', from: `configmap/${name}` });
    for (const [key, value] of Object.entries(data ?? {}).sort(([one], [other]) => (one < other ? -1 : 1))) {
      variables.set(`${source.prefix}${key}`, { name: `${source.prefix}${key}`, value: shownValue(key, value), from: `configmap/${name}` });
    }
  }
  for (const entry of container.env) variables.set(entry.name, literal(entry, maps));
  return [...variables.values()];
}

function literal(entry: EnvVar, maps: ReadonlyMap<string, Readonly<Record<string, string>> | null>): Variable {
  const { valueFrom, name } = entry;
  if (valueFrom?.secretKeyRef !== undefined)
    return { name, value: SECRET, from: `secret/${valueFrom.secretKeyRef.name} ${valueFrom.secretKeyRef.key}` };
  if (valueFrom?.configMapKeyRef !== undefined) {
    const { name: map, key } = valueFrom.configMapKeyRef;
    const value = maps.get(map)?.[key];
    return { name, value: value === undefined ? '(no such key)' : shownValue(name, value), from: `configmap/${map} ${key}` };
  }
  if (valueFrom?.fieldRef !== undefined) return { name, value: '(of each pod)', from: `field ${valueFrom.fieldRef.fieldPath}` };
  if (valueFrom?.resourceFieldRef !== undefined) return { name, value: '(of each pod)', from: `resource ${valueFrom.resourceFieldRef.resource}` };
  return { name, value: shownValue(name, entry.value ?? ''), from: 'template' };
}

async function dataOf(cluster: Cluster, name: string): Promise<Readonly<Record<string, string>> | null> {
  const object = await cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', name });
  return object === null ? null : parsed(configMapSchema, object).data;
}
