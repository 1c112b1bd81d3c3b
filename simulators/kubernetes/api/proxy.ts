import { setTimeout } from 'node:timers/promises';
import type { Cluster } from '../cluster.ts';
import type { Machine } from '../containers/machine.ts';
import { type HttpAnswer, type HttpRequest, isNetworkError } from '../containers/program.ts';
import type { Pod } from '../kinds.ts';
import { type Answer, ok, type ResourceRequest } from './request.ts';
import { ApiError, notFound } from './status.ts';

/** Headers that the API server keeps to itself: credentials of the caller never reach the proxied service. */
const DROPPED = new Set(['authorization', 'host', 'connection', 'content-length', 'transfer-encoding', 'upgrade']);

function unavailable(message: string): ApiError {
  return new ApiError(503, 'ServiceUnavailable', message);
}

/** `scheme:name:port`, `name:port` or `name`. */
function parseName(text: string): { name: string; port: string } {
  const parts = text.split(':');
  if (parts.length === 3) return { name: parts[1] ?? '', port: parts[2] ?? '' };
  return { name: parts[0] ?? '', port: parts[1] ?? '' };
}

/** Answers `services/proxy` and `pods/proxy`. @throws ApiError 404, 503 as the real server says what it could not reach */
export async function proxy(cluster: Cluster, machine: Machine, request: ResourceRequest): Promise<Answer> {
  const { name, port } = parseName(request.name);
  const target = request.type.plural === 'pods' ? podTarget(cluster, request, name, port) : serviceTarget(cluster, machine, request, name, port);
  const address = `${target.pod.status.podIP ?? ''}:${target.port}`;
  const listener = machine.listener(target.pod, target.port);
  if (listener === undefined) throw unavailable(`error trying to reach service: dial tcp ${address}: connect: connection refused`);
  const query = request.query.size === 0 ? '' : `?${request.query.toString()}`;
  const headers = Object.fromEntries(
    Object.entries(request.headers)
      .filter(([key]) => !DROPPED.has(key))
      .map(([key, value]) => [key, Array.isArray(value) ? value.join(', ') : value]),
  );
  const sent: HttpRequest = { method: request.method, path: `${request.rest}${query}`, headers, body: request.body };
  const answer = await machine.serve(listener, target.port, sent);
  if (isNetworkError(answer)) throw unavailable(`error trying to reach service: dial tcp ${address}: connect: connection refused`);
  await slowness(answer);
  return fromService(answer);
}

/** Lets a slow service be slow, in real time and at most 400 ms. */
export async function slowness({ latencyMs = 0 }: HttpAnswer): Promise<void> {
  if (latencyMs >= 20) await setTimeout(Math.min(latencyMs, 400));
}

function fromService(answer: HttpAnswer): Answer {
  return ok(typeof answer.body === 'string' ? Buffer.from(answer.body) : answer.body, answer.status, {
    'content-type': 'text/plain; charset=utf-8',
    ...answer.headers,
  });
}

function podTarget(cluster: Cluster, request: ResourceRequest, name: string, port: string): { pod: Pod; port: number } {
  const pod = cluster.store.get<Pod>('pods', request.namespace, name);
  if (pod === undefined) throw notFound(request.type, name);
  const first = pod.spec.containers.flatMap((container) => container.ports ?? [])[0]?.containerPort ?? 80;
  const chosen = pod.spec.containers.flatMap((container) => container.ports ?? []).find((each) => each.name === port)?.containerPort;
  return { pod, port: port === '' ? first : (chosen ?? Number(port)) };
}

function serviceTarget(cluster: Cluster, machine: Machine, request: ResourceRequest, name: string, port: string): { pod: Pod; port: number } {
  if (cluster.store.get('services', request.namespace, name) === undefined) throw notFound(request.type, name);
  const endpoints = machine.endpoints(request.namespace, name, port === '' ? '' : /^\d+$/.test(port) ? Number(port) : port);
  if (endpoints === undefined) throw unavailable(`no service port "${port}" found for service "${name}"`);
  const chosen = endpoints[0];
  if (chosen === undefined) throw unavailable(`no endpoints available for service "${name}"`);
  return chosen;
}
