import { NOT_SENT_CODES } from '../../lib/network.ts';
import { sayProxy } from '../../lib/outbound/proxy-error.ts';
import { ClusterError, type HttpRequest, type HttpResponse } from '../../ports/cluster.ts';

/** More of a body is not read. In bytes. */
export const MAX_BODY = 4 * 1024 * 1024;

const MAX_REDIRECTS = 5;

const SAID: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there (connection refused)',
  ENOTFOUND: 'the name is not known',
  EAI_AGAIN: 'the name cannot be looked up now',
  EHOSTUNREACH: 'there is no route to the host',
  ENETUNREACH: 'there is no route to the network',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  UND_ERR_CONNECT_TIMEOUT: 'nothing accepts the connection',
  CERT_HAS_EXPIRED: 'its certificate has expired',
};

/**
 * One HTTP request from the bot itself. `url` is scheme, host and port (a path before `request.path` is kept). Times are ms; at most
 * 4 MiB of the body are read. Redirects are followed for GET and HEAD, on the same origin only; any other is the answer itself, so
 * that headers never reach another host. `signal` ends it early.
 * @throws ClusterError `unreachable`, `timeout`; `uncertain` when a request that may have changed something got no answer; `misconfigured` for a bad address.
 */
export async function requestHttp(url: string, request: HttpRequest, signal?: AbortSignal): Promise<HttpResponse> {
  const first = addressOf(url, request.path);
  const timeout = AbortSignal.timeout(request.timeoutMs);
  const both = signal === undefined ? timeout : AbortSignal.any([timeout, signal]);
  const started = performance.now();
  try {
    const response = await follow(first, request, both);
    const body = request.method === 'HEAD' ? '' : await readBody(response);
    return { status: response.status, headers: headersOf(response), body, ms: Math.round(performance.now() - started) };
  } catch (error) {
    throw failure(error, first, request, timeout.aborted);
  }
}

function addressOf(url: string, path: string): URL {
  const address = URL.parse(`${url.replace(/\/+$/, '')}${path}`);
  if (address === null || !/^https?:$/.test(address.protocol))
    throw new ClusterError('misconfigured', 'The address is not an http or https URL. Correct it in the configuration.');
  if (address.username !== '' || address.password !== '') {
    throw new ClusterError('misconfigured', `The address of ${address.host} holds a user or password. Use token_env instead.`);
  }
  return address;
}

async function follow(first: URL, request: HttpRequest, signal: AbortSignal): Promise<Response> {
  let address = first;
  for (let redirects = 0; ; redirects += 1) {
    const response = await fetch(address, {
      method: request.method,
      headers: { 'user-agent': 'tocsin', ...request.headers },
      ...(request.body === undefined ? {} : { body: request.body }),
      redirect: 'manual',
      signal,
    });
    const next = redirects < MAX_REDIRECTS ? redirectOf(response, address, request.method) : null;
    if (next === null) return response;
    await response.body?.cancel();
    address = next;
  }
}

function redirectOf(response: Response, from: URL, method: string): URL | null {
  if (response.status < 300 || response.status > 399 || (method !== 'GET' && method !== 'HEAD')) return null;
  const location = response.headers.get('location');
  const to = location === null ? null : URL.parse(location, from.href);
  return to !== null && to.origin === from.origin ? to : null;
}

async function readBody(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    parts.push(part);
    size += part.length;
    // Leaving the loop cancels the stream.
    if (size > MAX_BODY) break;
  }
  return Buffer.concat(parts).subarray(0, MAX_BODY).toString('utf8');
}

function headersOf(response: Response): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of response.headers) headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
  return headers;
}

/** Names the origin only: paths and queries may hold what is secret. */
function failure(error: unknown, address: URL, request: HttpRequest, timedOut: boolean): ClusterError {
  if (error instanceof ClusterError) return error;
  if (isBadPort(error))
    return new ClusterError('misconfigured', `Port ${address.port} of ${address.hostname} is one that fetch never asks. Use another way to it.`);
  const code = codeOf(error);
  const reads = request.method === 'GET' || request.method === 'HEAD';
  const why = timedOut ? `no answer within ${request.timeoutMs} ms` : (sayProxy(error) ?? SAID[code] ?? (code === '' ? 'the request failed' : code));
  if (!reads && !NOT_SENT_CODES.has(code)) {
    return new ClusterError('uncertain', `${request.method} to ${address.origin}: ${why}. It may or may not have been done: look first.`, {
      cause: error,
    });
  }
  return new ClusterError(timedOut ? 'timeout' : 'unreachable', `${request.method} to ${address.origin}: ${why}.`, { cause: error });
}

/** Ports of other protocols, which the Fetch standard blocks. By its text alone: there is no code. */
function isBadPort(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('cause' in error)) return false;
  const { cause } = error;
  return typeof cause === 'object' && cause !== null && 'message' in cause && cause.message === 'bad port';
}

/** fetch wraps what happened in a TypeError, and several addresses of one name in an AggregateError. */
function codeOf(error: unknown): string {
  for (let at = error; typeof at === 'object' && at !== null; at = 'cause' in at ? at.cause : null) {
    if ('code' in at && typeof at.code === 'string') return at.code;
    if ('errors' in at && Array.isArray(at.errors)) return codeOf(at.errors[0]);
  }
  return '';
}
