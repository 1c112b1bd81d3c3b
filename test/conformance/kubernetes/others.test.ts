import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { actionNamed } from '../../../src/actions/registry.ts';
import { createCluster } from '../../../src/adapters/kubernetes/index.ts';
import type { Planned } from '../../../src/ports/action.ts';
import type { Cluster as Client } from '../../../src/ports/cluster.ts';
import { read, step, type TestContext, testContext } from '../../actions/helpers/context.ts';
import { BUILD_LIMIT } from '../../helpers/kubernetes/build.ts';
import { type Cluster, startCluster } from '../../helpers/kubernetes/cluster.ts';
import { publishedKinds } from '../../helpers/kubernetes/crds.ts';
import { until } from '../../helpers/kubernetes/parts.ts';
import { DENIAL, GENERATIONS, type Generation, NAMESPACE, type Outcome, POD_GENERATIONS, REMEDIES, type Remedy } from './generations.ts';

/*
 * Each generation of a workload against each remedy, on a real control plane: what the plan says that others will do with the change is what
 * happens when they do it. Whoever manages the object is played: its source is applied once more under its own name.
 */

const PATIENCE = 60_000;

let real: Cluster;
let client: Client;

beforeAll(async () => {
  real = await startCluster();
  await real.apply(`{ apiVersion: v1, kind: Namespace, metadata: { name: ${NAMESPACE} } }`);
  await real.apply(`${await publishedKinds('ScaledObject', 'VerticalPodAutoscaler', 'Rollout')}\n---\n${JSON.stringify(DENIAL)}`);
  client = createCluster({ kubeconfig: { file: real.kubeconfig('admin') }, namespace: NAMESPACE });
  for (const path of ['keda.sh/v1alpha1', 'autoscaling.k8s.io/v1', 'argoproj.io/v1alpha1'])
    await until(`${path} is served`, async () => (await real.call(`/apis/${path}`)).status === 200 || null, PATIENCE);
}, BUILD_LIMIT);

afterAll(async () => {
  await real?.stop();
});

/** Applies objects as their source does, by server-side apply under the name of whoever manages them. */
async function apply(objects: readonly SourceObject[], manager: string): Promise<void> {
  for (const object of objects) {
    const path = `${pathOf(object)}?fieldManager=${manager}&force=true`;
    const { status, text } = await real.call(path, { method: 'PATCH', contentType: 'application/apply-patch+yaml', body: object });
    if (status >= 300) throw new Error(`${path}: ${status} ${text}`);
  }
}

type SourceObject = ReturnType<Generation['source']>[number];

function pathOf({ apiVersion, kind, metadata }: SourceObject): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return `${root}/namespaces/${metadata.namespace}/${kind.toLowerCase()}s/${metadata.name}`;
}

function contextOf(name: string, kind: 'deployment' | 'statefulset', of = client): TestContext {
  return testContext({ targets: { web: { [kind]: name } }, cluster: () => of });
}

interface Live {
  readonly metadata: { readonly uid: string; readonly generation: number };
  readonly spec: {
    readonly replicas: number;
    readonly template: {
      readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
      readonly spec: { readonly containers: readonly { readonly image: string; readonly env?: readonly { name: string; value?: string }[] }[] };
    };
  };
  readonly status: Readonly<Record<string, number>> & { readonly observedGeneration?: number };
}

async function live(name: string, kind: 'Deployment' | 'StatefulSet' = 'Deployment', of = client): Promise<Live> {
  return (await of.get({ apiVersion: 'apps/v1', kind, name })) as unknown as Live;
}

async function isWithinBounds(name: string): Promise<boolean> {
  const { minReplicas = 0 } = await bounds(name);
  return (await live(name)).spec.replicas >= minReplicas;
}

async function bounds(name: string): Promise<{ readonly minReplicas?: number | undefined; readonly maxReplicas?: number | undefined }> {
  const hpa = await client.get({ apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', name });
  const { minReplicas, maxReplicas } = (hpa?.['spec'] ?? {}) as { minReplicas?: number; maxReplicas?: number };
  return { minReplicas, maxReplicas };
}

/** What a remedy changes, to compare it before, after, and once everybody has acted. */
async function seen(remedy: Remedy, name: string): Promise<string> {
  const { spec } = await live(name);
  const { containers } = spec.template.spec;
  const parts = {
    restart: spec.template.metadata.annotations?.['kubectl.kubernetes.io/restartedAt'],
    scale: [spec.replicas, await bounds(name)],
    undo: containers[0]?.image,
    env: containers[0]?.env?.filter(({ name: variable }) => variable === 'MODE' || variable === 'EXTRA'),
  };
  return JSON.stringify(parts[REMEDIES[remedy].sees]) ?? 'none';
}

/** What the words of a plan say of the change. */
function predicted({ notes }: Planned): Outcome {
  const text = notes.join('\n');
  if (
    /puts? (this|them) back (?!, mostly)|and puts this back|puts them back when|is the rollout’s/.test(text) &&
    !/if it does|if its operator/.test(text)
  )
    return 'undone';
  if (/if it does|if its operator|by its metrics/.test(text)) return 'unknown';
  return 'stays';
}

async function planned(remedy: Remedy, name: string): Promise<Planned | string> {
  const { action, input } = REMEDIES[remedy];
  try {
    return await step(actionNamed(action), input).plan(contextOf(name, 'deployment'));
  } catch (error) {
    return String(error);
  }
}

describe.each(Object.entries(GENERATIONS))('%s', (name, generation: Generation) => {
  beforeAll(async () => {
    await Promise.all(
      Object.keys(REMEDIES).map(async (remedy) => {
        const one = `${name}-${remedy}`;
        await apply(generation.source(one, 'registry.test/app:1'), generation.manager);
        await until(`${one} is seen`, async () => ((await live(one)).status.observedGeneration ? true : null), PATIENCE);
        await apply(generation.source(one, 'registry.test/app:2'), generation.manager);
        await until(`${one} has two revisions`, async () => ((await revisions(one)) === 2 ? true : null), PATIENCE);
        await generation.besides?.(one, real);
        // The autoscaler acts within 15 s: until then the deployment is not what it will be.
        await until(`${one} is within its bounds`, async () => ((await isWithinBounds(one)) ? true : null), PATIENCE);
      }),
    );
  }, 120_000);

  test.each(Object.keys(REMEDIES) as Remedy[])('%s: what the plan says comes true', async (remedy) => {
    const one = `${name}-${remedy}`;
    const expected = generation.outcomes[remedy] ?? generation.outcomes.else;
    const before = await seen(remedy, one);
    const plan = await planned(remedy, one);
    if (typeof plan === 'string') {
      expect(expected).toBe('refused');
      expect(plan).toMatch(generation.refusal ?? /./);
      expect(await seen(remedy, one)).toBe(before);
      return;
    }
    expect({ outcome: predicted(plan), notes: plan.notes }).toEqual({ outcome: expected, notes: plan.notes });
    for (const words of generation.says?.[remedy] ?? []) expect(plan.notes.join('\n')).toContain(words);
    const { action, input } = REMEDIES[remedy];
    await step(actionNamed(action), input).apply(plan, contextOf(one, 'deployment'), `run:${one}`);
    // Raised bounds take effect when the autoscaler looks next; what is undone may be undone before that.
    if (expected === 'stays') await until(`${one} is within its new bounds`, async () => ((await isWithinBounds(one)) ? true : null), PATIENCE);
    const after = await seen(remedy, one);
    expect(after).not.toBe(before);
    await (generation.reconcile?.(one, real, apply) ?? apply(generation.source(one, 'registry.test/app:2'), generation.manager));
    const settled = await seen(remedy, one);
    if (expected === 'stays') expect(settled).toBe(after);
    if (expected === 'undone') expect(settled).toBe(before);
    if (expected === 'unknown') expect([before, after]).toContain(settled);
  });
});

async function revisions(name: string): Promise<number> {
  const sets = await client.list({ apiVersion: 'apps/v1', kind: 'ReplicaSet' });
  return sets.filter(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.name === name)).length;
}

describe.each(Object.entries(POD_GENERATIONS))('pods: %s', (name, generation) => {
  test('what the plan says of the pods comes true', async () => {
    const { kind, namespace } = generation;
    await real.apply(`{ apiVersion: v1, kind: Namespace, metadata: { name: ${namespace} } }`);
    const there = createCluster({ kubeconfig: { file: real.kubeconfig('admin') }, namespace });
    for (const object of generation.source(name, 'registry.test/app:1')) await apply([object], 'kubectl');
    await until(`${name} is up`, async () => ((await live(name, kind, there)).status['readyReplicas'] === 2 ? true : null), PATIENCE);
    await generation.besides?.(name, real);
    const context = contextOf(name, kind === 'Deployment' ? 'deployment' : 'statefulset', there);
    const one = step(actionNamed(generation.action), generation.input);
    const plan = await one.plan(context);
    expect(plan.notes.join('\n')).toMatch(generation.says);
    await one.apply(plan, context, `run:${name}`);
    const summary = async () => (await read(actionNamed(generation.looks), { target: 'web' }, context)).summary;
    await until(`${name}: ${generation.comes.source}`, async () => (generation.comes.test(await summary()) ? true : null), PATIENCE);
    expect((await live(name, kind, there)).status['updatedReplicas'] ?? 0).toBe(generation.updated);
  }, 120_000);
});
