import type { Cluster } from '../cluster.ts';
import type { KubeObject } from '../kinds.ts';
import { type Answer, ok, type ResourceRequest } from './request.ts';
import { apiVersionOf, type ResourceType } from './resources.ts';
import { matchesFields, matchesLabels, parseFieldSelector, parseLabelSelector } from './selectors.ts';
import { badRequest, expired, groupResource, notFound } from './status.ts';
import { type IncludeObject, TABLE, table } from './table.ts';

export type Matcher = (object: KubeObject) => boolean;

/** What the label and field selectors of a request let through. @throws ApiError 400 */
export function matcher(query: URLSearchParams, type: ResourceType): Matcher {
  const labels = parseLabelSelector(query.get('labelSelector') ?? '');
  const fields = parseFieldSelector(query.get('fieldSelector') ?? '', type.plural);
  return (object) => matchesLabels(labels, object.metadata.labels) && matchesFields(fields, object);
}

/** @throws ApiError 404 */
export function existing<T extends KubeObject>(cluster: Cluster, request: Pick<ResourceRequest, 'type' | 'namespace' | 'name'>): T {
  const { type, namespace, name } = request;
  const found = cluster.store.get<T>(groupResource(type), type.namespaced ? namespace : undefined, name);
  if (found === undefined) throw notFound(type, name);
  return found;
}

export function wantsTable(request: { headers: ResourceRequest['headers'] }): boolean {
  return (request.headers.accept ?? '').split(',')[0]?.includes(TABLE) ?? false;
}

/** @throws ApiError 400 */
export function includeObject(query: URLSearchParams): IncludeObject {
  const value = query.get('includeObject') ?? 'Metadata';
  if (value === 'Metadata' || value === 'Object' || value === 'None') return value;
  throw badRequest(`unrecognized includeObject value: "${value}"`);
}

export function get(cluster: Cluster, request: ResourceRequest): Answer {
  const object = existing(cluster, request);
  return ok(wantsTable(request) ? asTable(cluster, request, [object], object.metadata.resourceVersion) : object);
}

function asTable(cluster: Cluster, request: ResourceRequest, objects: readonly KubeObject[], resourceVersion: string): object {
  return table(request.type.kind, objects, { now: cluster.clock.now(), resourceVersion, include: includeObject(request.query) });
}

/** @throws ApiError 400, 410 */
export function list(cluster: Cluster, request: ResourceRequest): Answer {
  const { type, namespace, query } = request;
  const named = request.name === '' ? null : request.name;
  const matches = matcher(query, type);
  const all = cluster.store
    .list(groupResource(type), type.namespaced && namespace !== '' ? namespace : undefined)
    .filter((object) => matches(object) && (named === null || object.metadata.name === named));
  const page = paged(all, query, cluster.store.version);
  const metadata = {
    resourceVersion: page.version,
    ...(page.next === undefined ? {} : { continue: page.next, remainingItemCount: page.remaining }),
  };
  if (wantsTable(request)) {
    return ok(
      table(type.kind, page.items, {
        now: cluster.clock.now(),
        resourceVersion: page.version,
        include: includeObject(query),
        ...(page.next === undefined ? {} : { continueToken: page.next, remaining: page.remaining }),
      }),
    );
  }
  return ok({ kind: `${type.kind}List`, apiVersion: apiVersionOf(type), metadata, items: page.items.map(listed) });
}

/** The real server leaves kind and apiVersion out of the items of a built-in list. */
function listed(object: KubeObject): object {
  return object;
}

interface Page {
  readonly items: readonly KubeObject[];
  readonly version: string;
  readonly next?: string;
  readonly remaining: number;
}

function paged(all: readonly KubeObject[], query: URLSearchParams, version: number): Page {
  const limit = Number(query.get('limit') ?? 0);
  const token = query.get('continue') ?? '';
  const from = token === '' ? null : parseToken(token);
  const begin = from === null ? 0 : all.findIndex((object) => place(object) > from.after);
  const rest = begin < 0 ? [] : all.slice(begin);
  const shown = String(from?.version ?? version);
  if (!(limit > 0) || rest.length <= limit) return { items: rest, version: shown, remaining: 0 };
  const items = rest.slice(0, limit);
  const last = items.at(-1);
  const next = Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: Number(shown), start: last === undefined ? '' : place(last) })).toString(
    'base64url',
  );
  return { items, version: shown, next, remaining: rest.length - limit };
}

function place(object: KubeObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}

function parseToken(token: string): { version: number; after: string } {
  try {
    const { rv, start } = JSON.parse(Buffer.from(token, 'base64url').toString()) as { rv: number; start: string };
    if (typeof rv === 'number' && typeof start === 'string') return { version: rv, after: start };
  } catch {
    // Falls through: the token is none of ours.
  }
  throw badRequest('continue key is not valid: invalid character');
}

/** @throws ApiError 410 when a watch wants changes that are forgotten. */
export function checkVersion(cluster: Cluster, version: number): void {
  const { oldest } = cluster.store;
  if (version < oldest - 1) throw expired(`too old resource version: ${version} (${oldest})`);
}
