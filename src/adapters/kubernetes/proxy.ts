import { clamp } from '../../lib/clamp.ts';
import { ClusterError, type HttpRequest, type HttpResponse } from '../../ports/cluster.ts';
import { type Asked, answerError, statusOf } from './errors.ts';
import { PODS, resourcePath, segment } from './kinds.ts';
import type { Answer, Outgoing } from './request.ts';
import { ask } from './retry.ts';
import type { Shared } from './shared.ts';

const MAX_PROXIED_BYTES = 16 * 1024 * 1024;

/** What of the cluster is asked. */
export interface ProxiedTo {
  readonly kind: 'Pod' | 'Service';
  readonly name: string;
  readonly namespace?: string;
  readonly port: number | string;
  readonly scheme?: 'http' | 'https';
}

/** A request to an application through the API server's proxy. @throws ClusterError */
export async function proxied(
  { shared, namespace: usual, signal }: { readonly shared: Shared; readonly namespace: string; readonly signal: AbortSignal | undefined },
  to: ProxiedTo,
  request: HttpRequest,
): Promise<HttpResponse> {
  const passed = Object.keys(request.headers ?? {}).map((name) => name.toLowerCase());
  if (passed.includes('authorization')) {
    throw new ClusterError('invalid', "The API server's proxy keeps the Authorization header to itself. Ask from inside of a container instead.");
  }
  if (passed.some((name) => name.startsWith('impersonate-')))
    throw new ClusterError('invalid', 'A request to an application cannot name who the bot acts as.');
  if (!request.path.startsWith('/')) throw new ClusterError('invalid', `The path ${request.path} does not begin with a slash.`);
  const namespace = to.namespace ?? usual;
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
    signal,
  };
  // Only the API server's own 401 and 429 (a Status) are tried again: the application's are what was asked for.
  const answer = await shared.limit(() =>
    ask(shared.link, outgoing, asked, shared.pace, (found) => (found.status !== 401 && found.status !== 429) || !isStatusAnswer(found)),
  );
  const body = answer.body.toString('utf8');
  const failure = proxyFailure(answer.status, body, asked, shared.link.user());
  if (failure !== null) throw failure;
  return { status: answer.status, headers: flat(answer.headers), body, ms: Math.round(performance.now() - started) };
}

function isStatusAnswer(answer: Answer): boolean {
  return statusOf(answer.body.toString('utf8')) !== null;
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
