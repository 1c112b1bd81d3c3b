import { spawn } from 'node:child_process';
import type { Json } from '../../../../src/domain/record.ts';
import {
  type Cluster,
  ClusterError,
  type ExecOptions,
  type ExecResult,
  type HttpRequest,
  type HttpResponse,
  type KubeObject,
  type ObjectRef,
  type Patch,
} from '../../../../src/ports/cluster.ts';

/** A program of the fake container: what it prints and its exit code. */
export type Program = (argv: readonly string[], stdin: string) => Promise<{ stdout?: string; stderr?: string; exitCode?: number }>;

export interface FakeCluster extends Cluster {
  readonly objects: Map<string, KubeObject>;
  readonly execs: ExecOptions[];
  readonly patches: { ref: ObjectRef; patch: Patch; dryRun: boolean }[];
  add(object: { apiVersion: string; kind: string; metadata: { name: string; [field: string]: unknown }; [field: string]: unknown }): void;
}

interface Parts {
  /** Programs that are made up. */
  readonly programs?: Readonly<Record<string, Program>>;
  /** Programs of this machine that the container has. */
  readonly real?: readonly string[];
  readonly proxy?: (name: string, port: number | string, request: HttpRequest) => Promise<HttpResponse>;
}

/** A cluster in memory whose containers run the named programs of this machine, by argv as a real one does. */
export function fakeCluster({ programs = {}, real = [], proxy }: Parts = {}): FakeCluster {
  const objects = new Map<string, KubeObject>();
  const execs: ExecOptions[] = [];
  const patches: { ref: ObjectRef; patch: Patch; dryRun: boolean }[] = [];
  let version = 100;
  const key = (kind: string, name: string) => `${kind}/${name}`;
  const never = (): never => {
    throw new ClusterError('invalid', 'not used here');
  };
  return {
    context: 'test',
    namespace: 'aureus',
    objects,
    execs,
    patches,
    add(object) {
      version += 1;
      const metadata = { namespace: 'aureus', uid: `uid-${object.metadata.name}-${version}`, resourceVersion: String(version), ...object.metadata };
      objects.set(key(object.kind, object.metadata.name), { ...object, metadata });
    },
    get: async (ref) => objects.get(key(ref.kind, ref.name)) ?? null,
    list: async (kind, selection) =>
      [...objects.values()].filter((object) => object.kind === kind.kind && matches(object.metadata.labels ?? {}, selection?.labelSelector)),
    create: never,
    async patch(ref, patch, options) {
      const there = objects.get(key(ref.kind, ref.name));
      if (there === undefined) throw new ClusterError('not-found', `no ${ref.name}`);
      const wanted = (patch.body as { metadata?: { resourceVersion?: string } }).metadata?.resourceVersion;
      if (wanted !== undefined && wanted !== there.metadata.resourceVersion) throw new ClusterError('conflict', `${ref.name} has changed`);
      patches.push({ ref, patch, dryRun: options?.dryRun === true });
      const merged = merge(there as unknown as Json, patch.body) as unknown as KubeObject;
      if (options?.dryRun === true) return merged;
      version += 1;
      const stored = { ...merged, metadata: { ...merged.metadata, resourceVersion: String(version) } };
      objects.set(key(ref.kind, ref.name), stored);
      return stored;
    },
    delete: never,
    logs: never,
    async exec(options) {
      execs.push(options);
      const [program = ''] = options.argv;
      const stdin = typeof options.stdin === 'string' ? options.stdin : Buffer.from(options.stdin ?? '').toString('utf8');
      const fake = programs[program];
      if (fake !== undefined) return finished(await fake(options.argv, stdin), options.maxBytes);
      if (!real.includes(program)) throw new ClusterError('exec-failed', `Container ${options.container} of pod ${options.pod} has no ${program}.`);
      return await spawned(options, stdin);
    },
    proxy: async (to, request) => (proxy === undefined ? never() : await proxy(to.name, to.port, request)),
    raw: never,
    watch: never,
    can: async () => ({ allowed: true, reason: null }),
  };
}

function finished(result: { stdout?: string; stderr?: string; exitCode?: number }, maxBytes = 1_048_576): ExecResult {
  const stdout = Buffer.from(result.stdout ?? '');
  const truncated = stdout.length > maxBytes;
  return { exitCode: result.exitCode ?? 0, stdout: stdout.subarray(0, maxBytes), stderr: Buffer.from(result.stderr ?? ''), truncated, ms: 7 };
}

function spawned(options: ExecOptions, stdin: string): Promise<ExecResult> {
  const [program = '', ...args] = options.argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: 'pipe',
      env: { PATH: process.env['PATH'], LC_ALL: 'C', PGHOST: process.env['PGHOST'], PGPORT: process.env['PGPORT'] },
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (part: Buffer) => out.push(part));
    child.stderr.on('data', (part: Buffer) => err.push(part));
    child.stdin.on('error', () => undefined);
    child.on('error', reject);
    child.on('close', (code) => {
      const stdout = Buffer.concat(out);
      const max = options.maxBytes ?? 1_048_576;
      resolve({ exitCode: code ?? 1, stdout: stdout.subarray(0, max), stderr: Buffer.concat(err), truncated: stdout.length > max, ms: 5 });
    });
    child.stdin.end(stdin);
  });
}

function matches(labels: Readonly<Record<string, string>>, selector: string | undefined): boolean {
  if (selector === undefined || selector === '') return true;
  return selector.split(',').every((part) => {
    const [name = '', value] = part.split('=');
    return labels[name] === value;
  });
}

function merge(into: Json, patch: Json): Json {
  if (!isObject(into) || !isObject(patch)) return patch;
  const merged: Record<string, Json> = { ...into };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = key in merged ? merge(merged[key] ?? null, value) : value;
  }
  return merged;
}

function isObject(value: Json): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A deployment and its ready pod, of which `name` is the container. */
export function addWorkload(
  cluster: FakeCluster,
  name: string,
  parts: { claim?: string; mountPath?: string; secret?: string; ready?: boolean } = {},
): void {
  const labels = { app: name };
  const volumes = parts.claim === undefined ? [] : [{ name: 'data', persistentVolumeClaim: { claimName: parts.claim } }];
  const volumeMounts = parts.claim === undefined ? [] : [{ name: 'data', mountPath: parts.mountPath ?? '/data' }];
  const envFrom = parts.secret === undefined ? [] : [{ secretRef: { name: parts.secret } }];
  const container = { name, image: 'x', ports: [{ name: 'http', containerPort: 8_000 }], volumeMounts, envFrom };
  const template = { metadata: { labels }, spec: { containers: [container], volumes } };
  cluster.add({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels },
    spec: { replicas: 1, selector: { matchLabels: labels }, template },
  });
  cluster.add({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `${name}-0`, labels },
    spec: template.spec,
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: parts.ready === false ? 'False' : 'True' }] },
  });
}
