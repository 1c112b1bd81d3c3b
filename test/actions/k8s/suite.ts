import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createGuard, deleteGuard, guardFor } from '../../../src/actions/k8s/guard.ts';
import { parsed, workloadSchema } from '../../../src/actions/k8s/shapes.ts';
import { progressOf } from '../../../src/actions/k8s/state.ts';
import { actionNamed } from '../../../src/actions/registry.ts';
import { digestOf } from '../../../src/actions/shared/digest.ts';
import { pickPod } from '../../../src/actions/shared/pods.ts';
import { UserError } from '../../../src/domain/errors.ts';
import type { Json } from '../../../src/domain/record.ts';
import type { Check, Planned } from '../../../src/ports/action.ts';
import { type Cluster, ClusterError, type KubeObject, type Right } from '../../../src/ports/cluster.ts';
import { beforeFirstChange, losingAnswers } from '../helpers/clusters.ts';
import { read, type Step, step, type TestContext, testContext } from '../helpers/context.ts';

/** A cluster to run the suite against: a simulated or a real one. */
export interface K8sEnvironment {
  /** A user who may do everything. */
  cluster(namespace: string): Cluster;
  /** A user who may do nothing in the suite's namespace, until `subject` is given a role. */
  powerless(namespace: string): Cluster;
  /** That user as RBAC names them. */
  readonly subject: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

const NAMESPACE = 'action-suite';
const APPS = 'apps/v1';
const CONFIG_MAP = { apiVersion: 'v1', kind: 'ConfigMap' } as const;
const RBAC = 'rbac.authorization.k8s.io/v1';
const PATIENCE_MS = 40_000;

/** Every Kubernetes action: dry run, apply, conflict, undo, revert, and what the world may do meanwhile. */
export function describeK8sActions(startEnvironment: () => Promise<K8sEnvironment>): void {
  describe('Kubernetes actions', () => {
    let environment: K8sEnvironment;
    let cluster: Cluster;

    beforeAll(async () => {
      environment = await startEnvironment();
      cluster = environment.cluster(NAMESPACE);
      await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
      await cluster.create({
        ...CONFIG_MAP,
        metadata: { name: 'web-config', namespace: NAMESPACE },
        data: { MODE: 'strict', DB_PASSWORD: 'in-a-map' },
      });
      await cluster.create({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'web-secret', namespace: NAMESPACE },
        stringData: { key: 'never-shown' },
      });
    }, 300_000);
    afterAll(() => environment.stop());

    function context(name: string, options: { cluster?: Cluster; now?: () => number } = {}): TestContext {
      return testContext({
        targets: {
          web: { deployment: name, container: 'main' },
          ledger: { statefulset: name },
          data: { pvc: name },
          config: { configmap: 'web-config' },
        },
        cluster: () => options.cluster ?? cluster,
        ...(options.now === undefined ? {} : { now: options.now }),
      });
    }

    async function deploy(name: string, replicas = 2, kind: 'Deployment' | 'StatefulSet' = 'Deployment'): Promise<void> {
      await cluster.create(workload(name, replicas, kind));
      await settled(name, kind);
    }

    async function settled(name: string, kind: 'Deployment' | 'StatefulSet' = 'Deployment'): Promise<void> {
      const over = await cluster.watch(
        { apiVersion: APPS, kind },
        { fieldSelector: `metadata.name=${name}` },
        (objects) => objects.some(isComplete),
        PATIENCE_MS,
      );
      if (!over) throw new Error(`${name} did not settle`);
    }

    async function live(name: string, kind = 'Deployment'): Promise<KubeObject> {
      const object = await cluster.get({ apiVersion: kind === 'PersistentVolumeClaim' ? 'v1' : APPS, kind, name });
      if (object === null) throw new Error(`${kind} ${name} is gone`);
      return object;
    }

    async function env(name: string): Promise<unknown> {
      const { env } = parsed(workloadSchema, await live(name)).spec.template.spec.containers[0] as { env: unknown };
      return env;
    }

    async function setEnv(name: string, env: Json): Promise<void> {
      await cluster.patch(
        { apiVersion: APPS, kind: 'Deployment', name },
        { type: 'strategic', body: { spec: { template: { spec: { containers: [{ name: 'main', env }] } } } } },
      );
    }

    async function podNames(name: string): Promise<readonly string[]> {
      const pods = await cluster.list({ apiVersion: 'v1', kind: 'Pod' }, { labelSelector: `app=${name}` });
      return pods.filter((pod) => pod.metadata['deletionTimestamp' as never] === undefined).map((pod) => pod.metadata.name);
    }

    describe('reading', () => {
      const name = 'reader';
      beforeAll(() => deploy(name), 60_000);

      test('pods: how many there are, and how they are', async () => {
        const { output, summary } = await read(actionNamed('k8s.pods'), { target: 'web' }, context(name));
        expect(output).toMatchObject({ found: true, desired: 2, ready: 2, total: 2, restarts: 0, problems: [] });
        expect(summary).toBe('2 of 2 pods ready, 0 restarts');
      });

      test('pods: a missing workload is no error, and what is near is said', async () => {
        const { output, summary } = await read(actionNamed('k8s.pods'), { target: 'web' }, context('readers'));
        expect(output).toEqual({ found: false });
        expect(summary).toContain(`There is no such workload in this cluster: deployment/readers in namespace ${NAMESPACE}. Near: deployment/reader`);
      });

      test('other actions say of a missing workload what is near', async () => {
        await expect(read(actionNamed('k8s.logs'), { target: 'web' }, context('readers'))).rejects.toMatchObject({ code: 'target-missing' });
      });

      test('events of a workload, of its replica set and of its pods, by time', async () => {
        const { output } = await read(actionNamed('k8s.events'), { target: 'web' }, context(name));
        const events = output['events'] as { reason: string; object: string; time: string }[];
        expect(events.map((event) => event.reason)).toContain('ScalingReplicaSet');
        expect(events.map((event) => event.object).filter((object) => !object.includes('/reader'))).toEqual([]);
        expect(events.map((event) => event.time)).toEqual(events.map((event) => event.time).sort());
        const ago = await read(actionNamed('k8s.events'), { since: '1m' }, context(name, { now: () => Date.now() + 3_600_000 }));
        expect(ago.output['total']).toBe(0);
      });

      test('logs are asked for in every pod', async () => {
        const { output, text } = await read(
          actionNamed('k8s.logs'),
          { target: 'web', containers: 'all', match: 'policy', rank: 'duration_ms' },
          context(name),
        );
        expect(output['pods']).toBe(2);
        expect(text?.name).toBe('web.log');
      });

      test('logs without a line that counts are unknown, not free of what was looked for', async () => {
        const quiet = { ...context(name), newerThan: Date.now() + 3_600_000 };
        const reading = await read(actionNamed('k8s.logs'), { target: 'web', match: 'error' }, quiet);
        expect(reading).toMatchObject({ state: 'unknown', output: { lines: 0 } });
        expect(reading.output).not.toHaveProperty('matched');
      });

      test('logs of a container that was never restarted are a note, no error', async () => {
        const { output, summary, text } = await read(actionNamed('k8s.logs'), { target: 'web', previous: true }, context(name));
        expect(output).toMatchObject({ pods: 2, lines: 0 });
        expect(summary).toContain('2 logs could not be read');
        expect(text?.content).toContain('no log of a previous container');
      });

      test('logs of a container that does not exist name those that do', async () => {
        await expect(read(actionNamed('k8s.logs'), { target: 'web', containers: 'nope' }, context(name))).rejects.toThrow(
          /have no container nope. They have: main/,
        );
      });

      test('a description with conditions, revision and events', async () => {
        const { output, text } = await read(actionNamed('k8s.describe'), { target: 'web' }, context(name));
        expect(output).toMatchObject({ found: true, desired: 2, ready: 2, revision: '1', image: 'registry.test/app:1' });
        expect((output['conditions'] as { type: string }[]).map((one) => one.type)).toContain('Available');
        expect(output['replica_sets']).toHaveLength(1);
        expect(text?.content).toContain('web-config');
        expect((await read(actionNamed('k8s.describe'), { target: 'web' }, context('readers'))).output['found']).toBe(false);
      });

      test('descriptions of every pod', async () => {
        const { output, text } = await read(actionNamed('k8s.pod-descriptions'), { target: 'web' }, context(name));
        expect(output).toEqual({ pods: 2 });
        for (const pod of await podNames(name)) expect(text?.content).toContain(pod);
      });

      test('the rollout is complete', async () => {
        const { output } = await read(actionNamed('k8s.rollout-status'), { target: 'web' }, context(name));
        expect(output).toMatchObject({ complete: true, desired: 2, updated: 2, available: 2, stuck: false });
      });

      test('environment is resolved, what is secret is not read', async () => {
        const { output } = await read(actionNamed('k8s.env'), { target: 'web' }, context(name));
        expect(output['variables']).toEqual([
          { name: 'DB_PASSWORD', value: '(hidden)', from: 'configmap/web-config' },
          { name: 'MODE', value: 'strict', from: 'configmap/web-config' },
          { name: 'PLAIN', value: 'one', from: 'template' },
          { name: 'FROM_MAP', value: 'strict', from: 'configmap/web-config MODE' },
          { name: 'FROM_SECRET', value: '(secret)', from: 'secret/web-secret key' },
        ]);
        const some = await read(actionNamed('k8s.env'), { target: 'web', match: '^pl' }, context(name));
        expect(some.output['variables']).toHaveLength(1);
      });

      test('changes of late, with who made them', async () => {
        await cluster.patch({ ...CONFIG_MAP, name: 'web-config' }, { type: 'merge', body: { data: { MODE: 'strict' } } });
        const { output } = await read(actionNamed('k8s.changes'), { targets: ['web', 'config'] }, context(name));
        const changes = output['changes'] as { what: string; who: string }[];
        expect(changes.some((change) => change.what.startsWith('deployment/reader revision 1 (registry.test/app:1)'))).toBe(true);
        expect(changes.filter((change) => change.what.includes('configmap/web-config')).map((change) => change.who)).toEqual(['tocsin']);
        expect(JSON.stringify(output)).not.toContain('in-a-map');
      });

      test('metrics say whether there are any', async () => {
        const there = (await cluster.raw('/apis/metrics.k8s.io/v1beta1')) !== null;
        const { output } = await read(actionNamed('k8s.metrics'), { target: 'web', cpu_above: '0' }, context(name));
        expect(output['available']).toBe(there);
      });

      test('one pod to run something in', async () => {
        const picked = await pickPod(context(name), 'web');
        expect(await podNames(name)).toContain(picked.pod.metadata.name);
        expect(picked.container).toBe('main');
      });

      test('without the right, the error names it', async () => {
        const error = await failure(read(actionNamed('k8s.pods'), { target: 'web' }, context(name, { cluster: environment.powerless(NAMESPACE) })));
        expect(error).toBeInstanceOf(ClusterError);
        expect(error).toMatchObject({ reason: 'forbidden' });
        expect(String(error)).toContain(`may not get deployments.apps/reader in namespace ${NAMESPACE}`);
      });
    });

    describe('rollout restart', () => {
      const name = 'restarted';
      const restart = step(actionNamed('k8s.rollout-restart'), { target: 'web' });
      beforeAll(() => deploy(name), 60_000);

      test('a plan changes nothing, applying replaces every pod once, however often it is tried', async () => {
        const before = await live(name);
        const planned = await restart.plan(context(name));
        expect(planned).toMatchObject({ summary: 'Restarts deployment/restarted (rolls 2 pods)', changes: true });
        expect(planned.diff).toContain('+ kubectl.kubernetes.io/restartedAt');
        expect((await live(name)).metadata.generation).toBe(before.metadata.generation);
        const pods = await podNames(name);

        expect(await restart.apply(planned, context(name), 'run:7')).toEqual({ object: 'deployment/restarted', pods: 2, already: false });
        expect(await restart.apply(planned, context(name, { now: () => Date.now() + 60_000 }), 'run:7')).toMatchObject({ already: true });
        expect((await live(name)).metadata.generation).toBe((before.metadata.generation ?? 0) + 1);
        await settled(name);
        expect((await podNames(name)).filter((pod) => pods.includes(pod))).toEqual([]);
      });

      test('another step restarts again, unless somebody deployed meanwhile', async () => {
        const planned = await restart.plan(context(name));
        await cluster.patch(
          { apiVersion: APPS, kind: 'Deployment', name },
          { type: 'strategic', body: { spec: { template: { spec: { containers: [{ name: 'main', image: 'registry.test/app:2' }] } } } } },
        );
        expect(await failure(restart.apply(planned, context(name), 'run:8'))).toMatchObject({ code: 'plan-stale', refusal: true });
        await restart.apply(await restart.plan(context(name)), context(name), 'run:8');
        const { template } = parsed(workloadSchema, await live(name)).spec;
        expect(template.metadata.annotations['tocsin.dev/restarted-for']).toBe('run:8');
      });

      test('a plan is not stale because a variable changed: steps of one remedy follow each other', async () => {
        const planned = await restart.plan(context(name));
        await setEnv(name, [{ name: 'PLAIN', value: 'other' }]);
        expect(await restart.apply(planned, context(name), 'run:9')).toMatchObject({ already: false });
      });

      test('two replicas at the same moment restart once', async () => {
        const planned = await restart.plan(context(name));
        const before = (await live(name)).metadata.generation ?? 0;
        const outcomes = await Promise.all([restart.apply(planned, context(name), 'run:20'), restart.apply(planned, context(name), 'run:20')]);
        expect(outcomes.filter((one) => one['already'] === true)).toHaveLength(1);
        expect((await live(name)).metadata.generation).toBe(before + 1);
      });

      test('a lost answer is looked for, not done twice', async () => {
        const planned = await restart.plan(context(name));
        const before = (await live(name)).metadata.generation ?? 0;
        await restart.apply(planned, context(name, { cluster: losingAnswers(cluster) }), 'run:10');
        expect((await live(name)).metadata.generation).toBe(before + 1);
      });

      test('without the right, the error names it', async () => {
        const planned = await restart.plan(context(name));
        const error = await failure(
          restart.apply(planned, context(name, { cluster: readsOnly(cluster, environment.powerless(NAMESPACE)) }), 'run:11'),
        );
        expect(String(error)).toContain(`may not patch deployments.apps/restarted in namespace ${NAMESPACE}`);
      });

      test('a StatefulSet as well', async () => {
        await deploy('ledger', 1, 'StatefulSet');
        const one = step(actionNamed('k8s.rollout-restart'), { target: 'ledger' });
        const planned = await one.plan(context('ledger'));
        expect(planned.notes.join(' ')).toContain('one after another');
        expect(await one.apply(planned, context('ledger'), 'run:1')).toMatchObject({ object: 'statefulset/ledger', already: false });
      });
    });

    describe('scale', () => {
      const name = 'scaled';
      const hpa = { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', name: 'scaled-hpa' } as const;
      const replicas = async (): Promise<number> => parsed(workloadSchema, await live(name)).spec.replicas;
      const asked = (input: Readonly<Record<string, Json>>): Step => step(actionNamed('k8s.scale'), { target: 'web', ...input });
      const scale = (count: number): Step => asked({ replicas: count });
      const atLeast = (count: number): Step => asked({ at_least: count, hpa: 'adjust' });
      const atMost = (count: number): Step => asked({ at_most: count, hpa: 'adjust' });
      beforeAll(() => deploy(name), 60_000);
      afterEach(async () => {
        if ((await cluster.get(hpa)) !== null) await cluster.delete(hpa);
        await scaleTo(2);
      });

      test('plan, apply, apply again, revert, revert again', async () => {
        const planned = await scale(4).plan(context(name));
        expect(planned.diff).toBe('  deployment/scaled:\n-   replicas: 2\n+   replicas: 4');
        expect(planned.summary).toBe('Scales deployment/scaled up from 2 to 4');
        expect(await replicas()).toBe(2);
        expect(await scale(4).apply(planned, context(name))).toEqual({ object: 'deployment/scaled', replicas: 4, already: false });
        expect(await scale(4).apply(planned, context(name))).toMatchObject({ already: true });
        expect(await replicas()).toBe(4);
        expect((await scale(4).revert(planned, context(name))).kind).toBe('reverted');
        expect((await scale(4).revert(planned, context(name))).kind).toBe('already');
        expect(await replicas()).toBe(2);
      });

      test('what already is so changes nothing', async () => {
        expect((await scale(2).plan(context(name))).changes).toBe(false);
      });

      test('somebody else scaled meanwhile: stale before, a conflict afterwards, by force put back', async () => {
        const stale = await scale(4).plan(context(name));
        await scaleTo(3);
        expect(await failure(scale(4).apply(stale, context(name)))).toMatchObject({ code: 'plan-stale' });
        await scaleTo(2);
        const planned = await scale(4).plan(context(name));
        await scale(4).apply(planned, context(name));
        await scaleTo(6);
        const reverted = await scale(4).revert(planned, context(name));
        expect(reverted).toMatchObject({ kind: 'conflict', diff: '  deployment/scaled:\n-   replicas: 6\n+   replicas: 2' });
        expect(await replicas()).toBe(6);
        expect((await scale(4).revert(planned, context(name), true)).kind).toBe('reverted');
        expect(await replicas()).toBe(2);
      });

      test('a change of something else meanwhile is no conflict: it looks and tries again', async () => {
        const planned = await scale(3).plan(context(name));
        const busy = beforeFirstChange(cluster, () =>
          cluster.patch({ apiVersion: APPS, kind: 'Deployment', name }, { type: 'merge', body: { metadata: { annotations: { touched: 'yes' } } } }),
        );
        expect(await scale(3).apply(planned, context(name, { cluster: busy }))).toMatchObject({ already: false });
        expect(await replicas()).toBe(3);
      });

      test('at least never scales down, at most never scales up, and what is so already is said', async () => {
        await scaleTo(6);
        expect(await atLeast(5).plan(context(name))).toMatchObject({
          changes: false,
          diff: '',
          summary: 'deployment/scaled has 6 replicas already; at least 5 is asked for',
        });
        expect((await atMost(8).plan(context(name))).changes).toBe(false);
        expect((await atLeast(7).plan(context(name))).summary).toBe('Scales deployment/scaled up from 6 to 7');
        const down = await atMost(2).plan(context(name));
        expect(down.summary).toBe('Scales deployment/scaled down from 6 to 2');
        expect(down.notes.join(' ')).toContain('fewer pods than now, on purpose');
      });

      test.each([{}, { at_least: 2, at_most: 4 }, { at_least: 0 }])('%j says not how many', (input) => {
        expect(() => asked(input)).toThrow();
      });

      test('an autoscaler that would undo it is a refusal; one that would not is left alone', async () => {
        await autoscale(3, 10);
        for (const input of [{ at_most: 1 }, { at_least: 5 }, { replicas: 5 }])
          expect(await failure(asked(input).plan(context(name)))).toMatchObject({ code: 'hpa-undoes', refusal: true });
        for (const input of [{ at_most: 10 }, { at_least: 3 }]) expect(await asked(input).plan(context(name))).toMatchObject({ changes: false });
      });

      test('up, where an autoscaler has gone further already: its least is raised and nothing is lowered', async () => {
        await autoscale(3, 10, 6);
        const planned = await atLeast(5).plan(context(name));
        expect(planned.diff).toBe('  horizontalpodautoscaler/scaled-hpa:\n-   minReplicas: 3\n+   minReplicas: 5\n    maxReplicas: 10');
        expect(planned.summary).toBe('Scales deployment/scaled up by its autoscaler scaled-hpa, which is to keep 5-10 instead of 3-10');
        expect(planned.notes.join(' ')).toContain('scaled-hpa keeps between 3 and 10 replicas; there are 6 now');
        expect(await bounds()).toEqual([3, 10]);
        expect(await atLeast(5).apply(planned, context(name))).toMatchObject({ min_replicas: 5, max_replicas: 10, already: false });
        expect(await atLeast(5).apply(planned, context(name))).toMatchObject({ already: true });
        expect([await bounds(), await replicas()]).toEqual([[5, 10], 6]);
        await scaleTo(9);
        expect((await atLeast(5).revert(planned, context(name))).kind).toBe('reverted');
        expect([await bounds(), await replicas()]).toEqual([[3, 10], 9]);
        expect((await atLeast(5).revert(planned, context(name))).kind).toBe('already');
      });

      test('up: an autoscaler brings the pods itself, and its most is raised only where it is too low', async () => {
        await autoscale(2, 4);
        const planned = await atLeast(5).plan(context(name));
        await atLeast(5).apply(planned, context(name));
        expect(await bounds()).toEqual([5, 5]);
        await until(async () => (await replicas()) === 5);
        await atLeast(5).revert(planned, context(name));
        expect(await bounds()).toEqual([2, 4]);
        await until(async () => (await replicas()) === 4);
      });

      test('up, where an autoscaler keeps as many already: nothing has to be changed', async () => {
        await autoscale(6, 10);
        expect(await atLeast(5).plan(context(name))).toMatchObject({
          changes: false,
          summary: 'scaled-hpa keeps 6-10 replicas of deployment/scaled already; at least 5 is asked for',
        });
      });

      test('down on purpose: an autoscaler takes the pods away itself, and its bounds come back', async () => {
        await autoscale(3, 10);
        const planned = await atMost(1).plan(context(name));
        expect(planned.summary).toContain('down by its autoscaler scaled-hpa, which is to keep 1-1 instead of 3-10');
        await atMost(1).apply(planned, context(name));
        expect(await bounds()).toEqual([1, 1]);
        await until(async () => (await replicas()) === 1);
        expect((await atMost(1).revert(planned, context(name))).kind).toBe('reverted');
        expect(await bounds()).toEqual([3, 10]);
        await until(async () => (await replicas()) === 3);
      });

      test('what an autoscaler does meanwhile leaves a plan as it is; what a person makes of its bounds does not', async () => {
        await autoscale(3, 10, 4);
        const ground = ({ diff, touches, scope, changes }: Planned) => ({ diff, touches, scope, changes });
        const planned = await atLeast(5).plan(context(name));
        await scaleTo(8);
        expect(ground(await atLeast(5).plan(context(name)))).toEqual(ground(planned));
        await bound({ maxReplicas: 12 });
        const { touches } = await atLeast(5).plan(context(name));
        expect(touches.find(({ fields }) => fields === 'bounds')?.digest).not.toBe(planned.touches.find(({ fields }) => fields === 'bounds')?.digest);
        expect(await failure(atLeast(5).apply(planned, context(name)))).toMatchObject({ code: 'plan-stale' });
        expect([await bounds(), await replicas()]).toEqual([[3, 12], 8]);
      });

      test('a revert puts back the bound that was changed, and asks where somebody has changed that one', async () => {
        await autoscale(3, 10);
        const planned = await atLeast(5).plan(context(name));
        await atLeast(5).apply(planned, context(name));
        await bound({ maxReplicas: 20 });
        expect((await atLeast(5).revert(planned, context(name))).kind).toBe('reverted');
        expect(await bounds()).toEqual([3, 20]);
        await bound({ minReplicas: 4 });
        const asks = await atLeast(5).revert(planned, context(name));
        expect(asks).toMatchObject({
          kind: 'conflict',
          diff: '  horizontalpodautoscaler/scaled-hpa:\n-   minReplicas: 4\n+   minReplicas: 3\n    maxReplicas: 20',
        });
        expect(await bounds()).toEqual([4, 20]);
        expect((await atLeast(5).revert(planned, context(name), true)).kind).toBe('reverted');
        expect(await bounds()).toEqual([3, 20]);
      });

      test('an autoscaler that is gone, or has come since, needs nothing put back', async () => {
        const alone = await atLeast(4).plan(context(name));
        await atLeast(4).apply(alone, context(name));
        await autoscale(3, 10, 7);
        expect(await atLeast(4).revert(alone, context(name))).toEqual({
          kind: 'already',
          summary: 'The autoscaler scaled-hpa decides the number of replicas of deployment/scaled',
        });
        expect(await replicas()).toBe(7);
        const planned = await atLeast(5).plan(context(name));
        await atLeast(5).apply(planned, context(name));
        await cluster.delete(hpa);
        expect((await atLeast(5).revert(planned, context(name))).kind).toBe('already');
        expect(await replicas()).toBe(7);
      });

      test('down and back in one remedy: to what was there, and a revert of it all changes nothing', async () => {
        await autoscale(3, 10, 6);
        const [down, back] = [atMost(1), asked({ at_least: 3, from: 1, hpa: 'adjust' })];
        const plans = [await down.plan(context(name)), await back.plan(context(name))] as const;
        expect(plans[1].summary).toContain('up by its autoscaler scaled-hpa, which is to keep 3-10 instead of 1-1');
        await down.apply(plans[0], context(name));
        await until(async () => (await replicas()) === 1);
        // The second was never applied: there is nothing of it to put back.
        expect((await back.revert(plans[1], context(name))).kind).toBe('already');
        expect(await bounds()).toEqual([1, 1]);
        await back.apply(plans[1], context(name));
        expect(await bounds()).toEqual([3, 10]);
        for (const [one, plan] of [
          [back, plans[1]],
          [down, plans[0]],
        ] as const)
          expect((await one.revert(plan, context(name))).kind).toBe('already');
        expect(await bounds()).toEqual([3, 10]);
      });

      test('down and back without an autoscaler: as many as there were', async () => {
        await scaleTo(5);
        const [down, back] = [atMost(1), asked({ at_least: 3, from: 1 })];
        const plans = [await down.plan(context(name)), await back.plan(context(name))] as const;
        expect(plans[1].summary).toBe('Scales deployment/scaled up from 1 to 5');
        await down.apply(plans[0], context(name));
        await back.apply(plans[1], context(name));
        expect(await replicas()).toBe(5);
        expect((await back.revert(plans[1], context(name))).kind).toBe('already');
        expect((await down.revert(plans[0], context(name))).kind).toBe('already');
        expect(await replicas()).toBe(5);
      });

      test('at 0 an autoscaler stands still: it is set in the workload, and woken there', async () => {
        await autoscale(3, 10, 4);
        const off = await atMost(0).plan(context(name));
        expect(off.diff).toBe("  deployment/scaled:\n-   replicas: (the autoscaler's)\n+   replicas: 0");
        await atMost(0).apply(off, context(name));
        expect([await bounds(), await replicas()]).toEqual([[3, 10], 0]);
        const on = await atLeast(5).plan(context(name));
        await atLeast(5).apply(on, context(name));
        expect([await bounds(), await replicas()]).toEqual([[5, 10], 5]);
        expect((await atLeast(5).revert(on, context(name))).kind).toBe('reverted');
        expect([await bounds(), await replicas()]).toEqual([[3, 10], 5]);
        await scaleTo(0);
        expect((await atMost(0).revert(off, context(name))).kind).toBe('reverted');
        expect(await replicas()).toBe(4);
      });

      test('a disruption budget is named', async () => {
        await cluster.create({
          apiVersion: 'policy/v1',
          kind: 'PodDisruptionBudget',
          metadata: { name: 'scaled-pdb', namespace: NAMESPACE },
          spec: { minAvailable: 2, selector: { matchLabels: { app: name } } },
        });
        expect((await scale(1).plan(context(name))).notes.join(' ')).toContain('scaled-pdb (at least 2 available) requires more pods');
      });

      /** An autoscaler without metrics, so that it keeps to its bounds and nothing else, and where it has gone by itself. */
      async function autoscale(minReplicas: number, maxReplicas: number, gone = minReplicas): Promise<void> {
        await scaleTo(gone);
        await cluster.create({
          ...hpa,
          metadata: { name: hpa.name, namespace: NAMESPACE },
          spec: {
            scaleTargetRef: { apiVersion: APPS, kind: 'Deployment', name },
            minReplicas,
            maxReplicas,
            metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } }],
          },
        });
      }

      async function bounds(): Promise<unknown> {
        const spec = (await cluster.get(hpa))?.['spec'] as { minReplicas: number; maxReplicas: number } | undefined;
        return [spec?.minReplicas, spec?.maxReplicas];
      }

      async function bound(spec: Json): Promise<void> {
        await cluster.patch(hpa, { type: 'merge', body: { spec } });
      }

      async function scaleTo(count: number): Promise<void> {
        await cluster.patch({ apiVersion: APPS, kind: 'Deployment', name }, { type: 'merge', body: { spec: { replicas: count } } });
      }
    });

    describe('rollout undo', () => {
      const name = 'undone';
      const undo = step(actionNamed('k8s.rollout-undo'), { target: 'web' });
      const image = async (): Promise<string | undefined> => parsed(workloadSchema, await live(name)).spec.template.spec.containers[0]?.image;
      const release = async (tag: string): Promise<void> => {
        await cluster.patch(
          { apiVersion: APPS, kind: 'Deployment', name },
          { type: 'strategic', body: { spec: { template: { spec: { containers: [{ name: 'main', image: `registry.test/app:${tag}` }] } } } } },
        );
        await settled(name);
      };
      beforeAll(async () => {
        await deploy(name);
        await release('2');
      }, 90_000);

      test('the history has both revisions', async () => {
        const { output } = await read(actionNamed('k8s.history'), { target: 'web' }, context(name));
        expect(output['revisions']).toMatchObject([
          { revision: 1, image: 'registry.test/app:1', current: false },
          { revision: 2, image: 'registry.test/app:2', current: true },
        ]);
      });

      test('goes back, once, says what it does not restore, and forward again', async () => {
        const planned = await undo.plan(context(name));
        expect(planned.summary).toContain('back to revision 1 (registry.test/app:1');
        expect(planned.diff?.split('\n').filter((line) => !line.startsWith('  '))).toEqual([
          '-       image: registry.test/app:2',
          '+       image: registry.test/app:1',
        ]);
        expect(planned.notes.join(' ')).toContain('It does not restore the content of configmap/web-config, secret/web-secret.');
        expect(await image()).toBe('registry.test/app:2');

        expect(await undo.apply(planned, context(name))).toMatchObject({ revision: 1, already: false });
        await settled(name);
        expect(await image()).toBe('registry.test/app:1');
        expect(await undo.apply(planned, context(name))).toMatchObject({ already: true });
        expect(await image()).toBe('registry.test/app:1');

        expect(await undo.recover(planned, digestOf(planned.snapshot), context(name))).toEqual(planned.snapshot);
        expect((await undo.revert(planned, context(name))).kind).toBe('reverted');
        expect((await undo.revert(planned, context(name))).kind).toBe('already');
        expect(await image()).toBe('registry.test/app:2');
        await settled(name);
      });

      test('a restart is no version to go back to', async () => {
        const restart = step(actionNamed('k8s.rollout-restart'), { target: 'web' });
        await restart.apply(await restart.plan(context(name)), context(name));
        await settled(name);
        const planned = await undo.plan(context(name));
        expect(planned.summary).toContain('(registry.test/app:1');
        const { output } = await read(actionNamed('k8s.history'), { target: 'web' }, context(name));
        const images = new Map((output['revisions'] as { revision: number; image: string }[]).map((one) => [one.revision, one.image]));
        expect(images.get(output['back_to'] as number)).toBe('registry.test/app:1');
      });

      test('a revision that is not there is said with those that are', async () => {
        expect(String(await failure(step(actionNamed('k8s.rollout-undo'), { target: 'web', revision: 99 }).plan(context(name))))).toContain(
          'has no revision 99. Revisions:',
        );
      });

      test('a StatefulSet goes back as well', async () => {
        await deploy('ledger-undo', 1, 'StatefulSet');
        const ref = { apiVersion: APPS, kind: 'StatefulSet', name: 'ledger-undo' } as const;
        const original = parsed(workloadSchema, await live('ledger-undo', 'StatefulSet')).spec.template;
        await cluster.patch(ref, {
          type: 'strategic',
          body: {
            spec: { template: { spec: { containers: [{ name: 'main', image: 'registry.test/app:2', env: [{ name: 'NEW', value: 'x' }] }] } } },
          },
        });
        await settled('ledger-undo', 'StatefulSet');
        const back = step(actionNamed('k8s.rollout-undo'), { target: 'ledger' });
        const planned = await back.plan(context('ledger-undo'));
        expect(await back.apply(planned, context('ledger-undo'))).toMatchObject({
          object: 'statefulset/ledger-undo',
          image: 'registry.test/app:1',
          already: false,
        });
        expect(parsed(workloadSchema, await live('ledger-undo', 'StatefulSet')).spec.template).toEqual(original);
        expect(await back.apply(planned, context('ledger-undo'))).toMatchObject({ already: true });
        await settled('ledger-undo', 'StatefulSet');
        expect((await back.revert(planned, context('ledger-undo'))).kind).toBe('reverted');
      });

      test('a release meanwhile: stale before, a conflict afterwards', async () => {
        const stale = await undo.plan(context(name));
        await release('3');
        expect(await failure(undo.apply(stale, context(name)))).toMatchObject({ code: 'plan-stale' });
        const planned = await undo.plan(context(name));
        await undo.apply(planned, context(name));
        await settled(name);
        await release('4');
        expect(await undo.revert(planned, context(name))).toMatchObject({ kind: 'conflict' });
        expect(await image()).toBe('registry.test/app:4');
      });
    });

    describe('set env', () => {
      const name = 'configured';
      const bypass = { POLICY_BYPASS_MODE: 'true', FROM_SECRET: 'overridden', PLAIN: null };
      const set = step(actionNamed('k8s.set-env'), { target: 'web', env: bypass });
      const original = [
        { name: 'PLAIN', value: 'one' },
        { name: 'FROM_MAP', valueFrom: { configMapKeyRef: { name: 'web-config', key: 'MODE', optional: false } } },
        { name: 'FROM_SECRET', valueFrom: { secretKeyRef: { name: 'web-secret', key: 'key', optional: false } } },
      ];
      const sorted = (env: unknown): unknown => [...(env as { name: string }[])].sort((one, other) => (one.name < other.name ? -1 : 1));
      beforeAll(() => deploy(name), 60_000);

      test('plans as a diff, applies once, and reverts to exactly what was there', async () => {
        const before = await live(name);
        const planned = await set.plan(context(name));
        expect(planned.summary).toBe('Sets FROM_SECRET, POLICY_BYPASS_MODE and removes PLAIN on deployment/configured (rolls 2 pods)');
        expect(planned.diff).toBe(
          [
            '  container: main',
            '  env:',
            '    - name: FROM_SECRET',
            '-     valueFrom:',
            '-       secretKeyRef:',
            '-         name: web-secret',
            '-         key: key',
            '-   - name: PLAIN',
            '-     value: one',
            '+     value: (hidden)',
            '+   - name: POLICY_BYPASS_MODE',
            '+     value: "true"',
          ].join('\n'),
        );
        expect((await live(name)).metadata.generation).toBe(before.metadata.generation);

        expect(await set.apply(planned, context(name))).toEqual({
          object: 'deployment/configured',
          container: 'main',
          set: ['FROM_SECRET', 'POLICY_BYPASS_MODE'],
          removed: ['PLAIN'],
          already: false,
        });
        expect(await set.apply(planned, context(name))).toMatchObject({ already: true });
        expect((await live(name)).metadata.generation).toBe((before.metadata.generation ?? 0) + 1);
        expect(sorted(await env(name))).toEqual(
          sorted([original[1], { name: 'FROM_SECRET', value: 'overridden' }, { name: 'POLICY_BYPASS_MODE', value: 'true' }]),
        );
        await settled(name);

        expect(await set.recover(planned, digestOf(planned.snapshot), context(name))).toEqual(planned.snapshot);
        expect(await set.recover(planned, digestOf('another'), context(name))).toBeNull();

        expect((await set.revert(planned, context(name))).kind).toBe('reverted');
        expect(sorted(await env(name))).toEqual(sorted(original));
        expect((await set.revert(planned, context(name))).kind).toBe('already');
      });

      test('a crash between change and answer: applied once, reverted once', async () => {
        const planned = await set.plan(context(name));
        const before = (await live(name)).metadata.generation ?? 0;
        await set.apply(planned, context(name, { cluster: losingAnswers(cluster) }));
        expect((await live(name)).metadata.generation).toBe(before + 1);
        await set.revert(planned, context(name, { cluster: losingAnswers(cluster) }));
        expect((await live(name)).metadata.generation).toBe(before + 2);
        expect(sorted(await env(name))).toEqual(sorted(original));
      });

      test('the field changed before: stale; another field changed: not stale', async () => {
        const planned = await set.plan(context(name));
        await setEnv(name, [{ name: 'UNRELATED', value: 'x' }]);
        await set.apply(planned, context(name));
        await set.revert(planned, context(name));
        const stale = await set.plan(context(name));
        await setEnv(name, [{ name: 'PLAIN', value: 'two' }]);
        expect(await failure(set.apply(stale, context(name)))).toMatchObject({ code: 'plan-stale' });
        await setEnv(name, [
          { name: 'PLAIN', value: 'one' },
          { name: 'UNRELATED', $patch: 'delete' },
        ]);
      });

      test('the field changed right before the patch: stale, and nothing was overwritten', async () => {
        const planned = await set.plan(context(name));
        const faster = beforeFirstChange(cluster, () => setEnv(name, [{ name: 'POLICY_BYPASS_MODE', value: 'somebody-else' }]));
        expect(await failure(set.apply(planned, context(name, { cluster: faster })))).toMatchObject({ code: 'plan-stale' });
        expect(await env(name)).toContainEqual({ name: 'POLICY_BYPASS_MODE', value: 'somebody-else' });
        await setEnv(name, [{ name: 'POLICY_BYPASS_MODE', $patch: 'delete' }]);
      });

      test('somebody changed it since: the revert shows both and overwrites only by force', async () => {
        const planned = await set.plan(context(name));
        await set.apply(planned, context(name));
        await setEnv(name, [{ name: 'POLICY_BYPASS_MODE', value: 'half' }]);
        const reverted = await set.revert(planned, context(name));
        expect(reverted).toMatchObject({ kind: 'conflict', summary: 'Somebody changed POLICY_BYPASS_MODE on deployment/configured since' });
        expect(reverted.kind === 'conflict' && reverted.diff).toContain('-     value: half');
        expect(await env(name)).toContainEqual({ name: 'POLICY_BYPASS_MODE', value: 'half' });
        expect((await set.revert(planned, context(name), true)).kind).toBe('reverted');
        expect(sorted(await env(name))).toEqual(sorted(original));
      });

      test('one variable put back by hand: the rest is reverted', async () => {
        const planned = await set.plan(context(name));
        await set.apply(planned, context(name));
        await setEnv(name, [{ name: 'PLAIN', value: 'one' }]);
        expect((await set.revert(planned, context(name))).kind).toBe('reverted');
        expect(sorted(await env(name))).toEqual(sorted(original));
      });

      test('a secret value is hidden in the diff and from whatever is said', async () => {
        const secret = step(actionNamed('k8s.set-env'), { target: 'web', env: { API_TOKEN: 'hunter2' } });
        const here = context(name);
        const planned = await secret.plan(here);
        expect(JSON.stringify({ ...planned, snapshot: null })).not.toContain('hunter2');
        expect(here.hidden).toContain('hunter2');
      });

      test('what already is so changes nothing', async () => {
        expect((await step(actionNamed('k8s.set-env'), { target: 'web', env: { PLAIN: 'one', ABSENT: null } }).plan(context(name))).changes).toBe(
          false,
        );
      });

      test('without the right, the error names it', async () => {
        const error = await failure(set.plan(context(name, { cluster: readsOnly(cluster, environment.powerless(NAMESPACE)) })));
        expect(String(error)).toContain('may not patch deployments.apps/configured');
      });

      test('a guard is made, moved to another deadline, and taken away', async () => {
        const planned = await set.plan(context(name));
        const request = {
          plan: 'plan-1',
          step: 0,
          workload: { kind: 'Deployment', name },
          namespace: NAMESPACE,
          snapshot: planned.snapshot as never,
          deadline: Date.UTC(2031, 4, 6, 7, 8, 30),
          now: Date.UTC(2031, 4, 6, 6, 8, 30),
          image: 'registry.test/kubectl:1',
          serviceAccount: 'guard',
        } as const;
        const guard = guardFor(request);
        const ref = { apiVersion: 'batch/v1', kind: 'CronJob', name: guard.name } as const;
        await createGuard(cluster, guard);
        await createGuard(cluster, guard);
        expect((await cluster.get(ref))?.['spec']).toMatchObject({
          schedule: '9 7 6 5 *',
          timeZone: 'Etc/UTC',
          concurrencyPolicy: 'Forbid',
          suspend: false,
        });
        await createGuard(cluster, guardFor({ ...request, deadline: request.deadline + 3_600_000 }));
        expect((await cluster.get(ref))?.['spec']).toMatchObject({ schedule: '9 8 6 5 *' });
        await deleteGuard(cluster, guard.name);
        await deleteGuard(cluster, guard.name);
        expect(await cluster.get(ref)).toBeNull();
        expect(await cluster.get({ apiVersion: 'v1', kind: 'Secret', name: guard.name })).toBeNull();
      });

      test("the guard's patch alone reverts exactly", async () => {
        const planned = await set.plan(context(name));
        await set.apply(planned, context(name));
        const guard = guardFor({
          plan: 'plan-2',
          step: 0,
          workload: { kind: 'Deployment', name },
          namespace: NAMESPACE,
          snapshot: planned.snapshot as never,
          deadline: Date.now(),
          now: Date.now(),
          image: 'x',
          serviceAccount: 'x',
        });
        const { stringData } = guard.secret as { stringData: Record<string, string> };
        await cluster.patch(
          { apiVersion: APPS, kind: 'Deployment', name },
          { type: 'strategic', body: JSON.parse(stringData['patch.json'] ?? '') as Json },
        );
        expect(sorted(await env(name))).toEqual(sorted(original));
      });
    });

    describe('expand volume', () => {
      const size = async (name: string): Promise<string> =>
        ((await live(name, 'PersistentVolumeClaim'))['spec'] as { resources: { requests: { storage: string } } }).resources.requests.storage;
      const expand = (to: string): Step => step(actionNamed('k8s.expand-volume'), { target: 'data', size: to });
      beforeAll(async () => {
        await Promise.all(
          [
            ['growing', 'fast'],
            ['rigid', 'fixed'],
          ].map(async ([name = '', storageClass = '']) => {
            await storageClassOf(storageClass, storageClass === 'fast');
            await cluster.create(claim(name, storageClass));
          }),
        );
        await cluster.create(mounting('mounter', ['growing', 'rigid']));
        const bound = await cluster.watch(
          { apiVersion: 'v1', kind: 'PersistentVolumeClaim' },
          {},
          (claims) => claims.length === 2 && claims.every((one) => (one['status'] as { phase?: string } | undefined)?.phase === 'Bound'),
          PATIENCE_MS,
        );
        if (!bound) throw new Error('the claims were not bound');
      }, 90_000);

      test('grows, once, and never beyond a larger size that somebody chose', async () => {
        const planned = await expand('20Gi').plan(context('growing'));
        expect(planned.diff).toContain('-     storage: 10Gi\n+     storage: 20Gi');
        expect(planned.snapshot).toBeNull();
        expect(await size('growing')).toBe('10Gi');
        expect(await expand('20Gi').apply(planned, context('growing'))).toMatchObject({ size_bytes: 20 * 1024 ** 3, already: false });
        expect(await expand('20Gi').apply(planned, context('growing'))).toMatchObject({ already: true });
        expect(await size('growing')).toBe('20Gi');
      });

      test('smaller, and a class that cannot, are refused with the reason', async () => {
        expect(String(await failure(expand('5Gi').plan(context('growing'))))).toContain('a volume cannot be made smaller');
        const error = await failure(expand('20Gi').plan(context('rigid')));
        expect(error).toMatchObject({ code: 'cannot-expand', refusal: true });
        expect(String(error)).toContain('the storage class fixed of persistentvolumeclaim/rigid cannot expand volumes');
      });

      test('a volume that is not there is said with what is near', async () => {
        expect(String(await failure(expand('20Gi').plan(context('grown'))))).toContain('Near: persistentvolumeclaim/growing');
      });

      test('volumes are listed with whether they can grow', async () => {
        const { output } = await read(actionNamed('k8s.volumes'), {}, context('growing'));
        const claims = output['claims'] as { name: string; expandable: boolean; class: string }[];
        expect(claims.map(({ name, expandable, class: storageClass }) => `${name} ${storageClass} ${expandable}`).sort()).toEqual([
          'growing fast true',
          'rigid fixed false',
        ]);
        expect((await read(actionNamed('k8s.volumes'), { target: 'data' }, context('rigid'))).output['claims']).toHaveLength(1);
        expect((await read(actionNamed('k8s.volumes'), { target: 'web' }, context('mounter'))).output['claims']).toHaveLength(2);
      });

      async function storageClassOf(name: string, expandable: boolean): Promise<void> {
        const ref = { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', name } as const;
        if ((await cluster.get(ref)) !== null) return;
        await cluster.create({ ...ref, metadata: { name }, provisioner: 'suite.test/none', allowVolumeExpansion: expandable });
      }
    });

    describe('pre-flight', () => {
      const name = 'checked';
      const hpa = { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', name: 'checked-hpa' } as const;
      beforeAll(async () => {
        await deploy(name, 1);
        await cluster.create({
          ...hpa,
          metadata: { name: hpa.name, namespace: NAMESPACE },
          spec: { scaleTargetRef: { apiVersion: APPS, kind: 'Deployment', name }, minReplicas: 1, maxReplicas: 4 },
        });
      }, 60_000);
      afterAll(() => cluster.delete(hpa));

      test('an autoscaler that would undo a scale', async () => {
        expect(await preflight('k8s.scale', { target: 'web', replicas: 9 })).toEqual([
          expect.stringMatching(/^failure .* between 1 and 4 by checked-hpa, which undoes a scale to 9: Add hpa: adjust/),
        ]);
        expect(await preflight('k8s.scale', { target: 'web', at_least: 3 })).toEqual([expect.stringMatching(/^failure .* a scale to at least 3: /)]);
        expect(await preflight('k8s.scale', { target: 'web', at_least: 9, hpa: 'adjust' })).toEqual([expect.stringMatching(/^ok .* makes that 9-9/)]);
        expect(await preflight('k8s.scale', { target: 'web', at_most: 4 })).toEqual([expect.stringMatching(/^ok .* stays as it is/)]);
        expect(await preflight('k8s.scale', { target: 'web', replicas: 9 }, 'reader')).toEqual(['ok no autoscaler changes deployment/reader: null']);
      });

      test('a container that is not there, and one that is', async () => {
        const elsewhere = testContext({ targets: { web: { deployment: name, container: 'sidecar' } }, cluster: () => cluster });
        expect(await preflight('k8s.set-env', { target: 'web', env: { A: '1' } })).toEqual(['ok deployment/checked has the container main: null']);
        expect(await preflight('k8s.set-env', { target: 'web', env: { A: '1' } }, name, elsewhere)).toEqual([
          expect.stringMatching(/^failure deployment\/checked has no container sidecar: Choose one of main/),
        ]);
      });

      test('nothing to go back to', async () => {
        expect(await preflight('k8s.rollout-undo', { target: 'web' })).toEqual([
          expect.stringMatching(/^warning deployment\/checked has no earlier revision with other pods/),
        ]);
      });

      async function preflight(action: string, input: unknown, of = name, given = context(of)): Promise<readonly string[]> {
        const known = actionNamed(action) as unknown as {
          input: { parse(value: unknown): unknown };
          preflight(input: unknown, context: TestContext): Promise<readonly Check[]>;
        };
        return (await known.preflight(known.input.parse(input), given)).map(({ state, what, advice }) => `${state} ${what}: ${advice}`);
      }
    });

    describe('rights', () => {
      const name = 'allowed';
      const cases: readonly (readonly [action: string, input: Readonly<Record<string, Json>>])[] = [
        ['k8s.pods', { target: 'web' }],
        ['k8s.events', { target: 'web' }],
        ['k8s.logs', { target: 'web' }],
        ['k8s.describe', { target: 'web' }],
        ['k8s.pod-descriptions', { target: 'web' }],
        ['k8s.rollout-status', { target: 'web' }],
        ['k8s.volumes', {}],
        ['k8s.env', { target: 'web' }],
        ['k8s.changes', { targets: ['web', 'config'] }],
        ['k8s.history', { target: 'web' }],
        ['k8s.rollout-restart', { target: 'web' }],
        ['k8s.metrics', { target: 'web' }],
        ['k8s.scale', { target: 'web', at_most: 0 }],
        ['k8s.scale', { target: 'web', at_least: 2, hpa: 'adjust' }],
        ['k8s.expand-volume', { target: 'data', size: '30Gi' }],
        ['k8s.rollout-undo', { target: 'web', revision: 1 }],
        ['k8s.set-env', { target: 'web', env: { PLAIN: 'new' } }],
        ['k8s.delete-pod', { target: 'web', pod: 0 }],
      ];
      beforeAll(async () => {
        await deploy(name, 1);
        await cluster.create({
          apiVersion: 'autoscaling/v2',
          kind: 'HorizontalPodAutoscaler',
          metadata: { name: 'allowed-hpa', namespace: NAMESPACE },
          spec: { scaleTargetRef: { apiVersion: APPS, kind: 'Deployment', name }, minReplicas: 1, maxReplicas: 4 },
        });
      }, 60_000);

      test.each(cases)('%s %j can be done with the rights that it names', async (action, asked) => {
        // The steps before this one roll the pods.
        await settled(name);
        const weak = environment.powerless(NAMESPACE);
        const subject = action === 'k8s.expand-volume' ? 'growing' : name;
        const input = action === 'k8s.delete-pod' ? { target: 'web', pod: (await podNames(name))[0] ?? '' } : asked;
        const known = actionNamed(action) as unknown as {
          readonly effect: string;
          rights(input: unknown, context: TestContext): readonly Right[];
          input: { parse(value: unknown): unknown };
        };
        const rights = known.rights(known.input.parse(input), context(subject));
        const role = await grant(action, rights);
        try {
          await until(async () => (await Promise.all(rights.map((right) => weak.can(right)))).every((answer) => answer.allowed));
          const here = context(subject, { cluster: weak });
          if (known.effect === 'read') expect(await read(actionNamed(action), input, here)).toBeDefined();
          else {
            const one = step(actionNamed(action), input);
            expect(await one.apply(await one.plan(here), here, `run:${action}`)).toBeDefined();
          }
        } finally {
          await revoke(role);
          await until(async () => !(await Promise.all(rights.map((right) => weak.can(right)))).some((answer) => answer.allowed));
        }
      });

      async function grant(action: string, rights: readonly Right[]): Promise<string> {
        const role = `suite-${action.replace('.', '-')}`;
        await bind(
          '',
          role,
          rights.filter((right) => right.namespace !== ''),
        );
        await bind(
          'Cluster',
          role,
          rights.filter((right) => right.namespace === ''),
        );
        return role;
      }

      async function bind(scope: '' | 'Cluster', role: string, rights: readonly Right[]): Promise<void> {
        const metadata = scope === '' ? { name: role, namespace: NAMESPACE } : { name: role };
        const rules = rights.map((right) => ({
          apiGroups: [right.group],
          resources: [right.subresource === undefined ? right.resource : `${right.resource}/${right.subresource}`],
          verbs: [...right.verbs],
        }));
        await cluster.create({ apiVersion: RBAC, kind: `${scope}Role`, metadata, rules });
        await cluster.create({
          apiVersion: RBAC,
          kind: `${scope}RoleBinding`,
          metadata,
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: `${scope}Role`, name: role },
          subjects: [environment.subject],
        });
      }

      async function revoke(role: string): Promise<void> {
        for (const kind of ['RoleBinding', 'Role', 'ClusterRoleBinding', 'ClusterRole']) await cluster.delete({ apiVersion: RBAC, kind, name: role });
      }
    });

    describe('delete pod', () => {
      const name = 'store';
      beforeAll(() => deploy(name, 1, 'StatefulSet'), 60_000);

      test('deletes that pod and never its successor', async () => {
        const one = step(actionNamed('k8s.delete-pod'), { target: 'ledger', pod: 0 });
        const before = await pod();
        const planned = await one.plan(context(name));
        expect(planned.summary).toContain('Deletes pod/store-0 of statefulset/store');
        expect(planned.touches).toMatchObject([{ object: 'pod/store-0', uid: before.metadata.uid }]);
        expect((await pod()).metadata.uid).toBe(before.metadata.uid);

        expect(await one.apply(planned, context(name, { cluster: losingAnswers(cluster) }))).toMatchObject({ pod: 'store-0', already: false });
        const replaced = await cluster.watch(
          { apiVersion: 'v1', kind: 'Pod' },
          { labelSelector: `app=${name}` },
          (pods) => pods.length === 1 && pods[0]?.metadata.uid !== before.metadata.uid,
          PATIENCE_MS,
        );
        expect(replaced).toBe(true);
        const successor = await pod();
        expect(await one.apply(planned, context(name))).toMatchObject({ already: true });
        expect((await pod()).metadata.uid).toBe(successor.metadata.uid);
      });

      test('a pod of another workload is refused', async () => {
        const other = (await podNames('reader'))[0] ?? '';
        expect(await failure(step(actionNamed('k8s.delete-pod'), { target: 'ledger', pod: other }).plan(context(name)))).toMatchObject({
          code: 'unknown-pod',
        });
      });

      async function pod(): Promise<KubeObject> {
        const found = await cluster.get({ apiVersion: 'v1', kind: 'Pod', name: 'store-0' });
        if (found === null) throw new Error('store-0 is gone');
        return found;
      }
    });
  });
}

/** The API server's authoriser follows its objects within moments. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('it did not come to that');
}

async function failure(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    if (error instanceof UserError || error instanceof ClusterError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

/** Reads with the rights of one user and writes with those of another. */
function readsOnly(reader: Cluster, writer: Cluster): Cluster {
  return new Proxy(reader, {
    get(target, name) {
      const from = name === 'patch' || name === 'delete' || name === 'create' ? writer : target;
      const value: unknown = Reflect.get(from, name, from);
      return typeof value === 'function' ? value.bind(from) : value;
    },
  });
}

function isComplete(object: KubeObject): boolean {
  return progressOf(parsed(workloadSchema, object)).complete;
}

function workload(name: string, replicas: number, kind: 'Deployment' | 'StatefulSet'): Json {
  return {
    apiVersion: APPS,
    kind,
    metadata: { name, namespace: NAMESPACE, labels: { app: name } },
    spec: {
      replicas,
      ...(kind === 'StatefulSet' ? { serviceName: name } : {}),
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          terminationGracePeriodSeconds: 0,
          containers: [
            {
              name: 'main',
              image: 'registry.test/app:1',
              envFrom: [{ configMapRef: { name: 'web-config' } }],
              env: [
                { name: 'PLAIN', value: 'one' },
                { name: 'FROM_MAP', valueFrom: { configMapKeyRef: { name: 'web-config', key: 'MODE' } } },
                { name: 'FROM_SECRET', valueFrom: { secretKeyRef: { name: 'web-secret', key: 'key' } } },
              ],
            },
          ],
        },
      },
    },
  };
}

function claim(name: string, storageClassName: string): Json {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace: NAMESPACE },
    spec: { accessModes: ['ReadWriteOnce'], storageClassName, resources: { requests: { storage: '10Gi' } } },
  };
}

function mounting(name: string, claims: readonly string[]): Json {
  return {
    apiVersion: APPS,
    kind: 'Deployment',
    metadata: { name, namespace: NAMESPACE },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          containers: [{ name: 'main', image: 'registry.test/app:1', volumeMounts: claims.map((one) => ({ name: one, mountPath: `/${one}` })) }],
          volumes: claims.map((one) => ({ name: one, persistentVolumeClaim: { claimName: one } })),
        },
      },
    },
  };
}
