import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ROOT } from '../../docs/files.ts';
import { BUILD_LIMIT, buildPrograms } from '../../helpers/kubernetes/build.ts';
import { type Cluster, KUBERNETES_VERSION, startCluster } from '../../helpers/kubernetes/cluster.ts';
import { until } from '../../helpers/kubernetes/parts.ts';

/** The platforms' own manifests, kept beside the repository: they are not ours to ship. */
const PLATFORMS = join(ROOT, '..', 'shared', 'platforms');
const AUREUS = '/apis/apps/v1/namespaces/aureus/deployments/aureus-frontend';

interface Deployment {
  readonly metadata: { readonly resourceVersion: string; readonly annotations: Readonly<Record<string, string>> };
  readonly spec: { readonly replicas: number; readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } } };
}

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly labels: object };
    readonly status: { readonly containerStatuses?: readonly object[] };
  }[];
}

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster();
  for (const namespace of ['aureus', 'sark', 'sark-system'])
    await cluster.apply(`{ apiVersion: v1, kind: Namespace, metadata: { name: ${namespace} } }`);
  for (const platform of ['aureus', 'sark']) {
    const folder = join(PLATFORMS, platform, 'k8s');
    for (const name of readdirSync(folder)) await cluster.apply(readFileSync(join(folder, name), 'utf8'));
  }
  await rolledOut('aureus', 'aureus-frontend');
}, BUILD_LIMIT);

afterAll(async () => {
  await cluster?.stop();
});

test('says the version it was built from', async () => {
  const { body } = await cluster.call('/version');
  expect(body).toMatchObject({ gitVersion: KUBERNETES_VERSION, platform: 'linux/amd64' });
});

test('runs what the platforms deploy', async () => {
  await rolledOut('sark-system', 'sark-api');
  await rolledOut('sark-system', 'opa');
  const { stdout } = await cluster.kubectl(['get', 'pods', '-A', '-o', 'jsonpath={range .items[*]}{.spec.nodeName} {.status.phase}{"\\n"}{end}']);
  const pods = stdout.trim().split('\n');
  expect(pods).toHaveLength(9);
  expect(new Set(pods)).toEqual(new Set(['node-1 Running', 'node-2 Running']));
});

test('a volume grows where its class allows it, and only there', async () => {
  const claims = '/api/v1/namespaces/aureus/persistentvolumeclaims';
  const larger = { method: 'PATCH', contentType: 'application/merge-patch+json', body: { spec: { resources: { requests: { storage: '80Gi' } } } } };
  const capacity = async () => {
    const { body } = await cluster.call(`${claims}/aureus-evidence-pvc`);
    return (body as { status: { capacity?: { storage: string } } }).status.capacity?.storage;
  };
  expect(await capacity()).toBe('50Gi');
  expect(await cluster.call(`${claims}/aureus-evidence-pvc`, larger)).toMatchObject({ status: 200 });
  await until('the volume is larger', async () => ((await capacity()) === '80Gi' ? true : null), 20_000);

  await cluster.apply(claim('fixed', 'stays'));
  await until('the claim is bound', async () => ((await isBound('stays')) ? true : null), 20_000);
  const { status, body } = await cluster.call(`${claims}/stays`, larger);
  expect({ status, body }).toMatchObject({
    status: 403,
    body: { message: expect.stringContaining('only dynamically provisioned pvc can be resized') },
  });
});

test('a restart makes a new revision of the same image, an undo brings a bad one back', async () => {
  const before = await deployment();
  expect(await cluster.kubectl(['-n', 'aureus', 'rollout', 'restart', 'deployment/aureus-frontend'])).toMatchObject({ code: 0 });
  await rolledOut('aureus', 'aureus-frontend');
  const restarted = await deployment();
  expect(revision(restarted)).toBe(revision(before) + 1);
  expect(image(restarted)).toBe(image(before));

  const bad = {
    spec: {
      template: {
        metadata: { annotations: { 'tocsin.test/fails': 'ImagePullBackOff' } },
        spec: { containers: [{ name: 'frontend', image: 'aureus/frontend:bad' }] },
      },
    },
  };
  const patch = { method: 'PATCH', contentType: 'application/strategic-merge-patch+json', body: bad };
  expect(await cluster.call(AUREUS, patch)).toMatchObject({ status: 200 });
  await until('a pod fails', async () => (JSON.stringify(await pods()).includes('"reason":"ImagePullBackOff"') ? true : null), 20_000);
  expect(await cluster.kubectl(['-n', 'aureus', 'rollout', 'undo', 'deployment/aureus-frontend'])).toMatchObject({ code: 0 });
  await rolledOut('aureus', 'aureus-frontend');
  const undone = await deployment();
  expect(image(undone)).toBe(image(before));
  expect(revision(undone)).toBe(revision(restarted) + 2);
});

test('logs come from the pod that was asked, by time, number and run', async () => {
  const [first, second] = await podNames();
  const container = cluster.container({ namespace: 'aureus', pod: first, container: 'frontend' });
  container.say(['old'], new Date(Date.now() - 3_600_000));
  container.say(['one', 'two', 'policy denied']);
  const logs = (...options: string[]) => cluster.kubectl(['-n', 'aureus', 'logs', first, ...options]);
  expect(await logs()).toMatchObject({ code: 0, stdout: 'old\none\ntwo\npolicy denied\n' });
  expect(await logs('--tail=2')).toMatchObject({ stdout: 'two\npolicy denied\n' });
  expect(await logs('--since=10m')).toMatchObject({ stdout: 'one\ntwo\npolicy denied\n' });
  expect(await cluster.kubectl(['-n', 'aureus', 'logs', second])).toMatchObject({ code: 0, stdout: '' });
  expect(await logs('--previous')).toMatchObject({ code: 1, stderr: expect.stringContaining('previous terminated container "frontend"') });
  container.saidBefore(['out of memory']);
  expect(await logs('--previous')).toMatchObject({ code: 0, stdout: 'out of memory\n' });
  container.wait('ContainerCreating');
  expect(await logs()).toMatchObject({ code: 1, stderr: expect.stringContaining('is waiting to start: ContainerCreating') });
  container.wait(null);
});

test('a command in a pod has its folder, environment, input and exit code', async () => {
  const [pod] = await podNames();
  const container = cluster.container({ namespace: 'aureus', pod, container: 'frontend' });
  container.addProgram('greet', '#!/bin/sh\necho "$GREETING from $(pwd)"\necho trouble >&2\nexit 3\n');
  container.setEnvironment({ GREETING: 'hello' });
  const exec = (input: string, ...argv: string[]) => cluster.kubectl(['-n', 'aureus', 'exec', '-i', pod, '--', ...argv], { input });
  expect(await exec('', 'greet')).toEqual({
    code: 3,
    stdout: `hello from ${container.root}\n`,
    stderr: 'trouble\ncommand terminated with exit code 3\n',
  });
  expect(await exec('', 'missing')).toMatchObject({ code: 1, stderr: expect.stringContaining('executable file not found in $PATH') });
  expect(await exec('a line', 'tee', 'written')).toMatchObject({ code: 0, stdout: 'a line' });
  expect(readFileSync(join(container.root, 'written'), 'utf8')).toBe('a line');
});

test('a dry run answers what would be and changes nothing', async () => {
  const before = await deployment();
  const patch = { method: 'PATCH', contentType: 'application/merge-patch+json', body: { spec: { replicas: 7 } } };
  const { status, body } = await cluster.call(`${AUREUS}?dryRun=All`, patch);
  expect({ status, body }).toMatchObject({ status: 200, body: { spec: { replicas: 7 } } });
  expect((await deployment()).spec).toEqual(before.spec);
});

test('a stale resourceVersion is a conflict', async () => {
  const stale = await deployment();
  const patch = { method: 'PATCH', contentType: 'application/merge-patch+json', body: { metadata: { labels: { touched: 'yes' } } } };
  expect(await cluster.call(AUREUS, patch)).toMatchObject({ status: 200 });
  expect(await cluster.call(AUREUS, { method: 'PUT', body: stale })).toMatchObject({ status: 409, body: { reason: 'Conflict' } });
});

test('a user may do what roles give and nothing else', async () => {
  const denied = { status: 403, body: { reason: 'Forbidden', message: expect.stringContaining('User "nobody" cannot get resource "deployments"') } };
  expect(await cluster.call(AUREUS, { user: 'nobody' })).toMatchObject(denied);
  expect(await cluster.call(AUREUS, { user: 'tocsin' })).toMatchObject({ status: 403 });
  await cluster.apply(`
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: view, namespace: aureus }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view }
subjects: [{ apiGroup: rbac.authorization.k8s.io, kind: User, name: tocsin }]`);
  await until('the role counts', async () => ((await cluster.call(AUREUS, { user: 'tocsin' })).status === 200 ? true : null), 10_000);
  expect(await cluster.kubectl(['-n', 'aureus', 'auth', 'can-i', 'delete', 'pods'], { user: 'tocsin' })).toMatchObject({ code: 1, stdout: 'no\n' });
  expect(await cluster.call(AUREUS, { user: 'nobody' })).toMatchObject(denied);
});

test('the autoscaler follows the usage that a test writes', async () => {
  await cluster.addMetricsApi();
  const usage = { cpu: '500m', memory: '100Mi' };
  for (const { metadata } of (await pods()).items) {
    const metrics = {
      apiVersion: 'metrics.k8s.io/v1beta1',
      kind: 'PodMetrics',
      metadata: { name: metadata.name, namespace: 'aureus', labels: metadata.labels },
    };
    await cluster.apply(JSON.stringify({ ...metrics, timestamp: new Date(), window: '15s', containers: [{ name: 'frontend', usage }] }));
  }
  const { stdout } = await cluster.kubectl(['-n', 'aureus', 'top', 'pods', '--no-headers']);
  expect(stdout.trim().split('\n')).toEqual(Array.from({ length: 3 }, () => expect.stringMatching(/^aureus-frontend-\S+ +500m +100Mi *$/)));
  await until('there are more pods', async () => ((await deployment()).spec.replicas > 3 ? true : null), 30_000);
});

test('a test that is killed leaves no process and no file behind', async () => {
  const programs = await buildPrograms();
  const child = spawn(process.execPath, [join(ROOT, 'test/helpers/kubernetes/run.ts')], { stdio: ['ignore', 'pipe', 'inherit'] });
  const line = await new Promise<string>((done) => createInterface({ input: child.stdout }).once('line', done));
  const directory = line.replace(/^.*=/, '').replace(/\/kubeconfig-admin$/, '');
  expect(existsSync(join(directory, 'etcd'))).toBe(true);
  expect(running(programs, directory)).not.toEqual([]);
  const ended = new Promise((done) => child.once('exit', done));
  child.kill('SIGKILL');
  await ended;
  await until('all is gone', async () => (running(programs, directory).length === 0 && !existsSync(directory) ? true : null), 20_000);
});

/** Process ids of the cluster's parts, by the working folder that all but the sweeper have and the argument that the sweeper has. */
function running(programs: string, directory: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      return command.startsWith(programs) && command.includes(directory);
    } catch {
      return false;
    }
  });
}

async function rolledOut(namespace: string, name: string): Promise<void> {
  const done = await cluster.kubectl(['-n', namespace, 'rollout', 'status', `deployment/${name}`, '--timeout=60s']);
  expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining('successfully rolled out') });
}

async function deployment(): Promise<Deployment> {
  return (await cluster.call(AUREUS)).body as Deployment;
}

async function pods(): Promise<PodList> {
  return (await cluster.call('/api/v1/namespaces/aureus/pods')).body as PodList;
}

async function podNames(): Promise<readonly [string, string]> {
  const [first, second] = (await pods()).items.map(({ metadata }) => metadata.name).sort();
  if (first === undefined || second === undefined) throw new Error('fewer than two pods');
  return [first, second];
}

async function isBound(name: string): Promise<boolean> {
  const { body } = await cluster.call(`/api/v1/namespaces/aureus/persistentvolumeclaims/${name}`);
  return (body as { status: { phase: string } }).status.phase === 'Bound';
}

function claim(storageClass: string, name: string): string {
  return `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: ${name}, namespace: aureus }
spec: { accessModes: [ReadWriteOnce], storageClassName: ${storageClass}, resources: { requests: { storage: 1Gi } } }`;
}

function revision({ metadata }: Deployment): number {
  return Number(metadata.annotations['deployment.kubernetes.io/revision']);
}

function image({ spec }: Deployment): string | undefined {
  return spec.template.spec.containers[0]?.image;
}
