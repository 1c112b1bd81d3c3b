import { z } from 'zod';
import type { Json } from '../../domain/record.ts';
import { clamp } from '../../lib/clamp.ts';
import {
  type Cluster,
  ClusterError,
  type ExecOptions,
  type ExecResult,
  type HttpRequest,
  type HttpResponse,
  type Kind,
  type KubeObject,
  type LogOptions,
  type LogText,
  type ObjectRef,
  type Patch,
  type Right,
  type Selection,
  type WriteOptions,
} from '../../ports/cluster.ts';
import { type Connection, connection, type KubeconfigSource } from './connection.ts';
import { type Asked, answerError, statusOf } from './errors.ts';
import { execWithRetries } from './exec.ts';
import { Flights } from './flights.ts';
import { discovered, groupPath, groupVersion, knownResource, type Resource, resourceName, resourcePath, segment } from './kinds.ts';
import type { Answer, Outgoing } from './request.ts';
import { ask, defaultPace, type Pace } from './retry.ts';
import { semaphore } from './semaphore.ts';
import { type Listed, watchUntil } from './watch.ts';

export interface ClusterOptions {
  readonly kubeconfig: KubeconfigSource;
  /** A context of the kubeconfig; its current one unless told. */
  readonly context?: string | undefined;
  readonly namespace: string;
  /** Every request in flight is given up when it is aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Of one try; 30 s unless told. */
  readonly timeoutMs?: number | undefined;
  readonly pace?: Partial<Pace> | undefined;
}

/** One API server, whose sockets, credentials and limit of eight requests at once all namespaces share. */
export interface Kubernetes {
  readonly context: string;
  /** `signal`: every request in flight is given up when it is aborted, as at the end of a step. */
  cluster(namespace: string, signal?: AbortSignal): Cluster;
  close(): void;
}

/** An adapter of @kubernetes/client-node's credentials with a request function of our own. Reads nothing before the first request. */
export function openKubernetes(options: Omit<ClusterOptions, 'namespace' | 'signal'>): Kubernetes {
  const link = connection(options.kubeconfig, options.context);
  const shared: Shared = {
    link,
    limit: semaphore(MAX_AT_ONCE),
    limitExec: semaphore(MAX_AT_ONCE),
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
    pace: { ...defaultPace, ...options.pace },
    resources: new Map(),
    flights: new Flights(),
  };
  return {
    get context() {
      return link.context;
    },
    cluster: (namespace, signal) => new KubernetesCluster(shared, namespace, signal),
    close: () => link.close(),
  };
}

/** One cluster and namespace. Where several namespaces of a cluster are in use, `openKubernetes` shares the sockets. */
export function createCluster(options: ClusterOptions): Cluster {
  return openKubernetes(options).cluster(options.namespace, options.signal);
}

interface Shared {
  readonly link: Connection;
  readonly limit: ReturnType<typeof semaphore>;
  /** Commands may take minutes and must not hold up the requests. */
  readonly limitExec: ReturnType<typeof semaphore>;
  readonly timeoutMs: number;
  readonly pace: Pace;
  readonly resources: Map<string, Resource>;
  /** Reads that are under way: the steps of a diagnosis look at the same objects at the same moment. */
  readonly flights: Flights;
}

interface Call {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly asked: Asked;
  readonly body?: Json | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  readonly accept?: (answer: Answer) => boolean;
  /** Of a longer answer only this many bytes are kept, the newest; unset, a longer answer is an error. */
  readonly keepNewest?: number;
}

const MAX_AT_ONCE = 8;
const TIMEOUT_MS = 30_000;
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const MAX_PROXIED_BYTES = 16 * 1024 * 1024;
const KEPT_LOG_BYTES = 4 * 1024 * 1024;
const PAGE = 500;
/** So that `managedFields` name us (SK-16). */
const FIELD_MANAGER = 'tocsin';

const PATCH_TYPES: Readonly<Record<Patch['type'], string>> = {
  strategic: 'application/strategic-merge-patch+json',
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
};

/** As little as an object must be for the adapter; everything else is parsed where it is used. */
const objectSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), uid: z.string().default(''), resourceVersion: z.string().default('') }),
});
const listSchema = z.looseObject({
  metadata: z.looseObject({ resourceVersion: z.string().default(''), continue: z.string().optional() }),
  // Go writes an empty list of some APIs as null.
  items: z.array(z.looseObject({ metadata: z.looseObject({ name: z.string() }) })).nullable(),
});
const reviewSchema = z.looseObject({
  status: z.looseObject({ allowed: z.boolean(), reason: z.string().optional(), evaluationError: z.string().optional() }),
});

class KubernetesCluster implements Cluster {
  readonly namespace: string;
  readonly #shared: Shared;
  readonly #signal: AbortSignal | undefined;

  constructor(shared: Shared, namespace: string, signal: AbortSignal | undefined) {
    this.#shared = shared;
    this.namespace = namespace;
    this.#signal = signal;
  }

  get context(): string {
    return this.#shared.link.context;
  }

  async get(ref: ObjectRef): Promise<KubeObject | null> {
    const { path, asked } = await this.#place(ref, ref, 'get', true);
    return this.#shared.flights.join(path, this.#signal, async () => {
      const answer = await this.#call({ method: 'GET', path, asked, accept: isMissing });
      return answer.status === 404 ? null : objectOf(answer);
    });
  }

  async list(kind: Kind, selection: Selection = {}): Promise<KubeObject[]> {
    const { path, asked } = await this.#place(kind, selection, 'list', true);
    const query = queryOf(selection);
    const read = async () => (await this.#list(kind, path, asked, query, this.#signal)).items;
    return [...(await this.#shared.flights.join(`${path}?${query.toString()}`, this.#signal, read))];
  }

  async create(object: Json, options: WriteOptions = {}): Promise<KubeObject> {
    const { apiVersion, kind, metadata } = objectSchema.parse(object);
    const namespace = typeof metadata['namespace'] === 'string' ? metadata['namespace'] : undefined;
    const { path, asked } = await this.#place({ apiVersion, kind }, { namespace }, 'create', options.dryRun === true);
    const answer = await this.#call({
      method: 'POST',
      path: `${path}?${writeQuery(options).toString()}`,
      asked: { ...asked, name: metadata.name },
      body: object,
    });
    return objectOf(answer);
  }

  async patch(ref: ObjectRef, patch: Patch, options: WriteOptions = {}): Promise<KubeObject> {
    const { path, asked } = await this.#place(ref, ref, 'patch', options.dryRun === true);
    const answer = await this.#call({
      method: 'PATCH',
      path: `${path}${patch.subresource === undefined ? '' : `/${patch.subresource}`}?${writeQuery(options).toString()}`,
      asked: patch.subresource === undefined ? asked : { ...asked, resource: `${asked.resource}/${patch.subresource}` },
      body: patch.body,
      headers: { 'content-type': PATCH_TYPES[patch.type] },
    });
    return objectOf(answer);
  }

  async delete(ref: ObjectRef, options: WriteOptions & { uid?: string; gracePeriodSeconds?: number } = {}): Promise<void> {
    const { path, asked } = await this.#place(ref, ref, 'delete', options.dryRun === true);
    await this.#call({
      method: 'DELETE',
      path,
      asked,
      body: {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        propagationPolicy: 'Background',
        ...(options.uid === undefined ? {} : { preconditions: { uid: options.uid } }),
        ...(options.gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds: options.gracePeriodSeconds }),
        ...(options.dryRun === true ? { dryRun: ['All'] } : {}),
      },
    });
  }

  async logs(options: LogOptions): Promise<LogText> {
    const namespace = options.namespace ?? this.namespace;
    const query = new URLSearchParams({ container: options.container });
    if (options.tail !== undefined) query.set('tailLines', String(options.tail));
    if (options.sinceSeconds !== undefined) query.set('sinceSeconds', String(options.sinceSeconds));
    if (options.previous === true) query.set('previous', 'true');
    if (options.timestamps === true) query.set('timestamps', 'true');
    const asked: Asked = { verb: 'get', resource: 'pods/log', name: options.pod, namespace, repeatable: true };
    const path = `${resourcePath(PODS, namespace, options.pod)}/log?${query.toString()}`;
    const keepBytes = options.keepBytes ?? KEPT_LOG_BYTES;
    return this.#shared.flights.join(`${path} ${keepBytes}`, this.#signal, async () =>
      wholeLines(await this.#call({ method: 'GET', path, asked, headers: { accept: '*/*' }, keepNewest: keepBytes })),
    );
  }

  async exec(options: ExecOptions): Promise<ExecResult> {
    const placed = { ...options, namespace: options.namespace ?? this.namespace };
    try {
      return await this.#shared.limitExec(() => execWithRetries(this.#shared.link, placed, this.#shared.pace, this.#signal));
    } finally {
      this.#shared.flights.wrote();
    }
  }

  async proxy(
    to: {
      readonly kind: 'Pod' | 'Service';
      readonly name: string;
      readonly namespace?: string;
      readonly port: number | string;
      readonly scheme?: 'http' | 'https';
    },
    request: HttpRequest,
  ): Promise<HttpResponse> {
    const passed = Object.keys(request.headers ?? {}).map((name) => name.toLowerCase());
    if (passed.includes('authorization')) {
      throw new ClusterError('invalid', "The API server's proxy keeps the Authorization header to itself. Ask from inside of a container instead.");
    }
    if (passed.some((name) => name.startsWith('impersonate-')))
      throw new ClusterError('invalid', 'A request to an application cannot name who the bot acts as.');
    if (!request.path.startsWith('/')) throw new ClusterError('invalid', `The path ${request.path} does not begin with a slash.`);
    const namespace = to.namespace ?? this.namespace;
    const plural = to.kind === 'Pod' ? 'pods' : 'services';
    const name = `${to.scheme === 'https' ? 'https:' : ''}${to.name}:${to.port}`;
    const path = `${resourcePath({ ...PODS, plural }, namespace)}/${segment(name).replaceAll('%3A', ':')}/proxy${request.path}`;
    const repeatable = request.method === 'GET' || request.method === 'HEAD';
    const asked: Asked = { verb: proxyVerb(request.method), resource: `${plural}/proxy`, name, namespace, repeatable };
    const started = performance.now();
    const outgoing: Outgoing = {
      method: request.method,
      path,
      headers: { accept: '*/*', ...request.headers },
      body: request.body,
      timeoutMs: request.timeoutMs,
      maxBytes: MAX_PROXIED_BYTES,
      repeatable,
      signal: this.#signal,
    };
    // Only the API server's own 401 and 429 (a Status) are tried again: the application's are what was asked for.
    const answer = await this.#shared.limit(() =>
      ask(this.#shared.link, outgoing, asked, this.#shared.pace, (found) => (found.status !== 401 && found.status !== 429) || !isStatusAnswer(found)),
    );
    const body = answer.body.toString('utf8');
    const failure = proxyFailure(answer.status, body, asked, this.#shared.link.user());
    if (failure !== null) throw failure;
    return { status: answer.status, headers: flat(answer.headers), body, ms: Math.round(performance.now() - started) };
  }

  async raw(path: string): Promise<unknown> {
    if (!path.startsWith('/')) throw new ClusterError('invalid', `${path} is no absolute path of the API.`);
    const asked: Asked = { verb: 'get', resource: path, repeatable: true };
    const answer = await this.#call({ method: 'GET', path, asked, accept: isMissing });
    return answer.status === 404 ? null : jsonOf(answer);
  }

  async watch(
    kind: Kind,
    selection: Selection,
    until: (objects: readonly KubeObject[]) => boolean,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<boolean> {
    const { path, asked } = await this.#place(kind, selection, 'list', true);
    const query = queryOf(selection);
    const stop = both(this.#signal, signal);
    return await watchUntil(
      { connection: this.#shared.link, path, query, asked, pace: this.#shared.pace, list: (until) => this.#list(kind, path, asked, query, until) },
      until,
      timeoutMs,
      stop,
    );
  }

  async can(right: Right): Promise<{ readonly allowed: boolean; readonly reason: string | null }> {
    const reviews = await Promise.all(right.verbs.map((verb) => this.#review(right, verb)));
    return reviews.find((review) => !review.allowed) ?? { allowed: true, reason: null };
  }

  async #review(right: Right, verb: string): Promise<{ readonly allowed: boolean; readonly reason: string | null }> {
    const namespace = right.namespace ?? this.namespace;
    const answer = await this.#call({
      method: 'POST',
      path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      asked: { verb: 'create', resource: 'selfsubjectaccessreviews.authorization.k8s.io', repeatable: true },
      body: {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: {
          resourceAttributes: {
            group: right.group,
            resource: right.resource,
            verb,
            ...(namespace === '' ? {} : { namespace }),
            ...(right.subresource === undefined ? {} : { subresource: right.subresource }),
            ...(right.name === undefined ? {} : { name: right.name }),
          },
        },
      },
    });
    const { status } = reviewSchema.parse(jsonOf(answer));
    const said = status.reason === undefined || status.reason === '' ? status.evaluationError : status.reason;
    return { allowed: status.allowed, reason: said ?? null };
  }

  async #list(kind: Kind, path: string, asked: Asked, query: URLSearchParams, signal: AbortSignal | undefined): Promise<Listed> {
    const items: KubeObject[] = [];
    let next: string | undefined;
    let whole = false;
    for (;;) {
      const page = new URLSearchParams(query);
      if (!whole) page.set('limit', String(PAGE));
      if (next !== undefined) page.set('continue', next);
      const answer = await this.#call({
        method: 'GET',
        path: `${path}?${page.toString()}`,
        asked,
        signal,
        accept: (found) => found.status === 410 && !whole,
      });
      if (answer.status === 410) {
        // The pages' common moment is gone from the server: all at once then.
        whole = true;
        next = undefined;
        items.length = 0;
        continue;
      }
      const list = listSchema.parse(jsonOf(answer));
      for (const item of list.items ?? []) items.push({ ...item, apiVersion: kind.apiVersion, kind: kind.kind } as unknown as KubeObject);
      next = list.metadata.continue === '' ? undefined : list.metadata.continue;
      if (next === undefined) return { items, resourceVersion: list.metadata.resourceVersion };
    }
  }

  async #place(
    kind: Kind,
    place: { readonly name?: string; readonly namespace?: string | undefined },
    verb: string,
    repeatable: boolean,
  ): Promise<{ path: string; asked: Asked }> {
    const resource = await this.#resource(kind);
    const namespace = !resource.namespaced || place.namespace === '*' ? undefined : (place.namespace ?? this.namespace);
    return {
      path: resourcePath(resource, namespace, place.name),
      asked: { verb, resource: resourceName(resource), name: place.name, namespace, repeatable },
    };
  }

  async #resource(kind: Kind): Promise<Resource> {
    const known = knownResource(kind) ?? this.#shared.resources.get(`${kind.apiVersion} ${kind.kind}`);
    if (known !== undefined) return known;
    const { group, version } = groupVersion(kind.apiVersion);
    const found = discovered(kind, await this.raw(groupPath(group, version)));
    if (found === null) throw new ClusterError('not-found', `The cluster ${this.context} has no kind ${kind.kind} in ${kind.apiVersion}.`);
    this.#shared.resources.set(`${kind.apiVersion} ${kind.kind}`, found);
    return found;
  }

  async #call(call: Call): Promise<Answer> {
    const outgoing: Outgoing = {
      method: call.method,
      path: call.path,
      timeoutMs: this.#shared.timeoutMs,
      maxBytes: call.keepNewest ?? MAX_ANSWER_BYTES,
      beyond: call.keepNewest === undefined ? 'error' : 'keep-newest',
      repeatable: call.asked.repeatable,
      signal: call.signal ?? this.#signal,
      ...(call.headers === undefined ? {} : { headers: call.headers }),
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    };
    try {
      return await this.#shared.limit(() => ask(this.#shared.link, outgoing, call.asked, this.#shared.pace, call.accept ?? (() => false)));
    } finally {
      if (call.method !== 'GET') this.#shared.flights.wrote();
    }
  }
}

const PODS: Resource = { group: '', version: 'v1', plural: 'pods', namespaced: true };

function queryOf(selection: Selection): URLSearchParams {
  const query = new URLSearchParams();
  if (selection.labelSelector !== undefined) query.set('labelSelector', selection.labelSelector);
  if (selection.fieldSelector !== undefined) query.set('fieldSelector', selection.fieldSelector);
  return query;
}

function writeQuery(options: WriteOptions): URLSearchParams {
  const query = new URLSearchParams({ fieldManager: FIELD_MANAGER });
  if (options.dryRun === true) query.set('dryRun', 'All');
  return query;
}

/** Where older bytes were dropped, the first line is a part of one. */
function wholeLines({ body, dropped }: Answer): LogText {
  if (dropped === 0) return { text: body.toString('utf8'), dropped };
  const start = body.indexOf(0x0a) + 1;
  return { text: body.subarray(start).toString('utf8'), dropped: dropped + start };
}

function isStatusAnswer(answer: Answer): boolean {
  return statusOf(answer.body.toString('utf8')) !== null;
}

function isMissing(answer: Answer): boolean {
  return answer.status === 404;
}

function jsonOf(answer: Answer): unknown {
  try {
    return JSON.parse(answer.body.toString('utf8'));
  } catch {
    throw new ClusterError('invalid', "The server answered with something else than JSON. Is the kubeconfig's server an API server?", {
      status: answer.status,
    });
  }
}

function objectOf(answer: Answer): KubeObject {
  const parsed = objectSchema.safeParse(jsonOf(answer));
  if (!parsed.success)
    throw new ClusterError('invalid', 'The server answered with something else than an object of the API.', { status: answer.status });
  return parsed.data;
}

/** Rights of a proxied request go by its method (Kubernetes, "Authorization Overview"). */
function proxyVerb(method: string): string {
  if (method === 'POST') return 'create';
  if (method === 'PUT') return 'update';
  return method === 'GET' || method === 'HEAD' ? 'get' : method.toLowerCase();
}

/** What the API server itself says instead of the application: it may not, it knows no such pod, it cannot reach it. */
function proxyFailure(status: number, body: string, asked: Asked, user: string): ClusterError | null {
  if (status < 400) return null;
  if (status >= 500 && body.includes('error trying to reach service')) {
    return new ClusterError(
      'unreachable',
      `The API server cannot reach ${asked.name} in namespace ${asked.namespace}: ${clamp(statusOf(body)?.message ?? body, 300)}`,
      { status },
    );
  }
  if (statusOf(body) === null) return null;
  return answerError(status, body, asked, user);
}

function flat(headers: Answer['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]])),
  );
}

function both(one: AbortSignal | undefined, other: AbortSignal | undefined): AbortSignal | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return AbortSignal.any([one, other]);
}
