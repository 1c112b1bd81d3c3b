import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Cluster, ClusterError, type KubeObject } from '../../../src/ports/cluster.ts';

/** A cluster with one running pod to talk to, whose container has `cat`. */
export interface AdapterEnvironment {
  readonly cluster: Cluster;
  readonly powerless: Cluster;
  /** The pod of AUREUS's frontend, or another with a log. */
  pod(): Promise<{ readonly name: string; readonly container: string }>;
  stop(): Promise<void>;
}

const CONFIG_MAP = { apiVersion: 'v1', kind: 'ConfigMap', name: 'adapter-suite' } as const;

/** What the adapter must do with anything that speaks the Kubernetes API. */
export function describeAdapter(startEnvironment: () => Promise<AdapterEnvironment>): void {
  describe('the Kubernetes adapter', () => {
    let environment: AdapterEnvironment;
    let cluster: Cluster;
    let pod: { readonly name: string; readonly container: string };

    beforeAll(async () => {
      environment = await startEnvironment();
      cluster = environment.cluster;
      pod = await environment.pod();
    }, 300_000);
    afterAll(() => environment.stop());

    const run = (argv: readonly string[], stdin?: string) =>
      cluster.exec({ pod: pod.name, container: pod.container, argv, timeoutMs: 10_000, ...(stdin === undefined ? {} : { stdin }) });

    test('creates, reads, patches under a resourceVersion, and deletes by uid', async () => {
      const made = await cluster.create({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: CONFIG_MAP.name, namespace: cluster.namespace },
        data: { a: '1' },
      });
      await expect(
        cluster.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: CONFIG_MAP.name, namespace: cluster.namespace } }),
      ).rejects.toMatchObject({ reason: 'exists' });
      const dry = await cluster.patch(CONFIG_MAP, { type: 'merge', body: { data: { a: '2' } } }, { dryRun: true });
      expect(dry['data']).toEqual({ a: '2' });
      expect((await cluster.get(CONFIG_MAP))?.['data']).toEqual({ a: '1' });
      await cluster.patch(CONFIG_MAP, { type: 'json', body: [{ op: 'add', path: '/data/b', value: '3' }] });
      const old = { metadata: { resourceVersion: made.metadata.resourceVersion }, data: { a: '9' } };
      await expect(cluster.patch(CONFIG_MAP, { type: 'strategic', body: old })).rejects.toMatchObject({ reason: 'conflict' });
      await expect(cluster.delete(CONFIG_MAP, { uid: 'another' })).rejects.toMatchObject({ reason: 'conflict' });
      await cluster.delete(CONFIG_MAP, { uid: made.metadata.uid });
      expect(await cluster.get(CONFIG_MAP)).toBeNull();
      await expect(cluster.delete(CONFIG_MAP)).rejects.toMatchObject({ reason: 'not-found' });
    });

    test('watches until something is there', async () => {
      const seen: number[] = [];
      const until = (objects: readonly KubeObject[]): boolean => {
        seen.push(objects.length);
        return objects.length === 1;
      };
      const waiting = cluster.watch({ apiVersion: 'v1', kind: 'ConfigMap' }, { fieldSelector: 'metadata.name=adapter-watch' }, until, 20_000);
      await cluster.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'adapter-watch', namespace: cluster.namespace } });
      expect(await waiting).toBe(true);
      expect(seen.at(-1)).toBe(1);
      await cluster.delete({ ...CONFIG_MAP, name: 'adapter-watch' });
    });

    test('runs commands by argv, with input, and tells how they ended', async () => {
      const echoed = await run(['cat'], 'line 1\nline 2 ü\n');
      expect([Buffer.from(echoed.stdout).toString(), echoed.exitCode]).toEqual(['line 1\nline 2 ü\n', 0]);
      expect((await run(['cat', '/nowhere/at/all'])).exitCode).toBe(1);
    });

    test('a command that the container does not have, and a container that the pod does not have', async () => {
      const missing = await failure(run(['no-such-program-here']));
      expect([missing.reason, missing.message]).toEqual([
        'exec-failed',
        `Container ${pod.container} of pod ${pod.name} has no no-such-program-here.`,
      ]);
      const elsewhere = await failure(cluster.exec({ pod: pod.name, container: 'nope', argv: ['cat'], timeoutMs: 5000 }));
      expect(elsewhere.message).toContain('nope');
    });

    test('reads logs, with times when asked', async () => {
      const { text: log } = await cluster.logs({ pod: pod.name, container: pod.container, tail: 3, timestamps: true });
      for (const line of log.split('\n').filter((one) => one !== '')) expect(line).toMatch(/^\d{4}-\d\d-\d\dT[0-9:.]+Z /);
      expect(log).not.toBe('');
    });

    test('what may not be done names the right, over HTTP and over a WebSocket', async () => {
      const where = `in namespace ${cluster.namespace}`;
      expect((await failure(environment.powerless.list({ apiVersion: 'v1', kind: 'Secret' }))).message).toContain(`may not list secrets ${where}`);
      expect(
        (await failure(environment.powerless.exec({ pod: pod.name, container: pod.container, argv: ['cat'], timeoutMs: 5000 }))).message,
      ).toContain(`pods/exec of ${pod.name} ${where}`);
      expect(await environment.powerless.can({ group: '', resource: 'secrets', verbs: ['get'] })).toMatchObject({ allowed: false });
      expect(await cluster.can({ group: '', resource: 'secrets', verbs: ['get'] })).toMatchObject({ allowed: true });
    });

    test('raw paths, and what is not there', async () => {
      expect(await cluster.raw('/version')).toHaveProperty('gitVersion');
      expect(await cluster.raw('/apis/nobody.knows/v1')).toBeNull();
    });
  });
}

async function failure(work: Promise<unknown>): Promise<ClusterError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof ClusterError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}
