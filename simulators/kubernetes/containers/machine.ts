import type { Cluster } from '../cluster.ts';
import type { Claim, ConfigMap, Container, EnvVar, Pod, Secret, Service } from '../kinds.ts';
import { parseQuantity } from '../quantity.ts';
import { Files, type Mount, Volume } from './files.ts';
import type { ExecContext, Health, HttpAnswer, HttpRequest, Instance, LogLine, Network, NetworkError, Program } from './program.ts';

const MAX_LINES = 4000;
const GIB = 2 ** 30;

/** Why a container cannot be made. */
export class ContainerConfigError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ContainerConfigError';
  }
}

interface Running {
  instance: Instance;
  lines: LogLine[];
  previous: LogLine[] | undefined;
  running: boolean;
  lastTick: number;
  listeners: Set<(line: LogLine) => void>;
}

/** The containers of all pods: their environment, files, logs, HTTP and programs to execute. */
export class Machine implements Network {
  readonly #cluster: Cluster;
  readonly #programs: readonly Program[];
  readonly #running = new Map<string, Running>();
  readonly #volumes = new Map<string, Volume>();
  readonly #roots = new Map<string, Volume>();

  constructor(cluster: Cluster, programs: readonly Program[]) {
    this.#cluster = cluster;
    this.#programs = programs;
  }

  program(namespace: string, container: Pick<Container, 'image'>): Program | undefined {
    return this.#programs.find((program) => program.namespace === namespace && program.image.test(container.image));
  }

  /** The disk behind a claim; made when first asked for. */
  volume(namespace: string, claim: string): Volume {
    const id = `${namespace}/${claim}`;
    const known = this.#volumes.get(id);
    if (known !== undefined) return known;
    const capacity = (): number => {
      const found = this.#cluster.store.get<Claim>('persistentvolumeclaims', namespace, claim);
      return parseQuantity(found?.status.capacity?.['storage'] ?? found?.spec.resources.requests['storage'] ?? '1Gi');
    };
    const made = new Volume(`/dev/disk/${claim}`, capacity);
    this.#volumes.set(id, made);
    return made;
  }

  /** Starts a container. @throws ContainerConfigError for a ConfigMap or Secret that is missing */
  start(pod: Pod, container: Container): Instance {
    const id = `${pod.metadata.uid}/${container.name}`;
    const before = this.#running.get(id);
    const lines: LogLine[] = [];
    const cluster = this.#cluster;
    const now = cluster.clock.now();
    let last = pod;
    const entry: Running = {
      instance: undefined as unknown as Instance,
      lines,
      previous: before?.lines,
      running: true,
      lastTick: now,
      listeners: before?.listeners ?? new Set(),
    };
    const instance: Instance = {
      cluster,
      podUid: pod.metadata.uid,
      podName: pod.metadata.name,
      namespace: pod.metadata.namespace ?? '',
      container,
      env: this.#environment(pod, container),
      files: this.#files(pod, container),
      startedAt: now,
      pod() {
        const current = cluster.store.get<Pod>('pods', pod.metadata.namespace, pod.metadata.name);
        if (current?.metadata.uid === pod.metadata.uid) last = current;
        return last;
      },
      log(text, at = cluster.clock.now()) {
        const line = { at, text };
        lines.push(line);
        // Cut now and then, not at each line: cutting moves all that stays.
        if (lines.length > MAX_LINES * 1.25) lines.splice(0, lines.length - MAX_LINES);
        for (const listener of entry.listeners) listener(line);
      },
    };
    entry.instance = instance;
    this.#running.set(id, entry);
    this.program(instance.namespace, container)?.start?.(instance);
    return instance;
  }

  /** Whether what a container needs of ConfigMaps and Secrets is there. @throws ContainerConfigError */
  check(pod: Pod, container: Container): void {
    this.#environment(pod, container);
  }

  stop(pod: Pod, container: string): void {
    const entry = this.#running.get(`${pod.metadata.uid}/${container}`);
    if (entry !== undefined) entry.running = false;
  }

  forget(pod: Pod): void {
    for (const { name } of pod.spec.containers) this.#running.delete(`${pod.metadata.uid}/${name}`);
    for (const id of this.#roots.keys()) if (id.startsWith(`${pod.metadata.uid}/`)) this.#roots.delete(id);
    for (const id of this.#volumes.keys()) if (id.startsWith(`${pod.metadata.uid}/`)) this.#volumes.delete(id);
  }

  instance(pod: Pod, container: string): Instance | undefined {
    const entry = this.#running.get(`${pod.metadata.uid}/${container}`);
    return entry?.running === true ? entry.instance : undefined;
  }

  /** The running containers of an image, for faults and platforms. */
  instances(namespace: string, image: RegExp): Instance[] {
    return [...this.#running.values()]
      .filter((entry) => entry.running && entry.instance.namespace === namespace && image.test(entry.instance.container.image))
      .map((entry) => entry.instance);
  }

  health(pod: Pod, container: Container): Health {
    const instance = this.instance(pod, container.name);
    if (instance === undefined) return { ready: false };
    return this.program(pod.metadata.namespace ?? '', container)?.health?.(instance) ?? { ready: true };
  }

  tick(pod: Pod, container: Container): void {
    const entry = this.#running.get(`${pod.metadata.uid}/${container.name}`);
    if (entry?.running !== true) return;
    const now = this.#cluster.clock.now();
    this.program(pod.metadata.namespace ?? '', container)?.tick?.(entry.instance, entry.lastTick, now);
    entry.lastTick = now;
  }

  /** Lines of a container, or of the one before it in the same pod; undefined when there is none. */
  logs(pod: Pod, container: string, previous: boolean): readonly LogLine[] | undefined {
    const entry = this.#running.get(`${pod.metadata.uid}/${container}`);
    return previous ? entry?.previous : entry?.lines;
  }

  follow(pod: Pod, container: string, listener: (line: LogLine) => void): () => void {
    const entry = this.#running.get(`${pod.metadata.uid}/${container}`);
    entry?.listeners.add(listener);
    return () => entry?.listeners.delete(listener);
  }

  usage(pod: Pod, container: Container): { cpu: number; memory: number } {
    const instance = this.instance(pod, container.name);
    if (instance === undefined) return { cpu: 0, memory: 0 };
    return this.program(pod.metadata.namespace ?? '', container)?.usage?.(instance) ?? { cpu: 5, memory: 32 * 2 ** 20 };
  }

  /**
   * Runs `argv` in a container: its exit code, or null when the container has no such program.
   */
  async exec(instance: Instance, argv: readonly string[], io: Pick<ExecContext, 'out' | 'err' | 'stdin'>): Promise<number | null> {
    const [path = '', ...args] = argv;
    const commands = this.program(instance.namespace, instance.container)?.commands ?? {};
    const name = /^\/(usr\/)?(local\/)?s?bin\/[^/]+$/.test(path) ? (path.split('/').at(-1) ?? '') : path;
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (command === undefined) return null;
    return await command({ ...io, instance, argv, network: this }, args);
  }

  connect(from: Instance, host: string, port: number): NetworkError | { readonly ip: string } {
    const target = this.#resolve(from, host, port);
    if ('error' in target) return target;
    return { ip: target.instance.pod().status.podIP ?? '127.0.0.1' };
  }

  async http(from: Instance, host: string, port: number, request: HttpRequest): Promise<NetworkError | HttpAnswer> {
    const target = this.#resolve(from, host, port);
    if ('error' in target) return target;
    return await this.serve(target.instance, target.port, request);
  }

  /** An HTTP request to a container's port. */
  async serve(instance: Instance, port: number, request: HttpRequest): Promise<NetworkError | HttpAnswer> {
    const handler = this.program(instance.namespace, instance.container)?.http?.[port];
    if (handler === undefined) return { error: 'refused' };
    return await handler(instance, request);
  }

  /** The container of a pod that listens on a port. */
  listener(pod: Pod, port: number): Instance | undefined {
    for (const container of pod.spec.containers) {
      const program = this.program(pod.metadata.namespace ?? '', container);
      const instance = this.instance(pod, container.name);
      if (instance === undefined || program === undefined) continue;
      const health = program.health?.(instance) ?? { ready: true };
      if ('exit' in health) continue;
      if (program.http?.[port] !== undefined) return instance;
      // A server that is not ready does not accept connections.
      if (program.tcp?.includes(port) === true && health.ready) return instance;
    }
    return undefined;
  }

  /** Ready pods behind a service, and the port of each that a service's port leads to. */
  endpoints(namespace: string, name: string, wanted: number | string): { pod: Pod; port: number }[] | undefined {
    const service = this.#cluster.store.get<Service>('services', namespace, name);
    const port =
      service?.spec.ports?.find((each) => each.port === Number(wanted) || (wanted !== '' && each.name === wanted)) ??
      (wanted === '' ? service?.spec.ports?.[0] : undefined);
    if (service === undefined || port === undefined) return undefined;
    const selector = Object.entries(service.spec.selector ?? {});
    return this.#cluster.store
      .list<Pod>('pods', namespace)
      .filter((pod) => selector.length > 0 && selector.every(([key, value]) => pod.metadata.labels?.[key] === value))
      .filter(
        (pod) =>
          pod.metadata.deletionTimestamp === undefined &&
          pod.status.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') === true,
      )
      .map((pod) => ({ pod, port: targetPort(pod, port.targetPort ?? port.port) }));
  }

  #resolve(from: Instance, host: string, port: number): NetworkError | { instance: Instance; port: number } {
    if (host === 'localhost' || host === '127.0.0.1' || host === '::1') return this.#at(from.pod(), port);
    const byAddress = this.#cluster.store.list<Pod>('pods').find((pod) => pod.status.podIP === host);
    if (byAddress !== undefined) return this.#at(byAddress, port);
    const [name = '', namespace = from.namespace, ...rest] = host.replace(/\.$/, '').split('.');
    const ending = rest.join('.');
    const pods = this.#cluster.store.get<Pod>('pods', from.namespace, name);
    if (pods !== undefined && host === name) return { error: 'unknown-host' };
    if (!['', 'svc', 'svc.cluster.local'].includes(ending) || this.#cluster.store.get('services', namespace, name) === undefined)
      return { error: 'unknown-host' };
    const endpoints = this.endpoints(namespace, name, port);
    if (endpoints === undefined) return { error: 'timeout' };
    const chosen = endpoints[0];
    return chosen === undefined ? { error: 'refused' } : this.#at(chosen.pod, chosen.port);
  }

  #at(pod: Pod, port: number): NetworkError | { instance: Instance; port: number } {
    const instance = this.listener(pod, port);
    return instance === undefined ? { error: 'refused' } : { instance, port };
  }

  #environment(pod: Pod, container: Container): Record<string, string> {
    const namespace = pod.metadata.namespace ?? '';
    const values: Record<string, string> = {
      HOSTNAME: pod.metadata.name,
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: '/',
    };
    for (const source of container.envFrom ?? []) {
      const prefix = source.prefix ?? '';
      const { configMapRef, secretRef } = source;
      if (configMapRef !== undefined) {
        const map = this.#cluster.store.get<ConfigMap>('configmaps', namespace, configMapRef.name);
        if (map === undefined && configMapRef.optional !== true) throw new ContainerConfigError(`configmap "${configMapRef.name}" not found`);
        for (const [key, value] of Object.entries(map?.data ?? {})) values[`${prefix}${key}`] = value;
      }
      if (secretRef !== undefined) {
        const secret = this.#cluster.store.get<Secret>('secrets', namespace, secretRef.name);
        if (secret === undefined && secretRef.optional !== true) throw new ContainerConfigError(`secret "${secretRef.name}" not found`);
        for (const [key, value] of Object.entries(secret?.data ?? {})) values[`${prefix}${key}`] = Buffer.from(value, 'base64').toString();
      }
    }
    for (const entry of container.env ?? []) {
      const value = this.#value(pod, entry);
      if (value !== undefined) values[entry.name] = value.replace(/\$\(([^)]+)\)/g, (whole, name: string) => values[name] ?? whole);
    }
    return values;
  }

  #value(pod: Pod, { value, valueFrom }: EnvVar): string | undefined {
    const namespace = pod.metadata.namespace ?? '';
    if (valueFrom === undefined) return value ?? '';
    const { configMapKeyRef, secretKeyRef, fieldRef } = valueFrom;
    if (configMapKeyRef !== undefined) {
      const map = this.#cluster.store.get<ConfigMap>('configmaps', namespace, configMapKeyRef.name);
      const found = map?.data?.[configMapKeyRef.key];
      if (found === undefined && configMapKeyRef.optional !== true)
        throw missingKey('configmap', 'ConfigMap', namespace, configMapKeyRef, map !== undefined);
      return found;
    }
    if (secretKeyRef !== undefined) {
      const secret = this.#cluster.store.get<Secret>('secrets', namespace, secretKeyRef.name);
      const found = secret?.data?.[secretKeyRef.key];
      if (found === undefined && secretKeyRef.optional !== true) throw missingKey('secret', 'Secret', namespace, secretKeyRef, secret !== undefined);
      return found === undefined ? undefined : Buffer.from(found, 'base64').toString();
    }
    const fields: Record<string, string | undefined> = {
      'metadata.name': pod.metadata.name,
      'metadata.namespace': namespace,
      'metadata.uid': pod.metadata.uid,
      'status.podIP': pod.status.podIP,
      'spec.nodeName': pod.spec.nodeName,
    };
    return fields[fieldRef?.fieldPath ?? ''];
  }

  #files(pod: Pod, container: Container): Files {
    const id = `${pod.metadata.uid}/${container.name}`;
    const readOnly = container.securityContext?.readOnlyRootFilesystem === true;
    const root = this.#roots.get(id) ?? new Volume('overlay', () => 95 * GIB);
    if (!this.#roots.has(id)) {
      root.hidden = 21 * GIB;
      for (const directory of ['app', 'bin', 'etc', 'home', 'proc', 'tmp', 'usr/bin', 'var/log', 'var/tmp']) root.mkdir(directory);
      root.put('etc/hostname', `${pod.metadata.name}\n`, this.#cluster.clock.now());
      this.#roots.set(id, root);
    }
    const mounts: Mount[] = [{ path: '', volume: root, readOnly }];
    for (const mount of container.volumeMounts ?? []) {
      const volume = pod.spec.volumes?.find((each) => each.name === mount.name);
      const path = mount.mountPath.replace(/\/+$/, '');
      if (volume?.persistentVolumeClaim !== undefined) {
        mounts.push({
          path,
          volume: this.volume(pod.metadata.namespace ?? '', volume.persistentVolumeClaim.claimName),
          readOnly: mount.readOnly === true,
        });
      } else if (volume?.configMap !== undefined || volume?.secret !== undefined) {
        mounts.push({ path, volume: this.#projected(pod, volume), readOnly: true });
      } else {
        const key = `${pod.metadata.uid}/${mount.name}`;
        const scratch = this.#volumes.get(key) ?? new Volume('/dev/nvme0n1p1', () => 95 * GIB);
        this.#volumes.set(key, scratch);
        mounts.push({ path, volume: scratch, readOnly: mount.readOnly === true });
      }
    }
    return new Files(mounts, () => this.#cluster.clock.now());
  }

  #projected(
    pod: Pod,
    { configMap, secret }: { configMap?: { name: string; optional?: boolean }; secret?: { secretName: string; optional?: boolean } },
  ): Volume {
    const namespace = pod.metadata.namespace ?? '';
    const volume = new Volume('tmpfs', () => GIB);
    const now = this.#cluster.clock.now();
    if (configMap !== undefined) {
      const found = this.#cluster.store.get<ConfigMap>('configmaps', namespace, configMap.name);
      for (const [name, text] of Object.entries(found?.data ?? {})) volume.put(name, text, now);
    }
    if (secret !== undefined) {
      const found = this.#cluster.store.get<Secret>('secrets', namespace, secret.secretName);
      for (const [name, text] of Object.entries(found?.data ?? {})) volume.put(name, Buffer.from(text, 'base64'), now);
    }
    return volume;
  }
}

function missingKey(what: string, kind: string, namespace: string, ref: { name: string; key: string }, exists: boolean): ContainerConfigError {
  return new ContainerConfigError(exists ? `couldn't find key ${ref.key} in ${kind} ${namespace}/${ref.name}` : `${what} "${ref.name}" not found`);
}

function targetPort(pod: Pod, target: number | string): number {
  if (typeof target === 'number') return target;
  const named = pod.spec.containers.flatMap((container) => container.ports ?? []).find((port) => port.name === target);
  return named?.containerPort ?? Number(target);
}
