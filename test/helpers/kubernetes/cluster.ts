/**
 * A real Kubernetes control plane on the loopback, without root, containers or Docker: etcd, kube-apiserver, kube-controller-manager,
 * kube-scheduler, and two nodes that kwok (pods' lives) and kubelet.go (logs, exec) make up. Everything is below one temporary folder.
 */
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import { type Answer, type Call, callApi } from './api.ts';
import { buildPrograms } from './build.ts';
import { writeCertificates } from './certificates.ts';
import { type ContainerName, TestContainer } from './containers.ts';
import { freePorts, Parts, until } from './parts.ts';

export { KUBERNETES_VERSION } from './build.ts';

/** admin may do everything (system:masters); tocsin and nobody may do what the test's RBAC objects give them, which is nothing at first. */
export type ClusterUser = 'admin' | 'tocsin' | 'nobody';

export const CLUSTER_USERS: readonly ClusterUser[] = ['admin', 'tocsin', 'nobody'];

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Cluster {
  /** https://127.0.0.1:PORT */
  readonly server: string;
  /** The certificate of the authority that signed the server's, PEM. */
  readonly authority: string;
  /** The temporary folder: `NAME.log` of every part, `kubeconfig-USER`, `audit.log` (what was asked of the API server, one JSON a line). */
  readonly directory: string;
  /** The folder with `kubectl` and the others. */
  readonly programs: string;
  token(user: ClusterUser): string;
  /** Path of a kubeconfig file for that user. */
  kubeconfig(user: ClusterUser): string;
  /** One call of the API, as `admin` unless another user is named. */
  call(path: string, call?: Omit<Call, 'token'> & { readonly user?: ClusterUser }): Promise<Answer>;
  /** Runs the cluster's own kubectl, as `admin` unless another user is named; `input` is its standard input. */
  kubectl(args: readonly string[], options?: { readonly user?: ClusterUser; readonly input?: string }): Promise<Finished>;
  /** Server-side apply of manifests, as `admin`. @throws Error with what kubectl said */
  apply(yaml: string): Promise<void>;
  /** Serves metrics.k8s.io/v1beta1: from then on a test may `apply` PodMetrics objects, see metrics.yaml. */
  addMetricsApi(): Promise<void>;
  /** What logs and exec of a container, or of all of a namespace, show. */
  container(name: ContainerName): TestContainer;
  /** Ends all parts and removes the folder; a second call does nothing. */
  stop(): Promise<void>;
}

/** For each of the two stages of a start, ms: a start takes 3 s when the machine is idle. */
const START_LIMIT = 60_000;

/** Builds the programs if they are not there (minutes), starts a cluster and waits until its nodes are ready (seconds). */
export async function startCluster(): Promise<Cluster> {
  const programs = await buildPrograms();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start(programs);
    } catch (error) {
      // A port that was free may be taken by the time it is used.
      if (attempt === 3 || !String(error).includes('address already in use')) throw error;
    }
  }
}

async function start(programs: string): Promise<Cluster> {
  const directory = mkdtempSync(join(tmpdir(), 'tocsin-kubernetes-'));
  const parts = new Parts(programs, directory);
  const sweeper = spawn(join(programs, 'sweeper'), [directory], { detached: true, cwd: '/', stdio: ['pipe', 'ignore', 'ignore'], env: {} });
  sweeper.once('error', () => {});
  sweeper.unref();
  (sweeper.stdin as unknown as { unref(): void }).unref();
  const stop = async () => {
    await parts.stop();
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
    sweeper.stdin.end();
  };
  try {
    return await startParts(programs, directory, parts, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startParts(programs: string, directory: string, parts: Parts, stop: () => Promise<void>): Promise<Cluster> {
  const [etcd = 0, peer = 0, api = 0, kubelet = 0, kwok = 0] = await freePorts(5);
  const server = `https://127.0.0.1:${api}`;
  const file = (name: string) => join(directory, name);
  const containers = file('containers');
  mkdirSync(containers);
  writeFileSync(join(containers, 'silent.log'), '');
  writeCertificates(directory);
  const authority = readFileSync(file('authority.crt'), 'utf8');
  const tokens = writeUsers(directory, server, authority);
  const cluster = connect({ server, authority, directory, programs, tokens, containers, stop });

  parts.start('etcd', etcdFlags(directory, etcd, peer));
  parts.start('kube-apiserver', apiserverFlags(file, etcd, api));
  await until('the API server is ready', async () => ((await answers(cluster, '/readyz')) ? true : null), START_LIMIT, parts);

  writeFileSync(file('kwok.yaml'), stages(programs));
  const kubeletFlags = {
    address: `127.0.0.1:${kubelet}`,
    containers,
    'client-ca-file': file('authority.crt'),
    'tls-cert-file': file('kubelet.crt'),
    'tls-private-key-file': file('kubelet.key'),
  };
  parts.start('kubelet', flags(kubeletFlags));
  parts.start('kube-controller-manager', controllerFlags(file));
  parts.start('kube-scheduler', flags({ kubeconfig: file('kubeconfig-admin'), 'leader-elect': 'false', 'secure-port': '0' }));
  await cluster.apply(readFileSync(join(import.meta.dirname, 'objects.yaml'), 'utf8'));
  const kwokFlags = {
    config: file('kwok.yaml'),
    kubeconfig: file('kubeconfig-admin'),
    'manage-all-nodes': 'true',
    'node-ip': '127.0.0.1',
    'node-port': String(kubelet),
    'server-address': `127.0.0.1:${kwok}`,
    'node-lease-duration-seconds': '40',
  };
  parts.start('kwok', flags(kwokFlags));
  await until('nodes and accounts are there', () => isComplete(cluster), START_LIMIT, parts);
  return cluster;
}

interface Connection {
  readonly server: string;
  readonly authority: string;
  readonly directory: string;
  readonly programs: string;
  readonly tokens: Readonly<Record<ClusterUser, string>>;
  readonly containers: string;
  readonly stop: () => Promise<void>;
}

function connect({ server, authority, directory, programs, tokens, containers, stop }: Connection): Cluster {
  let stopped: Promise<void> | null = null;
  const kubeconfig = (user: ClusterUser) => join(directory, `kubeconfig-${user}`);
  const kubectl: Cluster['kubectl'] = (args, { user = 'admin', input = '' } = {}) =>
    run(join(programs, 'kubectl'), args, input, { PATH: '/usr/bin:/bin', HOME: directory, KUBECONFIG: kubeconfig(user) });
  const apply: Cluster['apply'] = async (yaml) => {
    const done = await kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], { input: yaml });
    if (done.code !== 0) throw new Error(`kubectl apply: ${done.stderr}`);
  };
  const call: Cluster['call'] = (path, { user = 'admin', ...rest } = {}) => callApi(server, authority, path, { ...rest, token: tokens[user] });
  return {
    server,
    authority,
    directory,
    programs,
    token: (user) => tokens[user],
    kubeconfig,
    call,
    kubectl,
    apply,
    async addMetricsApi() {
      await apply(readFileSync(join(import.meta.dirname, 'metrics.yaml'), 'utf8'));
      const served = async () => ((await call('/apis/metrics.k8s.io/v1beta1/pods')).status === 200 ? true : null);
      await until('the metrics are served', served, START_LIMIT);
    },
    container: (name) => new TestContainer(containers, name),
    stop() {
      stopped ??= stop();
      return stopped;
    },
  };
}

function etcdFlags(directory: string, client: number, peer: number): string[] {
  const clientUrl = `http://127.0.0.1:${client}`;
  const peerUrl = `http://127.0.0.1:${peer}`;
  const values = {
    name: 'test',
    'data-dir': join(directory, 'etcd'),
    'log-level': 'warn',
    'listen-client-urls': clientUrl,
    'advertise-client-urls': clientUrl,
    'listen-peer-urls': peerUrl,
    'initial-advertise-peer-urls': peerUrl,
    'initial-cluster': `test=${peerUrl}`,
  };
  return [...flags(values), '--unsafe-no-fsync'];
}

function apiserverFlags(file: (name: string) => string, etcd: number, port: number): string[] {
  return flags({
    'etcd-servers': `http://127.0.0.1:${etcd}`,
    'bind-address': '127.0.0.1',
    'secure-port': String(port),
    'tls-cert-file': file('apiserver.crt'),
    'tls-private-key-file': file('apiserver.key'),
    'token-auth-file': file('tokens.csv'),
    'authorization-mode': 'RBAC',
    'allow-privileged': 'true',
    'service-cluster-ip-range': '10.96.0.0/16',
    'service-account-issuer': 'https://kubernetes.default.svc',
    'service-account-key-file': file('service-accounts.key'),
    'service-account-signing-key-file': file('service-accounts.key'),
    'kubelet-certificate-authority': file('authority.crt'),
    'kubelet-preferred-address-types': 'InternalIP',
    'kubelet-client-certificate': file('kubelet-client.crt'),
    'kubelet-client-key': file('kubelet-client.key'),
    'audit-policy-file': file('audit-policy.yaml'),
    'audit-log-path': file('audit.log'),
    // An endpoint may not be a loopback address.
    'endpoint-reconciler-type': 'none',
  });
}

function controllerFlags(file: (name: string) => string): string[] {
  return flags({
    kubeconfig: file('kubeconfig-admin'),
    'leader-elect': 'false',
    'secure-port': '0',
    'kube-api-qps': '200',
    'kube-api-burst': '400',
    // The real defaults are 15 s and 5 min.
    'horizontal-pod-autoscaler-sync-period': '1s',
    'horizontal-pod-autoscaler-cpu-initialization-period': '1s',
    'root-ca-file': file('authority.crt'),
    'service-account-private-key-file': file('service-accounts.key'),
  });
}

function flags(values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).map(([name, value]) => `--${name}=${value}`);
}

/** Writes the token file, a kubeconfig for each user and what is to be audited; gives the tokens. */
function writeUsers(directory: string, server: string, authority: string): Record<ClusterUser, string> {
  const token = () => randomBytes(24).toString('hex');
  const tokens: Record<ClusterUser, string> = { admin: token(), tocsin: token(), nobody: token() };
  const rows = CLUSTER_USERS.map((user) => `${tokens[user]},${user},${user}${user === 'admin' ? ',"system:masters"' : ''}`);
  writeFileSync(join(directory, 'tokens.csv'), `${rows.join('\n')}\n`, { mode: 0o600 });
  for (const user of CLUSTER_USERS) {
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'test',
      contexts: [{ name: 'test', context: { cluster: 'test', user } }],
      clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': Buffer.from(authority).toString('base64') } }],
      users: [{ name: user, user: { token: tokens[user] } }],
    };
    writeFileSync(join(directory, `kubeconfig-${user}`), stringify(config), { mode: 0o600 });
  }
  const policy = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages: ['RequestReceived'], rules: [{ level: 'Metadata' }] };
  writeFileSync(join(directory, 'audit-policy.yaml'), stringify(policy));
  return tokens;
}

/** kwok's own stages and ours; its pods get ready at once, except those that ours let fail. */
function stages(programs: string): string {
  const theirs = parseAllDocuments(execFileSync(join(programs, 'stages'), { encoding: 'utf8', env: {} })).map((document) => {
    if (document.getIn(['metadata', 'name']) !== 'pod-ready') return document.toString();
    document.addIn(['spec', 'selector', 'matchExpressions'], { key: '.metadata.annotations["tocsin.test/fails"]', operator: 'DoesNotExist' });
    return document.toString();
  });
  const ours = parseAllDocuments(readFileSync(join(import.meta.dirname, 'stages.yaml'), 'utf8')).map((document) => document.toString());
  return [...theirs, ...ours].map((text) => `---\n${text.replace(/^---\n/, '')}`).join('');
}

async function answers(cluster: Cluster, path: string): Promise<boolean> {
  try {
    return (await cluster.call(path)).status === 200;
  } catch {
    return false;
  }
}

interface NodeList {
  readonly items: readonly { readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] } }[];
}

async function isComplete(cluster: Cluster): Promise<true | null> {
  const nodes = (await cluster.call('/api/v1/nodes')).body as NodeList;
  const ready = nodes.items.filter(({ status }) => status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'));
  return ready.length === 2 && (await answers(cluster, '/api/v1/namespaces/default/serviceaccounts/default')) ? true : null;
}

function run(program: string, args: readonly string[], input: string, env: Record<string, string>): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, stdio: 'pipe' });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        output[name] += text;
      });
    }
    child.once('error', reject).once('close', (code) => resolve({ code: code ?? -1, ...output }));
    // A command that does not read may have ended already.
    child.stdin.once('error', () => {});
    child.stdin.end(input);
  });
}
