import { randomBytes } from 'node:crypto';
import { UserError } from '../../domain/errors.ts';
import type { Json } from '../../domain/record.ts';
import type { ActionContext } from '../../ports/action.ts';
import { ClusterError, type HttpRequest, type Right } from '../../ports/cluster.ts';
import type { HttpTarget } from '../../ports/targets.ts';
import { locate, run, sayContainer } from '../shared/container.ts';
import { execRights, type PickedPod, podRights } from '../shared/pods.ts';
import { podPorts } from './ports.ts';
import { HTTP_TOOLS, type InsideRequest } from './tools.ts';

/** A request to a target. `path` lies below the target's own; times are ms. */
export interface Ask {
  readonly method: string;
  readonly path?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Sent as JSON; a string goes as it is when a content type other than JSON is given. */
  readonly body?: Json | undefined;
  readonly timeoutMs: number;
}

/** What came of it. `by` says from where, for people. `uncertain`: it may have been done nevertheless. */
export type Answer =
  | { readonly kind: 'answer'; readonly status: number; readonly body: string; readonly ms: number; readonly by: string }
  | { readonly kind: 'silent'; readonly problem: 'unreachable' | 'no-workload' | 'no-tool'; readonly why: string; readonly uncertain: boolean };

/** How a target is asked. */
type Way =
  | { readonly kind: 'bot'; readonly url: string }
  | { readonly kind: 'inside'; readonly of: string; readonly url: string }
  | { readonly kind: 'inside-itself'; readonly of: string }
  | { readonly kind: 'proxy'; readonly of: string };

/** Bodies beyond this are cut. */
const MAX_BYTES = 4 * 1024 * 1024;
/** SARK (api/middleware/security_headers.py): the header, equal to the cookie, at least 32 characters. */
const CSRF_HEADER = 'x-csrf-token';

/**
 * Asks an HTTP target the way that it is configured: from the bot, through the API server's proxy, or from inside of a container.
 * What cannot be reached is an answer, not an error. @throws UserError `secret-missing`, ClusterError `forbidden` and the like.
 */
export async function ask(context: ActionContext, name: string, asked: Ask): Promise<Answer> {
  const target = context.target(name, 'http');
  const request = requestOf(context, target, asked);
  const way = wayOf(target);
  // A cluster that cannot be read is no silence of the target.
  const located = way.kind === 'bot' ? null : await locate(context, way.of);
  if (located?.found === false) return { kind: 'silent', problem: 'no-workload', why: located.why, uncertain: false };
  try {
    return await go(context, target, request, way, located?.place ?? null);
  } catch (error) {
    if (!(error instanceof ClusterError) || !['unreachable', 'timeout', 'uncertain'].includes(error.reason)) throw error;
    return { kind: 'silent', problem: 'unreachable', why: error.message, uncertain: error.reason !== 'unreachable' && !isRead(asked.method) };
  }
}

/** Whether a method cannot change anything (RFC 9110, 9.2.1). */
export function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}

interface Prepared extends HttpRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly secret: boolean;
}

function requestOf(context: ActionContext, target: HttpTarget, asked: Ask): Prepared {
  const headers: Record<string, string> = Object.fromEntries(Object.entries(asked.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
  const body = bodyOf(asked.body, headers);
  if (target.token_env !== undefined) {
    const token = context.secret(target.token_env).trim();
    if (token === '' || /[^\x21-\x7e]/.test(token)) throw new UserError('secret-missing', `${target.token_env} holds no valid token for a header.`);
    context.hide(token);
    headers['authorization'] = `Bearer ${token}`;
  }
  if (target.csrf_cookie !== undefined && !isRead(asked.method)) {
    const value = randomBytes(32).toString('base64url');
    headers['cookie'] = `${target.csrf_cookie}=${value}`;
    headers[CSRF_HEADER] = value;
  }
  return {
    method: asked.method,
    path: joined('path' in target ? target.path : '/', asked.path),
    headers,
    ...(body === undefined ? {} : { body }),
    timeoutMs: asked.timeoutMs,
    secret: target.token_env !== undefined,
  };
}

function bodyOf(body: Json | undefined, headers: Record<string, string>): string | undefined {
  if (body === undefined) return undefined;
  headers['content-type'] ??= 'application/json';
  return typeof body === 'string' && !headers['content-type'].includes('json') ? body : JSON.stringify(body);
}

/** `/api` and `/health` make `/api/health`; nothing below it is the base itself. */
export function joined(base: string, path: string | undefined): string {
  if (path === undefined) return base;
  return `${base.replace(/\/+$/, '')}${path}`;
}

/**
 * The API server keeps the Authorization header to itself, so a target with a token is asked from inside of its container
 * where it would otherwise be asked through the proxy (Kubernetes, apiserver: authentication strips the header).
 */
function wayOf(target: HttpTarget): Way {
  if ('url' in target) return target.from === undefined ? { kind: 'bot', url: target.url } : { kind: 'inside', of: target.from, url: target.url };
  return { kind: target.inside || target.token_env !== undefined ? 'inside-itself' : 'proxy', of: target.workload };
}

async function go(context: ActionContext, target: HttpTarget, request: Prepared, way: Way, place: PickedPod | null): Promise<Answer> {
  if (way.kind === 'bot' || place === null) {
    if (!('url' in target)) throw new TypeError('a target that the bot asks has a url');
    const response = await context.http(new URL(target.url).origin, outgoing(request, joinedUrl(target.url, request.path).path));
    return { kind: 'answer', status: response.status, body: response.body, ms: response.ms, by: 'from the bot' };
  }
  if (way.kind === 'inside') return await askInside(place, { ...insideOf(request), url: joinedUrl(way.url, request.path).url });
  if (!('port' in target)) throw new TypeError('a target that is asked inside of itself has a port');
  const port = portOf(place, target.port);
  if (port === null) {
    return { kind: 'silent', problem: 'unreachable', why: `${sayContainer(place)} has no port named ${target.port}.`, uncertain: false };
  }
  if (way.kind === 'inside-itself')
    return await askInside(place, { ...insideOf(request), url: `${target.scheme}://localhost:${port}${request.path}` });
  const to = { kind: 'Pod' as const, name: place.pod.metadata.name, port, scheme: target.scheme };
  const response = await place.cluster.proxy(to, outgoing(request, request.path));
  return {
    kind: 'answer',
    status: response.status,
    body: response.body,
    ms: response.ms,
    by: `from ${place.pod.metadata.name} through the API server`,
  };
}

function outgoing({ method, headers, body, timeoutMs }: Prepared, path: string): HttpRequest {
  return { method, headers, ...(body === undefined ? {} : { body }), timeoutMs, path };
}

function insideOf(request: Prepared): Omit<InsideRequest, 'url'> {
  return { method: request.method, headers: request.headers, body: request.body, timeoutMs: request.timeoutMs, secret: request.secret };
}

/** A URL target may carry a path of its own. */
function joinedUrl(url: string, path: string): { url: string; path: string } {
  const base = new URL(url);
  const whole = path === '/' && base.pathname !== '/' ? `${base.pathname}${base.search}` : joined(base.pathname, path);
  return { url: `${base.origin}${whole}`, path: whole };
}

async function askInside(place: PickedPod, request: InsideRequest): Promise<Answer> {
  for (const tool of HTTP_TOOLS) {
    const command = tool.command(request);
    if (command === null) continue;
    const ran = await run(place, command.argv, {
      ...(command.stdin === '' ? {} : { stdin: command.stdin }),
      timeoutMs: request.timeoutMs + 10_000,
      maxBytes: MAX_BYTES,
    });
    if (ran === null) continue;
    const answer = tool.read(ran);
    if (answer.kind === 'unusable') continue;
    const by = `from inside of ${place.pod.metadata.name} by ${tool.name}`;
    if (answer.kind === 'answer') return { ...answer, by };
    return { kind: 'silent', problem: 'unreachable', why: `${new URL(request.url).host} ${by}: ${answer.why}`, uncertain: !isRead(request.method) };
  }
  const names = HTTP_TOOLS.map((tool) => tool.name).join(', ');
  const why = `${sayContainer(place)} has none of ${names} that could ask this.`;
  return { kind: 'silent', problem: 'no-tool', why, uncertain: false };
}

function portOf(place: PickedPod, port: number | string): number | null {
  if (typeof port === 'number') return port;
  return podPorts(place.pod).get(port) ?? (/^\d+$/.test(port) ? Number(port) : null);
}

/** What asking a target needs. The API server takes the proxy's verb from the method: GET is get, POST create, PATCH patch. */
export function httpRights(context: ActionContext, name: string, methods: readonly string[] = ['GET', 'POST']): Right[] {
  const way = wayOf(context.target(name, 'http'));
  if (way.kind === 'bot') return [];
  if (way.kind !== 'proxy') return [...execRights(context, way.of)];
  const rights = podRights(context, way.of);
  const namespace = rights[0]?.namespace;
  const verbs = [...new Set(methods.map(proxyVerb))].sort();
  return [...rights, { group: '', resource: 'pods', subresource: 'proxy', verbs, ...(namespace === undefined ? {} : { namespace }) }];
}

function proxyVerb(method: string): string {
  if (method === 'POST') return 'create';
  if (method === 'PUT') return 'update';
  return isRead(method) ? 'get' : method.toLowerCase();
}

/** The workload that a target is asked through, or `null` when the bot asks itself. */
export function askedThrough(target: HttpTarget): { readonly of: string; readonly inside: boolean } | null {
  const way = wayOf(target);
  return way.kind === 'bot' ? null : { of: way.of, inside: way.kind !== 'proxy' };
}
