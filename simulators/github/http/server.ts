import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Kit } from '../world/runs.ts';
import type { Repository } from '../world/state.ts';
import { refuseUnasked } from './asked.ts';
import { ApiError, notFound } from './error.ts';
import { type Fault, Faults } from './faults.ts';
import { allows, type Grant, type Grants } from './grants.ts';
import { type Answer, bodyOf, match, type Request, type Route } from './router.ts';

const VERSIONS = ['2022-11-28'];
const LIMIT_AN_HOUR = 5000;
const HOUR = 3_600_000;
const DOCS = 'https://docs.github.com/rest';
const MAX_BODY = 40 * 1024 * 1024;

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly status: number;
}

export interface ApiServer {
  readonly url: string;
  readonly faults: Faults;
  readonly seen: readonly SeenRequest[];
  /** While true, every answer is that the hour's requests are used up. */
  limited: boolean;
  close(): Promise<void>;
}

/** Serves the routes as GitHub does: credentials, permissions, rate limits, conditional requests. `before` is called ahead of each request. */
export async function startServer(
  kit: Kit,
  grants: Grants,
  routes: readonly Route[],
  options: { port: number; before: () => void },
): Promise<ApiServer> {
  const faults = new Faults();
  const seen: SeenRequest[] = [];
  const used = new Map<string, { count: number; reset: number }>();
  const server: Server = createServer((message, response) => void serve(message, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const state: ApiServer = {
    url,
    faults,
    seen,
    limited: false,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  async function serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = message.method ?? 'GET';
    const path = new URL(message.url ?? '/', url).pathname;
    const fault = faults.take(method, path);
    try {
      if (fault?.kind === 'reset') {
        message.socket.resetAndDestroy();
        return;
      }
      const request = await readRequest(message, method, url);
      if (fault?.kind === 'silence') return;
      options.before();
      const answer = await answerTo(request, fault);
      seen.push({ method, path, status: answer.status });
      if (fault?.kind === 'lost-answer') message.socket.resetAndDestroy();
      else send(response, answer);
    } catch (error) {
      // A client that hung up in the middle of its request: nobody is there to be told.
      message.socket.destroy(error instanceof Error ? error : undefined);
    }
  }

  async function answerTo(request: Request, fault: Fault | null): Promise<Answer> {
    const headers: Record<string, string> = { 'x-github-media-type': 'github.v3; format=json', 'x-github-request-id': 'SIMULATED' };
    try {
      if (request.headers['user-agent'] === undefined)
        throw new ApiError(403, 'Request forbidden by administrative rules. Please make sure your request has a User-Agent header.');
      const version = request.headers['x-github-api-version'];
      if (version !== undefined && !VERSIONS.includes(version))
        throw new ApiError(400, `Version "${version}" is not supported. See ${DOCS}/about-the-rest-api/api-versions for supported versions.`);
      headers['x-github-api-version-selected'] = version ?? '2022-11-28';
      if (fault?.kind === 'status') throw new ApiError(fault.status, fault.message ?? 'Server Error');
      const blob = /^\/simulated-logs\/(.+)$/.exec(request.path)?.[1];
      const found = find(request);
      // Logs are downloaded from elsewhere, by an address that is itself the permission.
      const grant = blob === undefined ? grants.of(request.headers['authorization']) : null;
      if (grant !== null) Object.assign(headers, count(grant, fault));
      const answer = await handle(request, found, grant);
      Object.assign(headers, found === null || found.route.needs === '' ? {} : { 'x-accepted-github-permissions': found.route.needs });
      const tagged = conditional(request, answer);
      if (tagged.status === 304 && grant !== null) Object.assign(headers, giveBack(grant));
      return { ...tagged, headers: { ...headers, ...tagged.headers } };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const json = {
        message: error.message,
        ...(error.errors === undefined ? {} : { errors: error.errors }),
        documentation_url: DOCS,
        status: String(error.status),
      };
      return { status: error.status, json, headers: { ...headers, ...error.headers } };
    }
  }

  function find(request: Request): { readonly route: Route; readonly params: Record<string, string> } | null {
    for (const route of routes) {
      if (route.method !== request.method) continue;
      const params = match(route.pattern, request.path);
      if (params !== null) return { route, params };
    }
    return null;
  }

  async function handle(request: Request, found: ReturnType<typeof find>, grant: Grant | null): Promise<Answer> {
    if (found === null) throw notFound();
    const { route, params } = found;
    const { owner, repo } = params;
    const repository = owner === undefined || repo === undefined ? undefined : kit.world.repositories.get(`${owner}/${repo}`.toLowerCase());
    if (grant === null && !route.pattern.startsWith('/simulated-logs/')) {
      if (owner !== undefined) throw notFound();
      throw new ApiError(401, 'Requires authentication');
    }
    const known: Grant = grant ?? { kind: 'token', login: '', permissions: {}, repositories: [], id: 0 };
    if (owner !== undefined && (repository === undefined || !sees(known, repository))) throw notFound();
    if (known.kind === 'app' && !route.pattern.startsWith('/app')) throw new ApiError(401, 'A JSON web token could not be used here');
    if (!allows(known, route.needs)) {
      const what = known.kind === 'installation' ? 'integration' : 'personal access token';
      throw new ApiError(403, `Resource not accessible by ${what}`, { headers: { 'x-accepted-github-permissions': route.needs } });
    }
    if (repository?.archived === true && request.method !== 'GET') throw new ApiError(403, 'Repository was archived so is read-only.');
    refuseUnasked(route.asked, request, route.asked.body === undefined ? {} : bodyOf({ request }));
    return route.handle({ ...kit, request, params, grant: known, origin: url, repository: repository as Repository });
  }

  /** The headers of the hour's limit. @throws ApiError when it is used up */
  function count(grant: Grant, fault: Fault | null): Record<string, string> {
    const now = kit.world.now();
    const key = `${grant.kind}:${grant.id}`;
    const known = used.get(key);
    const mine = known === undefined || known.reset <= now ? { count: 0, reset: now + HOUR } : known;
    used.set(key, mine);
    if (fault?.kind === 'secondary') {
      const headers = { ...limits(mine), 'retry-after': String(fault.retryAfter ?? 60) };
      throw new ApiError(403, 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.', { headers });
    }
    if (fault?.kind === 'primary' || state.limited || mine.count >= LIMIT_AN_HOUR) {
      const reset = fault?.kind === 'primary' && fault.retryAfter !== undefined ? now + fault.retryAfter * 1000 : mine.reset;
      const headers = { ...limits({ count: LIMIT_AN_HOUR, reset }) };
      throw new ApiError(403, `API rate limit exceeded for ${grant.kind === 'installation' ? 'installation' : 'user'} ID ${grant.id}.`, { headers });
    }
    mine.count += 1;
    return limits(mine);
  }

  function giveBack(grant: Grant): Record<string, string> {
    const mine = used.get(`${grant.kind}:${grant.id}`);
    if (mine === undefined) return {};
    mine.count -= 1;
    return limits(mine);
  }

  return state;
}

function limits({ count, reset }: { readonly count: number; readonly reset: number }): Record<string, string> {
  return {
    'x-ratelimit-limit': String(LIMIT_AN_HOUR),
    'x-ratelimit-used': String(count),
    'x-ratelimit-remaining': String(LIMIT_AN_HOUR - count),
    'x-ratelimit-reset': String(Math.ceil(reset / 1000)),
    'x-ratelimit-resource': 'core',
  };
}

function sees(grant: Grant, repository: Repository): boolean {
  return grant.kind === 'app' || grant.repositories === null || grant.repositories.includes(`${repository.owner}/${repository.name}`);
}

/** An answer that the client has already is none: 304, which costs nothing. */
function conditional(request: Request, answer: Answer): Answer {
  if (request.method !== 'GET' || answer.status !== 200 || answer.json === undefined) return answer;
  const etag = `W/"${createHash('sha256').update(JSON.stringify(answer.json)).digest('hex')}"`;
  const headers = { ...answer.headers, etag, 'cache-control': 'private, max-age=60, s-maxage=60' };
  return request.headers['if-none-match'] === etag ? { status: 304, headers } : { ...answer, headers };
}

async function readRequest(message: IncomingMessage, method: string, origin: string): Promise<Request> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of message as AsyncIterable<Buffer>) {
    parts.push(part);
    size += part.length;
    if (size > MAX_BODY) throw new Error('The body is too large.');
  }
  const address = new URL(message.url ?? '/', origin);
  const headers = Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, String(value)]));
  return { method, path: address.pathname, query: address.searchParams, headers, body: Buffer.concat(parts).toString('utf8') };
}

function send(response: ServerResponse, { status, json, text, headers }: Answer): void {
  const type = json === undefined ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8';
  const body = json === undefined ? (text ?? '') : JSON.stringify(json);
  const empty = status === 204 || status === 304;
  response.writeHead(status, {
    ...(empty ? {} : { 'content-type': type }),
    ...headers,
    ...(empty ? {} : { 'content-length': Buffer.byteLength(body) }),
  });
  response.end(empty ? undefined : body);
}
