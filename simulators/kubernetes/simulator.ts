import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { parseAllDocuments } from 'yaml';
import { applyDefaults } from './api/defaults.ts';
import type { MissingProgram } from './api/exec.ts';
import type { SeenRequest } from './api/request.ts';
import { ApiServer } from './api/server.ts';
import { groupResource } from './api/status.ts';
import { type Account, adminUser, serviceAccountUser } from './api/users.ts';
import { selfSigned } from './certificate.ts';
import { createClock } from './clock.ts';
import { Cluster } from './cluster.ts';
import { Machine } from './containers/machine.ts';
import { serveCustomResources } from './controllers/custom.ts';
import { ControlLoop } from './controllers/loop.ts';
import type { KubeObject, Pod } from './kinds.ts';
import { kubeconfigText } from './kubeconfig.ts';
import type { NewObject } from './objects/store.ts';
import { outsideHandler } from './outside.ts';
import type { FaultState, Platform } from './platforms/platform.ts';
import { createPlatforms, type PlatformName } from './platforms/platforms.ts';
import type { FabricAccess } from './platforms/provability-fabric/fabric.ts';

const TICK_MS = 100;
/** While nothing changes the controllers look this seldom (ms): what only time or a container changes is seen then. */
const IDLE_TICK_MS = 500;
const HISTORY_MS = 3 * 3_600_000;

export interface KubernetesSimulatorOptions {
  /** Of the API, 0 for any free one. */
  readonly port?: number;
  /** Platforms to begin with; none for an empty cluster. Default: all. */
  readonly seed?: PlatformName | readonly PlatformName[];
  /** More objects to begin with: YAML texts, one or several documents each. */
  readonly manifests?: readonly string[];
  /** The time to go by, in ms since the epoch. Default: the machine's. */
  readonly now?: () => number;
  /** False: controllers run only in `advance`. Default true: they run by themselves, ten times a second. */
  readonly ticking?: boolean;
  /** Where the ServiceAccount of the user `tocsin` lives. Default `tocsin`. */
  readonly botNamespace?: string;
  /** How an exec of a program that the image lacks ends: with exit code 127 (default), or as containerd tells it, without one. */
  readonly missingProgram?: MissingProgram;
}

export interface KubernetesSimulator {
  /** Of the API, https. Its certificate is in the kubeconfig. */
  readonly url: string;
  /** Of what the world outside sees, http: `/{namespace}/{service}:{port}/…` and `/sim/…`. */
  readonly outsideUrl: string;
  /** YAML text with the context `simulated`. */
  kubeconfig(user?: 'admin' | 'tocsin'): string;
  readonly faults: {
    list(): FaultState[];
    /** Sets or clears a fault. @throws Error for an id that is none */
    set(id: string, on: boolean): Promise<void>;
  };
  /** What of Provability-Fabric is reached from outside; null without that platform. */
  readonly fabric: FabricAccess | null;
  /** Read access in process, for tests. */
  readonly cluster: {
    now(): number;
    /** By `plural` or `plural.group`, such as `deployments.apps`. */
    get(resource: string, namespace: string | undefined, name: string): KubeObject | undefined;
    list(resource: string, namespace?: string): KubeObject[];
    /** A file of a pod, or undefined. */
    readFile(namespace: string, pod: string, path: string, container?: string): Buffer | undefined;
    /** Requests seen by the API, oldest first. */
    requests(): readonly SeenRequest[];
  };
  /** Moves the cluster's time forward and lets the controllers work through it. */
  advance(ms: number): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a simulated Kubernetes cluster on loopback. */
export async function startKubernetesSimulator(options: KubernetesSimulatorOptions = {}): Promise<KubernetesSimulator> {
  const clock = createClock(options.now, HISTORY_MS);
  const cluster = new Cluster(clock);
  const stopServing = serveCustomResources(cluster);
  const names = options.seed === undefined ? undefined : typeof options.seed === 'string' ? [options.seed] : options.seed;
  const platforms = createPlatforms(names);
  const machine = new Machine(
    cluster,
    platforms.flatMap((platform) => platform.programs),
  );
  const loop = new ControlLoop(cluster, machine);
  const tick = (): void => {
    loop.tick();
    for (const platform of platforms) platform.tick?.({ cluster, machine });
  };
  const advance = (durations: Iterable<number>): void => {
    for (const step of durations) {
      clock.advance(step);
      tick();
    }
  };

  for (const text of [...platforms.flatMap((platform) => platform.manifests), ...(options.manifests ?? [])]) load(cluster, text);
  for (const platform of platforms) platform.prepare?.({ cluster, machine });
  // The cluster has a past: it ran for three hours before anybody looked.
  tick();
  advance(past(HISTORY_MS));

  const accounts: Account[] = [
    { id: 'admin', token: 'admin-token-of-the-simulator', user: adminUser() },
    { id: 'tocsin', token: 'tocsin-token-of-the-simulator', user: serviceAccountUser(options.botNamespace ?? 'tocsin', 'tocsin') },
  ];
  const api = new ApiServer(cluster, machine, accounts, options.missingProgram);
  const certificate = selfSigned();
  const secure = createHttpsServer(certificate, (request, response) => void api.handle(request, response));
  secure.on('upgrade', (request, socket, head) => api.upgrade(request, socket, head));
  const faults = faultsOf(platforms, cluster, machine, tick);
  const outside = createHttpServer((request, response) => void outsideHandler(machine, faults, request, response));
  const [closeSecure, closeOutside] = [closing(secure), closing(outside)];
  const port = await listen(secure, options.port ?? 0);
  const outsidePort = await listen(outside, 0);
  const url = `https://127.0.0.1:${port}`;
  const timer = options.ticking === false ? undefined : setInterval(unlessIdle(cluster, tick), TICK_MS).unref();
  const namespace = platforms[0]?.namespace ?? 'default';

  return {
    url,
    outsideUrl: `http://127.0.0.1:${outsidePort}`,
    kubeconfig(user = 'admin') {
      const account = accounts.find((each) => each.id === user);
      if (account === undefined) throw new Error(`No user ${user}.`);
      return kubeconfigText({ server: url, authority: certificate.cert, user, token: account.token, namespace });
    },
    faults,
    fabric: platforms.find((platform) => platform.fabric !== undefined)?.fabric ?? null,
    cluster: {
      now: () => clock.now(),
      get: (resource, where, name) => cluster.store.get(resource, where, name),
      list: (resource, where) => [...cluster.store.list(resource, where)],
      readFile(where, name, path, container) {
        const pod = cluster.store.get<Pod>('pods', where, name);
        const instance = pod === undefined ? undefined : machine.instance(pod, container ?? pod.spec.containers[0]?.name ?? '');
        return instance?.files.stat(path)?.directory === false ? instance.files.read(path) : undefined;
      },
      requests: () => api.seen,
    },
    async advance(ms) {
      advance(steps(ms));
    },
    async stop() {
      clearInterval(timer);
      api.stop();
      stopServing();
      await Promise.all([closeSecure(), closeOutside()]);
      for (const platform of platforms) await platform.stop?.();
    },
  };
}

/** The cluster's past: its first seconds in small steps, then minutes at a time. */
function* past(ms: number): Generator<number> {
  const settling = 8_000;
  for (let done = 0; done < settling; done += 200) yield 200;
  for (let left = ms - settling; left > 0; left -= 60_000) yield Math.min(left, 60_000);
}

/** Small steps at first, so that a rollout is worked through; larger ones over hours. */
function* steps(ms: number): Generator<number> {
  let left = ms;
  let done = 0;
  if (ms === 0) yield 0;
  while (left > 0) {
    const wanted = done < 30_000 ? 200 : done < 600_000 ? 2_000 : Math.max(30_000, ms / 2_000);
    // The end is worked through finely as well: what was due on the way settles.
    const step = Math.min(left, left <= 10_000 ? 200 : Math.min(wanted, left - 10_000));
    yield step;
    left -= step;
    done += step;
  }
}

function load(cluster: Cluster, text: string): void {
  for (const document of parseAllDocuments(text)) {
    const object = document.toJS() as NewObject | null;
    if (object === null) continue;
    const type = cluster.types.ofKind(object.apiVersion, object.kind);
    if (type === undefined) throw new Error(`The seed has a ${object.kind} of ${object.apiVersion}, which is not served.`);
    const metadata = { ...object.metadata, ...(type.namespaced ? { namespace: object.metadata.namespace ?? 'default' } : {}) };
    const made = { ...object, metadata };
    applyDefaults(made);
    if (cluster.store.get(groupResource(type), metadata.namespace, metadata.name ?? '') === undefined) cluster.store.create(type, made);
  }
}

function faultsOf(platforms: readonly Platform[], cluster: Cluster, machine: Machine, tick: () => void): KubernetesSimulator['faults'] {
  const kit = { cluster, machine };
  return {
    list: () =>
      platforms.flatMap((platform) =>
        platform.faults.map((fault) => ({ id: fault.id, platform: platform.name, title: fault.title, active: fault.active(kit) })),
      ),
    async set(id, on) {
      const fault = platforms.flatMap((platform) => platform.faults).find((each) => each.id === id);
      if (fault === undefined) throw new Error(`No fault ${id}.`);
      if (on) await fault.inject(kit);
      else await fault.clear(kit);
      tick();
    },
  };
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

/**
 * How a server is closed for good. By itself it would wait for connections that were upgraded, and for those that are still about to be made, which may
 * never end.
 */
function closing(server: Server): () => Promise<void> {
  const sockets = new Set<Socket>();
  let isClosed = false;
  server.on('connection', (socket: Socket) => {
    if (isClosed) return void socket.destroy();
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return async () => {
    isClosed = true;
    const closed = new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    for (const socket of sockets) socket.destroy();
    await closed;
  };
}

/** Ticks when an object was changed since the tick before, and else every IDLE_TICK_MS. */
function unlessIdle(cluster: Cluster, tick: () => void): () => void {
  let version = -1;
  let idle = 0;
  return () => {
    idle = cluster.store.version === version ? idle + TICK_MS : 0;
    if (idle > 0 && idle < IDLE_TICK_MS) return;
    idle = 0;
    version = cluster.store.version;
    tick();
  };
}
