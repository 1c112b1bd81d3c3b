import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Cluster } from '../cluster.ts';
import type { Machine } from '../containers/machine.ts';
import { AGGREGATED, aggregated, groupDocument, groupList, legacyVersions, resourceList, VERSION } from './discovery.ts';
import { evict } from './evict.ts';
import { type MissingProgram, prepareExec, runExec } from './exec.ts';
import { logs } from './logs.ts';
import { metrics, statsSummary } from './metrics.ts';
import { openapiDocument, openapiIndex, openapiV2 } from './openapi.ts';
import { proxy } from './proxy.ts';
import { existing, get, list } from './read.ts';
import { remove, removeCollection } from './remove.ts';
import { type Answer, type ApiRequest, ok, type ResourceRequest, resourceRequest, type SeenRequest, verbOf } from './request.ts';
import { review } from './reviews.ts';
import { scale } from './scale.ts';
import { ApiError, badRequest, forbidden, internalError, methodNotAllowed, noSuchPath, unauthorized } from './status.ts';
import type { Account, User } from './users.ts';
import { watch } from './watch.ts';
import { create, patch, update } from './write.ts';

const MAX_BODY = 3 * 2 ** 20;
const SEEN = 5_000;

/** Answers HTTP requests as the API server does: who asks, whether they may, what they want. */
export class ApiServer {
  readonly #cluster: Cluster;
  readonly #machine: Machine;
  readonly #accounts: readonly Account[];
  readonly #missingProgram: MissingProgram;
  readonly #streams = new Set<() => void>();
  readonly seen: SeenRequest[] = [];

  constructor(cluster: Cluster, machine: Machine, accounts: readonly Account[], missingProgram: MissingProgram = 'exit-code') {
    this.#missingProgram = missingProgram;
    this.#cluster = cluster;
    this.#machine = machine;
    this.#accounts = accounts;
  }

  /** Ends watches and followed logs. */
  stop(): void {
    for (const stop of this.#streams) stop();
    this.#streams.clear();
  }

  async handle(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(message.url ?? '/', 'http://cluster');
    const seen = this.#note(message, url);
    response.on('close', () => {
      seen.status = response.statusCode;
    });
    try {
      const user = this.#authenticate(message);
      const body = await readBody(message);
      const noted = { ...seen, user: user.name, body: body.toString('utf8') };
      Object.assign(seen, noted);
      const request: ApiRequest = {
        method: message.method ?? 'GET',
        path: url.pathname,
        query: url.searchParams,
        headers: message.headers,
        body,
        user,
      };
      const answer = await this.#answer(request, response);
      if (answer !== undefined) send(response, answer);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else send(response, failure(error));
    }
  }

  /** Answers an upgrade to WebSocket, which only `pods/exec` knows. */
  upgrade(message: IncomingMessage, socket: Duplex, head: Buffer): void {
    const url = new URL(message.url ?? '/', 'http://cluster');
    const seen = this.#note(message, url);
    try {
      const user = this.#authenticate(message);
      Object.assign(seen, { user: user.name });
      const base = { method: 'GET', path: url.pathname, query: url.searchParams, headers: message.headers, body: Buffer.alloc(0), user };
      const request = resourceRequest(base, this.#cluster.types);
      if (request.subresource !== 'exec') throw noSuchPath();
      this.#authorize(request, 'get');
      const prepared = prepareExec(this.#cluster, this.#machine, request);
      seen.status = 101;
      runExec(this.#machine, { ...prepared, missing: this.#missingProgram }, url.searchParams, message, socket, head);
    } catch (error) {
      const { status, body } = failure(error);
      seen.status = status;
      const text = JSON.stringify(body);
      socket.end(
        `HTTP/1.1 ${status} Refused\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
      );
    }
  }

  #note(message: IncomingMessage, url: URL): SeenRequest {
    const seen: SeenRequest = {
      method: message.method ?? 'GET',
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      contentType: message.headers['content-type'] ?? '',
      user: '',
      body: '',
      status: 0,
    };
    this.seen.push(seen);
    if (this.seen.length > SEEN) this.seen.splice(0, this.seen.length - SEEN);
    return seen;
  }

  #authenticate(message: IncomingMessage): User {
    const token = /^Bearer (.+)$/i.exec(message.headers.authorization ?? '')?.[1];
    const account = this.#accounts.find((each) => each.token === token);
    if (account === undefined) throw unauthorized();
    return account.user;
  }

  #authorize(request: ResourceRequest, verb: string): void {
    const { type, namespace, name, subresource, user } = request;
    if (this.#cluster.rbac.allows(user, { verb, group: type.group, resource: type.plural, subresource, namespace, name })) return;
    const resource = subresource === '' ? type.plural : `${type.plural}/${subresource}`;
    const scope = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
    throw forbidden(type, name, `User "${user.name}" cannot ${verb} resource "${resource}" in API group "${type.group}" ${scope}`);
  }

  async #answer(request: ApiRequest, response: ServerResponse): Promise<Answer | undefined> {
    const plain = this.#plainPath(request);
    if (plain !== undefined) return plain;
    const resource = resourceRequest(request, this.#cluster.types);
    const verb = verbOf(resource);
    this.#authorize(resource, verb);
    return await this.#resource(resource, verb, response);
  }

  /** Paths that are no resource: health, version, discovery, OpenAPI. */
  #plainPath(request: ApiRequest): Answer | undefined {
    const path = request.path.replace(/\/$/, '');
    const types = this.#cluster.types.all();
    const parts = path.split('/').slice(1);
    const [root, first, second] = parts;
    const resources = (root === 'api' && parts.length > 2) || (root === 'apis' && parts.length > 3);
    if (resources) return undefined;
    if (!this.#cluster.rbac.allowsPath(request.user, request.method.toLowerCase(), request.path))
      throw new ApiError(
        403,
        'Forbidden',
        `forbidden: User "${request.user.name}" cannot ${request.method.toLowerCase()} path "${request.path}"`,
        {},
      );
    if (request.method !== 'GET' && request.method !== 'HEAD') throw methodNotAllowed();
    const wantsAggregated = (request.headers.accept ?? '').includes('g=apidiscovery.k8s.io;v=v2;');
    const found = (): object | string | undefined => {
      if (path === '/version') return VERSION;
      if (path === '/healthz' || path === '/livez' || path === '/readyz') return 'ok';
      if (path === '/api') return legacyVersions();
      if (path === '/apis') return groupList(types);
      if (root === 'api' && first !== undefined) return resourceList(types, '', first);
      if (root === 'apis' && second !== undefined) return resourceList(types, first ?? '', second);
      if (root === 'apis' && first !== undefined) return groupDocument(types, first);
      if (path === '/openapi/v2') return openapiV2(types);
      if (path === '/openapi/v3') return openapiIndex(types);
      if (path.startsWith('/openapi/v3/')) return openapiDocument(types, path.slice('/openapi/v3/'.length));
      return undefined;
    };
    if (wantsAggregated && (path === '/api' || path === '/apis')) {
      return ok(aggregated(types, path === '/api' ? 'core' : 'groups'), 200, { 'content-type': AGGREGATED });
    }
    const body = found();
    if (body === undefined) throw noSuchPath();
    return ok(body);
  }

  async #resource(request: ResourceRequest, verb: string, response: ServerResponse): Promise<Answer | undefined> {
    const { type, subresource } = request;
    if (subresource !== '') return await this.#subresource(request, verb, response);
    if (type.group === 'metrics.k8s.io' && (verb === 'get' || verb === 'list')) return metrics(this.#cluster, this.#machine, request);
    if (!type.verbs.includes(verb)) throw methodNotAllowed();
    if (type.kind.startsWith('SelfSubject')) return review(this.#cluster, request);
    switch (verb) {
      case 'get':
        return get(this.#cluster, request);
      case 'list':
        return list(this.#cluster, request);
      case 'watch':
        watch(this.#cluster, request, response, (stop) => this.#keep(stop, response));
        return undefined;
      case 'create':
        return create(this.#cluster, request);
      case 'update':
        return update(this.#cluster, request);
      case 'patch':
        return patch(this.#cluster, request);
      case 'delete':
        return remove(this.#cluster, request);
      default:
        return removeCollection(this.#cluster, request);
    }
  }

  async #subresource(request: ResourceRequest, verb: string, response: ServerResponse): Promise<Answer | undefined> {
    const { type, subresource, name } = request;
    if (subresource === 'proxy') return type.plural === 'nodes' ? this.#nodeProxy(request) : await proxy(this.#cluster, this.#machine, request);
    if (!(type.subresources[subresource]?.verbs ?? []).includes(verb)) throw methodNotAllowed();
    switch (subresource) {
      case 'log':
        logs(this.#cluster, this.#machine, request, response, (stop) => this.#keep(stop, response));
        return undefined;
      case 'exec':
        throw badRequest('Upgrade request required');
      case 'eviction':
        return evict(this.#cluster, request);
      case 'scale':
        return scale(this.#cluster, request, verb);
      default:
        if (verb === 'get') return ok(existing(this.#cluster, { type, namespace: request.namespace, name }));
        return verb === 'patch' ? patch(this.#cluster, request) : update(this.#cluster, request);
    }
  }

  #nodeProxy(request: ResourceRequest): Answer {
    existing(this.#cluster, request);
    if (request.rest === '/stats/summary') return ok(statsSummary(this.#cluster, this.#machine, request.name));
    if (request.rest === '/healthz') return ok('ok');
    throw noSuchPath();
  }

  #keep(stop: () => void, response: ServerResponse): void {
    this.#streams.add(stop);
    response.on('close', () => this.#streams.delete(stop));
  }
}

async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) throw new ApiError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${MAX_BODY}`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function failure(error: unknown): { status: number; body: object } {
  const refusal = error instanceof ApiError ? error : internalError(error instanceof Error ? (error.stack ?? error.message) : 'unknown');
  return { status: refusal.code, body: refusal.status };
}

function send(response: ServerResponse, { status, body, headers }: Answer): void {
  const plain = typeof body === 'string' || Buffer.isBuffer(body);
  const bytes = plain ? Buffer.from(body) : Buffer.from(`${JSON.stringify(body)}\n`);
  response.writeHead(status, {
    'content-type': plain ? 'text/plain; charset=utf-8' : 'application/json',
    'cache-control': 'no-cache, private',
    'content-length': String(bytes.length),
    ...headers,
  });
  response.end(bytes);
}
