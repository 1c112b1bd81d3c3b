import type { Json } from '../../domain/record.ts';
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
import { isMissing, jsonOf, listSchema, objectOf, objectSchema, reviewSchema, wholeLines } from './answers.ts';
import type { Asked } from './errors.ts';
import { execWithRetries } from './exec.ts';
import { discovered, groupPath, groupVersion, knownResource, PODS, type Resource, resourceName, resourcePath } from './kinds.ts';
import { type ProxiedTo, proxied } from './proxy.ts';
import type { Answer } from './request.ts';
import { type Call, callOn, type Shared } from './shared.ts';
import { type Listed, watchUntil } from './watch.ts';

const KEPT_LOG_BYTES = 4 * 1024 * 1024;
const PAGE = 500;
/** So that `managedFields` name us (SK-16). */
const FIELD_MANAGER = 'tocsin';

const PATCH_TYPES: Readonly<Record<Patch['type'], string>> = {
  strategic: 'application/strategic-merge-patch+json',
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
};

/** One cluster and namespace over shared sockets. */
export class KubernetesCluster implements Cluster {
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

  proxy(to: ProxiedTo, request: HttpRequest): Promise<HttpResponse> {
    return proxied({ shared: this.#shared, namespace: this.namespace, signal: this.#signal }, to, request);
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

  #call(call: Call): Promise<Answer> {
    return callOn(this.#shared, this.#signal, call);
  }
}

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

function both(one: AbortSignal | undefined, other: AbortSignal | undefined): AbortSignal | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return AbortSignal.any([one, other]);
}
