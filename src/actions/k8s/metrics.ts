import { z } from 'zod';
import { plural } from '../../lib/plural.ts';
import { type ActionContext, readAction } from '../../ports/action.ts';
import { type Cluster, ClusterError } from '../../ports/cluster.ts';
import { POD, podRights, podsOf, workloadOf, workloadPlace } from '../shared/pods.ts';
import { integer, targetField } from './fields.ts';
import { bytes, millicores, sayBytes } from './quantity.ts';
import { type Pod, parsed, podSchema } from './shapes.ts';

/** `800m`, `400Mi`, or `80%` of the limits. */
const cpu = z
  .string()
  .refine((text) => percent(text) !== null || millicores(text) !== null, "expected an amount of CPU such as 800m, or '80%' of the limits");
const memory = z
  .string()
  .refine((text) => percent(text) !== null || bytes(text) !== null, "expected an amount of memory such as 400Mi, or '80%' of the limits");
const input = z.strictObject({ target: targetField.optional(), cpu_above: cpu.optional(), memory_above: memory.optional() });
const output = z.strictObject({
  available: z.boolean(),
  pods: z.array(z.strictObject({ name: z.string(), cpu_millicores: integer, memory_bytes: integer })),
  high: z.array(z.string()),
});
type Output = z.infer<typeof output>;

const metricsSchema = z.looseObject({
  items: z.array(
    z.looseObject({
      metadata: z.looseObject({ name: z.string() }),
      containers: z
        .array(z.looseObject({ usage: z.looseObject({ cpu: z.string().default('0'), memory: z.string().default('0') }).prefault({}) }))
        .default([]),
    }),
  ),
});

export const k8sMetrics = readAction({
  name: 'k8s.metrics',
  about: 'CPU and memory of pods by the metrics API, and which are above a threshold.',
  input,
  output,
  rights: ({ target }, context) => {
    const namespace = placeOf(target, context).namespace;
    const metrics = { group: 'metrics.k8s.io', resource: 'pods', verbs: ['list'], namespace };
    return target === undefined ? [metrics, { group: '', resource: 'pods', verbs: ['list'], namespace }] : [metrics, ...podRights(context, target)];
  },
  async run(asked, context) {
    const found = asked.target === undefined ? null : await workloadOf(context, asked.target);
    const cluster = found?.cluster ?? context.cluster();
    const usage = await readUsage(cluster, found?.selector);
    if (usage === null) {
      return {
        state: 'unknown',
        output: { available: false },
        summary: 'The cluster returns no metrics: the metrics API (metrics-server) is missing or not ready.',
        needs: 'The cluster returns no metrics. Install metrics-server, or see that it is ready.',
      };
    }
    const pods = [...usage].sort((one, other) => other.cpu_millicores - one.cpu_millicores);
    const limits = relative(asked) ? limitsOf(await allPods(cluster, found)) : new Map<string, Limits>();
    const high = pods.flatMap((pod) => highOf(pod, asked, limits.get(pod.name)));
    return {
      state: high.length > 0 ? 'bad' : asked.cpu_above === undefined && asked.memory_above === undefined ? 'seen' : 'good',
      output: { available: true, pods, high },
      summary: `${plural(pods.length, 'pod')}, ${pods.reduce((sum, pod) => sum + pod.cpu_millicores, 0)}m CPU, ${sayBytes(pods.reduce((sum, pod) => sum + pod.memory_bytes, 0))}${high.length === 0 ? '' : `; high: ${high.join(', ')}`}`,
      table: { columns: ['Pod', 'CPU', 'Memory'], rows: pods.map((pod) => [pod.name, `${pod.cpu_millicores}m`, sayBytes(pod.memory_bytes)]) },
    };
  },
  async preflight({ target }, context) {
    const there = (await placeOf(target, context).raw('/apis/metrics.k8s.io/v1beta1')) !== null;
    return [
      there
        ? { state: 'ok', what: 'the cluster has the metrics API', advice: null }
        : {
            state: 'warning',
            what: 'the cluster has no metrics API',
            advice: 'Install metrics-server, or this step will say that no metrics are available.',
          },
    ];
  },
});

function placeOf(target: string | undefined, context: ActionContext): Cluster {
  return target === undefined ? context.cluster() : workloadPlace(context, target).cluster;
}

/** `null` when there is no metrics API, or none behind it. */
async function readUsage(cluster: Cluster, selector: string | undefined): Promise<Output['pods'] | null> {
  const query = selector === undefined ? '' : `?${new URLSearchParams({ labelSelector: selector }).toString()}`;
  try {
    const answer = await cluster.raw(`/apis/metrics.k8s.io/v1beta1/namespaces/${encodeURIComponent(cluster.namespace)}/pods${query}`);
    if (answer === null) return null;
    return metricsSchema.parse(answer).items.map((item) => ({
      name: item.metadata.name,
      cpu_millicores: item.containers.reduce((sum, one) => sum + (millicores(one.usage.cpu) ?? 0), 0),
      memory_bytes: item.containers.reduce((sum, one) => sum + (bytes(one.usage.memory) ?? 0), 0),
    }));
  } catch (error) {
    if (error instanceof ClusterError && error.status === 503) return null;
    throw error;
  }
}

interface Limits {
  readonly cpu: number;
  readonly memory: number;
}

async function allPods(cluster: Cluster, found: Awaited<ReturnType<typeof workloadOf>> | null): Promise<readonly Pod[]> {
  if (found !== null) return await podsOf(found, found);
  return (await cluster.list(POD)).map((pod) => parsed(podSchema, pod));
}

const limitSchema = z.looseObject({
  resources: z.looseObject({ limits: z.looseObject({ cpu: z.string().default(''), memory: z.string().default('') }).prefault({}) }).prefault({}),
});

/** Sums over containers; 0 when any has no limit. */
function limitsOf(pods: readonly Pod[]): Map<string, Limits> {
  return new Map(
    pods.map((pod) => {
      const limits = pod.spec.containers.map((container) => limitSchema.parse(container).resources.limits);
      const sum = (amounts: readonly (number | null)[]): number =>
        amounts.includes(null) ? 0 : amounts.reduce((total: number, one) => total + (one ?? 0), 0);
      return [pod.metadata.name, { cpu: sum(limits.map((one) => millicores(one.cpu))), memory: sum(limits.map((one) => bytes(one.memory))) }];
    }),
  );
}

function relative(asked: z.infer<typeof input>): boolean {
  return percent(asked.cpu_above ?? '') !== null || percent(asked.memory_above ?? '') !== null;
}

function highOf(pod: Output['pods'][number], asked: z.infer<typeof input>, limits: Limits | undefined): readonly string[] {
  const high: string[] = [];
  if (asked.cpu_above !== undefined && pod.cpu_millicores > threshold(asked.cpu_above, limits?.cpu, millicores))
    high.push(`${pod.name} CPU ${pod.cpu_millicores}m`);
  if (asked.memory_above !== undefined && pod.memory_bytes > threshold(asked.memory_above, limits?.memory, bytes))
    high.push(`${pod.name} memory ${sayBytes(pod.memory_bytes)}`);
  return high;
}

/** Without a limit nothing is above a share of it. */
function threshold(text: string, limit: number | undefined, read: (text: string) => number | null): number {
  const share = percent(text);
  if (share === null) return read(text) ?? Number.POSITIVE_INFINITY;
  return limit === undefined || limit === 0 ? Number.POSITIVE_INFINITY : (limit * share) / 100;
}

function percent(text: string): number | null {
  return /^\d{1,3}%$/.test(text) ? Number(text.slice(0, -1)) : null;
}
