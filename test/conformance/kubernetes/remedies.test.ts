import { spawn } from 'node:child_process';
import { existsSync, globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import type { Plan } from '../../../src/domain/change/plans.ts';
import { ROOT } from '../../docs/files.ts';
import { ADA, approve, commanded, dataOf, GRACE, MARIE, nothingChanged, planOf, request, type Situation } from '../../e2e/helpers/remedies.ts';
import { about, cardText, remedy, stored } from '../../e2e/helpers/runbooks.ts';
import { lastTold, startWorld, type World } from '../../e2e/helpers/world.ts';
import { BUILD_LIMIT } from '../../helpers/kubernetes/build.ts';
import { type Cluster, type Finished, startCluster } from '../../helpers/kubernetes/cluster.ts';
import { until } from '../../helpers/kubernetes/parts.ts';
import { deployPlatforms, kubeconfigOf, NAMESPACES } from '../../helpers/kubernetes/platforms.ts';

/*
 * The whole bot, from Slack payloads to a real control plane: v1.36 of etcd, API server and controllers, with pods that kwok makes up. Tocsin is
 * the shipped service account with the shipped Role, and its guard is run as the pod that the Job controller makes of it.
 */

const PATIENCE = 60_000;

interface EnvVar {
  readonly name: string;
  readonly value?: string;
}
interface Container {
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly env?: readonly EnvVar[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}
interface Workload {
  readonly metadata: { readonly annotations: Readonly<Record<string, string>>; readonly generation: number };
  readonly spec: {
    readonly replicas: number;
    readonly template: {
      readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
      readonly spec: { readonly containers: readonly Container[]; readonly volumes?: readonly object[] };
    };
  };
  readonly status: { readonly readyReplicas?: number; readonly updatedReplicas?: number; readonly replicas?: number };
}
interface Pod {
  readonly metadata: { readonly name: string; readonly uid: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec: {
    readonly serviceAccountName: string;
    readonly initContainers: readonly Container[];
    readonly containers: readonly Container[];
    readonly volumes: readonly { readonly name: string; readonly secret?: { readonly secretName: string } }[];
  };
}

const FRONTEND = '/apis/apps/v1/namespaces/aureus/deployments/aureus-frontend';
const API = '/apis/apps/v1/namespaces/sark-system/deployments/sark-api';
const OPA = '/apis/apps/v1/namespaces/sark-system/deployments/opa';
const HPA = '/apis/autoscaling/v2/namespaces/aureus/horizontalpodautoscalers/aureus-frontend-hpa';

let cluster: Cluster;
let kubeconfig: string;
let world: World;

beforeAll(async () => {
  cluster = await startCluster();
  await deployPlatforms(cluster);
  kubeconfig = await kubeconfigOf(cluster, { namespace: 'tocsin', name: 'tocsin' });
  world = await start();
}, BUILD_LIMIT);

afterAll(async () => {
  await world?.stop();
  await cluster?.stop();
});

/** The API server's proxy reaches no pod of kwok's, so OPA is asked from inside of its container. */
function start(): Promise<World> {
  return startWorld({
    delivery: 'http',
    kubeconfig,
    config: (text) => text.replace('{ workload: opa, port: 8181 }', '{ workload: opa, port: 8181, inside: true }'),
  });
}

async function get<T>(path: string): Promise<T> {
  const { status, body, text } = await cluster.call(path);
  if (status !== 200) throw new Error(`GET ${path}: ${status} ${text}`);
  return body as T;
}

/** kubectl as the cluster's admin: what people do beside the bot. */
async function kubectl(line: string): Promise<string> {
  const { code, stdout, stderr } = await cluster.kubectl(line.split(' '));
  if (code !== 0) throw new Error(`kubectl ${line}: ${stderr}`);
  return stdout.trim();
}

async function environment(path: string): Promise<readonly EnvVar[]> {
  return (await get<Workload>(path)).spec.template.spec.containers[0]?.env ?? [];
}

async function rolledOut(path: string): Promise<void> {
  await until(
    `${path} is rolled out`,
    async () => {
      const { spec, status } = await get<Workload>(path);
      return status.readyReplicas === spec.replicas && status.updatedReplicas === spec.replicas && status.replicas === spec.replicas ? true : null;
    },
    PATIENCE,
  );
}

async function podNames(namespace: string, selector: string): Promise<readonly string[]> {
  const { items } = await get<{ readonly items: readonly Pod[] }>(
    `/api/v1/namespaces/${namespace}/pods?labelSelector=${encodeURIComponent(selector)}`,
  );
  return items.map(({ metadata }) => metadata.name).sort();
}

function emergencyLogs(): readonly string[] {
  const folder = join(cluster.container({ namespace: 'aureus' }).root, 'app/evidence');
  return existsSync(folder) ? readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8')) : [];
}

async function untouched(situation: Situation, plan: Plan): Promise<void> {
  expect(lastTold(world, ADA)).toContain('Still needed from somebody else');
  expect(await about(world, plan, situation.id, 'change.intended')).toEqual([]);
}

describe('AUREUS', () => {
  let situation: Situation;
  beforeAll(async () => {
    situation = await commanded(world, 'P0 aureus All requests fail');
  });

  test('[AU-11] [AU-14] restarts the frontend: its logs are kept first, and all pods are new', async () => {
    const before = await podNames('aureus', 'component=frontend');
    const plan = await remedy(world, situation, 'aureus/frontend-down restart It hangs');
    expect(plan).toMatchObject({ status: 'applied', verified: true });
    await rolledOut(FRONTEND);
    const after = await podNames('aureus', 'component=frontend');
    expect(after).toHaveLength(3);
    expect(after.filter((name) => before.includes(name))).toEqual([]);
    expect((await get<Workload>(FRONTEND)).spec.template.metadata.annotations).toHaveProperty(['kubectl.kubernetes.io/restartedAt']);
    const captured = await about(world, plan, situation.id, 'evidence.captured');
    for (const name of before) expect(captured.find(({ data }) => data.step === 'logs')?.text).toContain(`${name}/frontend aureus frontend starting`);
    expect((await about(world, plan, situation.id, 'change.verified'))[0]?.data).toMatchObject({ passed: true });
  });

  test('[AU-12] scales up by the least of the autoscaler, which is put back; the pods are left to it', async () => {
    const plan = await remedy(world, situation, 'aureus/frontend-down scale-up More pods are needed');
    expect(plan).toMatchObject({ status: 'applied', verified: true });
    await rolledOut(FRONTEND);
    expect((await get<Workload>(FRONTEND)).spec.replicas).toBe(5);
    expect(await get<object>(HPA)).toMatchObject({ spec: { minReplicas: 5, maxReplicas: 10 } });
    await world.say(ADA, situation.room, `/bypass revert ${plan.id} The load is gone`);
    expect(await planOf(world, situation.id)).toMatchObject({ status: 'reverted' });
    expect(await get<object>(HPA)).toMatchObject({ spec: { minReplicas: 3, maxReplicas: 10 } });
    // Without metrics it takes none away.
    expect((await get<Workload>(FRONTEND)).spec.replicas).toBe(5);
    await kubectl('scale deployment/aureus-frontend --replicas=3 -n aureus');
    await rolledOut(FRONTEND);
  });

  test('[AU-13] rolls back to the previous revision', async () => {
    await kubectl('set image deployment/aureus-frontend frontend=aureus/frontend:0.2.0 -n aureus');
    await rolledOut(FRONTEND);
    const plan = await remedy(world, situation, 'aureus/frontend-down rollback The new release crashes');
    expect(plan).toMatchObject({ status: 'applied', verified: true });
    await rolledOut(FRONTEND);
    expect((await get<Workload>(FRONTEND)).spec.template.spec.containers[0]?.image).toBe('aureus/frontend:0.1.0');
    expect(cardText(world, situation, plan)).toContain('image: aureus/frontend:0.2.0');
    expect((await about(world, plan, situation.id, 'change.applied'))[0]?.data).toMatchObject({ uses: 'k8s.rollout-undo' });
  });

  test('[AU-43] [AU-47] the bypass: two people, a file in the pod, a guard in the cluster; it reverts at its deadline', async () => {
    const before = await environment(FRONTEND);
    const plan = await request(world, situation, 'aureus/policy-engine-failure bypass All queries are blocked');
    await approve(world, ADA, situation, plan);
    await untouched(situation, plan);
    expect(await environment(FRONTEND)).toEqual(before);
    await approve(world, MARIE, situation, plan);
    expect(await planOf(world, situation.id)).toMatchObject({ status: 'applied', verified: true });
    expect(await environment(FRONTEND)).toEqual(
      expect.arrayContaining([...before, { name: 'POLICY_BYPASS_MODE', value: 'true' }, { name: 'POLICY_BYPASS_APPROVER', value: ADA }]),
    );
    await rolledOut(FRONTEND);
    expect(emergencyLogs().filter((text) => text.includes(plan.hash))).toEqual([expect.stringContaining('Enable policy bypass')]);
    expect(await kubectl('get cronjobs -n aureus -o name')).toMatch(/^cronjob\.batch\/tocsin-guard-[0-9a-f]{16}$/);

    for (let minutes = 0; minutes < 56; minutes += 8) await world.later(8);
    expect(await planOf(world, situation.id)).toMatchObject({ status: 'reverted' });
    expect(await environment(FRONTEND)).toEqual(before);
    expect(await kubectl('get cronjobs,secrets -n aureus -l app.kubernetes.io/managed-by=tocsin -o name')).toBe('');
    expect(await dataOf(world, situation.id, 'change.reverted')).toEqual(expect.arrayContaining([expect.objectContaining({ plan: plan.id })]));
    await rolledOut(FRONTEND);
  });
});

describe('SARK', () => {
  let situation: Situation;
  beforeAll(async () => {
    situation = await commanded(world, 'P0 sark Authorization decisions fail');
  });

  test('[SK-13] scales OPA to 5', async () => {
    const plan = await remedy(world, situation, 'sark/policy-evaluation-failure scale-opa They are overloaded');
    expect(plan).toMatchObject({ status: 'applied', verified: true });
    expect(await get<Workload>(OPA)).toMatchObject({ spec: { replicas: 5 }, status: { readyReplicas: 5 } });
    expect((await about(world, plan, situation.id, 'change.applied'))[0]?.data.summary).toBe('deployment/opa scaled from 3 to 5');
  });

  test('[SK-14] rolls OPA back to the policies before', async () => {
    const good = (await get<Workload>(OPA)).spec.template.spec.volumes;
    await kubectl('create configmap opa-policies-v2 --from-literal=mcp_authorization.rego=bad -n sark-system');
    const patch = { spec: { template: { spec: { volumes: [{ name: 'policies', configMap: { name: 'opa-policies-v2' } }] } } } };
    await cluster.call(OPA, { method: 'PATCH', body: patch, contentType: 'application/strategic-merge-patch+json' });
    await rolledOut(OPA);
    const plan = await remedy(world, situation, 'sark/policy-evaluation-failure roll-back The policy is corrupt');
    expect(plan).toMatchObject({ status: 'applied', verified: true });
    await rolledOut(OPA);
    expect((await get<Workload>(OPA)).spec.template.spec.volumes).toEqual(good);
    expect(cardText(world, situation, plan)).toContain('opa-policies-v2');
  });

  test('[SK-22] deletes the database pod by its uid, and a new one comes', async () => {
    const path = '/api/v1/namespaces/sark-system/pods/postgres-0';
    const { uid } = (await get<Pod>(path)).metadata;
    const plan = await request(world, situation, 'sark/database-connection-failure restart-pod It hangs');
    await approve(world, ADA, situation, plan);
    await untouched(situation, plan);
    expect((await get<Pod>(path)).metadata.uid).toBe(uid);
    await approve(world, GRACE, situation, plan);
    expect(await planOf(world, situation.id)).toMatchObject({ status: 'applied', verified: true });
    expect((await get<Pod>(path)).metadata.uid).not.toBe(uid);
  });

  // That more pods make it quicker is verified by the latency of requests, and nobody asks anything of pods that kwok makes up.
  test('[SK-23] scales the API to 2', async () => {
    const plan = await remedy(world, situation, 'sark/database-connection-failure scale-api Take load from the database');
    expect(plan).toMatchObject({ status: 'applied', verified: true });
    await rolledOut(API);
    expect((await get<Workload>(API)).spec.replicas).toBe(2);
  });

  test('[SK-52] rotates one key of the Secret and restarts the API; no value is said or kept', async () => {
    const secret = async () =>
      (await get<{ readonly data: Readonly<Record<string, string>> }>('/api/v1/namespaces/sark-system/secrets/sark-secrets')).data;
    const [before, pods] = [await secret(), await podNames('sark-system', 'app=sark-api')];
    const plan = await remedy(world, situation, 'sark/security-incident rotate-key It may be known', ADA, MARIE);
    expect(plan).toMatchObject({ status: 'applied', verified: true });
    const after = await secret();
    expect(after['secret-key']).not.toBe(before['secret-key']);
    expect({ ...after, 'secret-key': '' }).toEqual({ ...before, 'secret-key': '' });
    await rolledOut(API);
    const now = await podNames('sark-system', 'app=sark-api');
    expect(now.filter((name) => pods.includes(name))).toEqual([]);
    const said = [
      JSON.stringify(await stored(world, situation.id)),
      JSON.stringify(world.slack.calls()),
      readFileSync(join(cluster.directory, 'audit.log'), 'utf8'),
    ].join('\n');
    for (const value of [before['secret-key'], after['secret-key']].map(String)) {
      expect(said).not.toContain(value);
      expect(said).not.toContain(Buffer.from(value, 'base64').toString());
    }
  });
});

describe('without its Role', () => {
  const roles = new Map<string, string>();
  beforeAll(async () => {
    for (const namespace of NAMESPACES) {
      roles.set(namespace, await kubectl(`get rolebinding tocsin -n ${namespace} -o yaml`));
      await kubectl(`delete rolebinding tocsin -n ${namespace}`);
    }
  });
  afterAll(async () => {
    await cluster.apply(readFileSync(join(ROOT, 'deploy/kubernetes/rbac.yaml'), 'utf8'));
  });

  test.each(everyRemedy())('%s is refused, and the missing right named', async (text, service) => {
    const situation = await commanded(world, `P0 ${service} A remedy without rights`);
    const before = await changesAsked();
    await world.say(ADA, situation.room, `/runbook run ${text} It is tried`);
    const said = [...world.texts(situation.room), lastTold(world, ADA)].join('\n');
    const namespace = service === 'aureus' ? 'aureus' : 'sark-system';
    expect(said).toMatch(/(User system:serviceaccount:tocsin:tocsin|Tocsin) may not \w+ [a-z./]+/);
    expect(said).toMatch(new RegExp(`Add [a-z, ]+ on [a-z./]+ to the bot's role in namespace ${namespace}\\.`));
    expect(await nothingChanged(world, situation.id)).toBe(true);
    expect(await changesAsked()).toBe(before);
  });

  /** How many changes the API server let Tocsin make. */
  async function changesAsked(): Promise<number> {
    const lines = readFileSync(join(cluster.directory, 'audit.log'), 'utf8').trim().split('\n');
    const events = lines.map(
      (line) => JSON.parse(line) as { verb: string; requestURI: string; user: { username: string }; responseStatus?: { code: number } },
    );
    return events.filter(
      ({ verb, requestURI, user, responseStatus }) =>
        user.username === 'system:serviceaccount:tocsin:tocsin' &&
        ['create', 'update', 'patch', 'delete'].includes(verb) &&
        !/dryRun=All|selfsubject/.test(requestURI) &&
        (responseStatus?.code ?? 0) < 300,
    ).length;
  }
});

/** Text and service of every built-in remedy that works on these clusters, with arguments where they have no default. */
function everyRemedy(): [string, string][] {
  const values: Readonly<Record<string, string>> = { server: '550e8400-e29b-41d4-a716-446655440000', size: '200Gi' };
  return globSync('runbooks/{aureus,sark}/*.yml', { cwd: ROOT })
    .sort()
    .flatMap((file) => {
      const { runbook, service, remedies } = parse(readFileSync(join(ROOT, file), 'utf8')) as {
        runbook: string;
        service: string;
        remedies?: Record<string, { arguments?: Record<string, { default?: string }> }>;
      };
      return Object.entries(remedies ?? {}).map(([name, { arguments: wanted = {} }]): [string, string] => {
        const given = Object.entries(wanted).flatMap(([argument, { default: usual }]) =>
          usual === undefined ? [` ${argument}=${values[argument] ?? '1'}`] : [],
        );
        return [`${runbook} ${name}${given.join('')}`, service];
      });
    });
}

test('[AU-47] with the bot stopped and its database gone, the guard puts the environment back exactly', async () => {
  const before = await environment(FRONTEND);
  const doomed = await start();
  try {
    const situation = await commanded(doomed, 'P0 aureus Policies block all queries');
    await remedy(doomed, situation, 'aureus/policy-engine-failure bypass All queries are blocked', MARIE);
    expect(await planOf(doomed, situation.id)).toMatchObject({ status: 'applied' });
    expect(await environment(FRONTEND)).not.toEqual(before);
  } finally {
    // Its database is in memory and its evidence in a folder that goes with it.
    await doomed.stop();
  }

  const guard = (await kubectl('get cronjobs -n aureus -o name')).replace('cronjob.batch/', '');
  const place = await kubectl(
    `get cronjob ${guard} -n aureus -o jsonpath={.spec.jobTemplate.spec.template.spec.containers[0].volumeMounts[0].mountPath}`,
  );
  // Named as the CronJob controller names the Job of the deadline's minute, and of the same minute a year later.
  const [ofDeadline, ofNextYear] = [basename(place), `${guard}-${Number(basename(place).split('-').at(-1)) + 525_600}`];
  const late = await podOf(guard, ofNextYear);
  const account = await kubeconfigOf(cluster, { namespace: 'aureus', name: late.spec.serviceAccountName });
  for (const container of late.spec.initContainers) expect(await runAsKubelet(late, container, account)).toMatchObject({ code: 1 });
  expect(await environment(FRONTEND)).not.toEqual(before);
  const pod = await podOf(guard, ofDeadline);
  for (const container of [...pod.spec.initContainers, ...pod.spec.containers])
    expect(await runAsKubelet(pod, container, account)).toMatchObject({ code: 0 });

  expect(await environment(FRONTEND)).toEqual(before);
  expect(await kubectl(`get cronjob ${guard} -n aureus -o jsonpath={.spec.suspend}`)).toBe('true');
  await rolledOut(FRONTEND);
  await kubectl(`delete job ${ofDeadline} ${ofNextYear} -n aureus --ignore-not-found`);
});

/** The pod that the Job controller makes of a Job of this CronJob. */
async function podOf(guard: string, job: string): Promise<Pod> {
  await kubectl(`create job ${job} --from=cronjob/${guard} -n aureus`);
  return until(
    'the Job controller makes the pod',
    async () => {
      const { items } = await get<{ readonly items: readonly Pod[] }>(`/api/v1/namespaces/aureus/pods?labelSelector=job-name%3D${job}`);
      return items[0] ?? null;
    },
    PATIENCE,
  );
}

/** Runs a container's own argv with the real kubectl, with its Secret volumes as files, as a kubelet would. */
async function runAsKubelet(pod: Pod, container: Container, account: string): Promise<Finished> {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-guard-'));
  try {
    let { command } = container;
    for (const { name, mountPath } of container.volumeMounts) {
      const secret = pod.spec.volumes.find((volume) => volume.name === name)?.secret;
      if (secret === undefined) continue;
      const { data } = await get<{ readonly data: Readonly<Record<string, string>> }>(`/api/v1/namespaces/aureus/secrets/${secret.secretName}`);
      mkdirSync(join(folder, mountPath), { recursive: true });
      for (const [file, value] of Object.entries(data)) writeFileSync(join(folder, mountPath, file), Buffer.from(value, 'base64'), { mode: 0o600 });
      command = command.map((word) =>
        word.replace('$(JOB_NAME)', pod.metadata.labels['batch.kubernetes.io/job-name'] ?? '').replace(`=${mountPath}/`, `=${folder}${mountPath}/`),
      );
    }
    const [program = '', ...args] = command;
    expect(program).toBe('kubectl');
    return await new Promise((done, failed) => {
      const child = spawn(join(cluster.programs, program), args, { env: { PATH: '/usr/bin:/bin', HOME: folder, KUBECONFIG: account } });
      const output = { stdout: '', stderr: '' };
      child.stdout.on('data', (text: Buffer) => (output.stdout += text.toString()));
      child.stderr.on('data', (text: Buffer) => (output.stderr += text.toString()));
      child.once('error', failed).once('close', (code) => done({ code: code ?? -1, ...output }));
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
