import type { ServerResponse } from 'node:http';
import type { Cluster } from '../cluster.ts';
import type { KubeObject } from '../kinds.ts';
import type { Change } from '../objects/store.ts';
import { checkVersion, includeObject, matcher, wantsTable } from './read.ts';
import type { ResourceRequest } from './request.ts';
import { apiVersionOf } from './resources.ts';
import { ApiError, badRequest, groupResource } from './status.ts';
import { table } from './table.ts';

/**
 * Streams changes as JSON lines until the client leaves, `timeoutSeconds` (real time) pass, or `onStop`'s callback is called.
 * A version that is forgotten ends in an ERROR event of code 410, as the real server's watch cache does.
 */
export function watch(cluster: Cluster, request: ResourceRequest, response: ServerResponse, onStop: (stop: () => void) => void): void {
  const { type, namespace, query, name } = request;
  const matches = matcher(query, type);
  const include = includeObject(query);
  const from = parseVersion(query.get('resourceVersion') ?? '');
  const resource = groupResource(type);
  const asTable = wantsTable(request);
  let header = true;

  const wanted = (object: KubeObject): boolean =>
    (!type.namespaced || namespace === '' || object.metadata.namespace === namespace) &&
    (name === '' || object.metadata.name === name) &&
    matches(object);
  const shape = (object: KubeObject): object => {
    if (!asTable) return object;
    const shown = table(type.kind, [object], { now: cluster.clock.now(), resourceVersion: object.metadata.resourceVersion, include, header });
    header = false;
    return shown;
  };
  const write = (event: string, object: object): void => void response.write(`${JSON.stringify({ type: event, object })}\n`);

  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
  response.flushHeaders();
  if (from === 0) {
    for (const object of cluster.store.list(resource)) if (wanted(object)) write('ADDED', shape(object));
  } else {
    try {
      checkVersion(cluster, from);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      write('ERROR', error.status);
      response.end();
      return;
    }
  }
  if (query.get('sendInitialEvents') === 'true') write('BOOKMARK', bookmark(request, cluster.store.version, { 'k8s.io/initial-events-end': 'true' }));

  const tell = (change: Change): void => {
    if (change.resource !== resource) return;
    const is = wanted(change.object);
    const was = change.previous !== undefined && wanted(change.previous);
    if (change.type === 'DELETED' ? was || is : is) {
      write(change.type === 'MODIFIED' && !was ? 'ADDED' : change.type, shape(change.object));
    } else if (was) {
      // It left the selection: to this watcher it is gone.
      write('DELETED', shape({ ...(change.previous ?? change.object), metadata: change.object.metadata }));
    }
  };
  if (from > 0) for (const change of cluster.store.since(from)) tell(change);
  const unsubscribe = cluster.store.subscribe(tell);
  const bookmarks = ['true', '1'].includes(query.get('allowWatchBookmarks') ?? '');
  const beat = setInterval(() => {
    if (bookmarks) write('BOOKMARK', bookmark(request, cluster.store.version));
  }, 30_000).unref();
  const seconds = Number(query.get('timeoutSeconds') ?? 0);
  const limit = setTimeout(() => response.end(), (seconds > 0 ? seconds : 3_600) * 1000).unref();
  const stop = (): void => {
    unsubscribe();
    clearInterval(beat);
    clearTimeout(limit);
  };
  response.on('close', stop);
  onStop(() => {
    stop();
    response.end();
  });
}

function bookmark({ type }: ResourceRequest, version: number, annotations?: Record<string, string>): object {
  return {
    kind: type.kind,
    apiVersion: apiVersionOf(type),
    metadata: { resourceVersion: String(version), creationTimestamp: null, ...(annotations === undefined ? {} : { annotations }) },
  };
}

function parseVersion(text: string): number {
  if (text === '') return 0;
  if (!/^\d+$/.test(text)) throw badRequest(`strconv.ParseUint: parsing "${text}": invalid syntax`);
  return Number(text);
}
