import { beats, type HttpAnswer, type HttpRequest, type Instance, noise, type Program } from '../../containers/program.ts';
import { basics } from '../../executables/basics.ts';
import { curl, python3 } from '../../executables/network.ts';
import { isObject } from '../../json.ts';
import { bodyOf, json, pathOf } from '../json-http.ts';
import type { Kit } from '../platform.ts';
import { NAMESPACE, type RegisteredServer, type Sark } from './state.ts';

const STATUSES = ['registered', 'active', 'inactive', 'unhealthy', 'decommissioned'];
const VERSION = '0.3.0';

function line(at: number, level: string, event: string, extra: Record<string, unknown> = {}): string {
  return JSON.stringify({ timestamp: new Date(at).toISOString(), level, event, ...extra });
}

/** The SARK API server: FastAPI on port 8000, metrics on 9090. */
export function apiProgram(state: Sark, kitOf: () => Kit): Program {
  const dependencies = (): { database: boolean; redis: boolean; opa: boolean } => ({
    database: !state.databaseDown(kitOf()) && state.ready(kitOf(), 'postgres'),
    redis: state.ready(kitOf(), 'redis'),
    opa: state.ready(kitOf(), 'opa') && !state.corrupt(kitOf()),
  });

  const serve = (instance: Instance, request: HttpRequest): HttpAnswer => {
    const path = pathOf(request).replace(/(.)\/$/, '$1');
    const latency = state.p95(kitOf());
    const up = dependencies();
    switch (path) {
      case '/health':
        return json(200, { status: 'healthy', version: VERSION, environment: instance.env['ENVIRONMENT'] ?? '' }, 3);
      case '/health/live':
        return json(200, { status: 'alive' }, 2);
      case '/health/startup':
        return json(200, { status: 'started' }, 2);
      case '/health/ready':
        // Always 200: the body tells.
        return json(200, { ready: up.database && up.redis && up.opa, ...up }, 8);
      case '/health/detailed':
        return detailed(up, latency);
      default:
        return path.startsWith('/api/v1/') ? api(state, instance, request, path, up, latency) : json(404, { detail: 'Not Found' });
    }
  };

  return {
    namespace: NAMESPACE,
    image: /^sark\/api:/,
    commands: { ...basics, curl, python3, python: python3 },
    http: {
      8000: serve,
      9090: () => ({
        status: 200,
        body: `sark_request_latency_p95_seconds ${(state.p95(kitOf()) / 1000).toFixed(3)}\n`,
        headers: { 'content-type': 'text/plain' },
      }),
    },
    start(instance) {
      const now = instance.cluster.clock.now();
      instance.log(line(now, 'info', 'application_startup', { version: VERSION, environment: instance.env['ENVIRONMENT'] ?? '' }));
      instance.log(
        line(now, 'info', 'timescale_connected', { host: instance.env['TIMESCALE_HOST'] ?? '', database: instance.env['TIMESCALE_DB'] ?? '' }),
      );
    },
    tick: (instance, from, now) => logs(state, kitOf(), instance, from, now),
    usage(instance) {
      const wobble = noise(instance.podName, Math.floor(instance.cluster.clock.now() / 15_000));
      const replicas = Math.max(1, state.pods(kitOf(), 'sark-api').length);
      const load = state.slow ? Math.min(1_950, 5_400 / replicas) : 210;
      return { cpu: load * (0.92 + wobble * 0.12), memory: (state.slow ? 900 : 420) * 2 ** 20 + wobble * 2 ** 24 };
    },
  };
}

function detailed(up: { database: boolean; redis: boolean; opa: boolean }, latency: number): HttpAnswer {
  const each = (healthy: boolean, error: string): object => ({ healthy, latency_ms: healthy ? 1.2 : null, error: healthy ? null : error });
  const healthy = up.database && up.redis && up.opa;
  const dependencies = {
    postgresql: each(up.database, 'connection refused'),
    redis: each(up.redis, 'connection refused'),
    opa: each(up.opa, 'policy evaluation failed'),
  };
  return json(
    200,
    { status: healthy ? 'healthy' : 'degraded', version: VERSION, environment: 'production', dependencies, overall_healthy: healthy },
    latency,
  );
}

function api(state: Sark, instance: Instance, request: HttpRequest, path: string, up: { database: boolean }, latency: number): HttpAnswer {
  const token = /^Bearer (.+)$/.exec(request.headers['authorization'] ?? '')?.[1];
  if (token === undefined) return json(401, { detail: 'Missing authorization token', error_type: 'authentication_error' });
  const secret = instance.cluster.store.get('secrets', NAMESPACE, 'sark-secrets') as { data?: Record<string, string> } | undefined;
  if (token !== Buffer.from(secret?.data?.['admin-token'] ?? '', 'base64').toString())
    return json(401, { detail: 'Invalid authorization token', error_type: 'authentication_error' });
  if (!up.database) return json(500, { detail: 'connection refused', error_type: 'database_error' });
  if (path === '/api/v1/bulk/servers/status')
    return request.method === 'PATCH'
      ? bulk(state, bodyOf(request), latency)
      : json(405, { detail: 'Method Not Allowed' }, latency, { allow: 'PATCH' });
  const id = /^\/api\/v1\/servers\/([^/]+)$/.exec(path)?.[1];
  if (path === '/api/v1/servers' && request.method === 'GET')
    return json(200, { items: state.servers.map(shape), total: state.servers.length }, latency);
  if (id === undefined) return json(404, { detail: 'Not Found' });
  if (request.method !== 'GET') return json(405, { detail: 'Method Not Allowed' }, latency, { allow: 'GET' });
  const found = state.servers.find((server) => server.id === id);
  return found === undefined ? json(404, { detail: `Server ${id} not found` }) : json(200, shape(found), latency);
}

function shape({ id, name, status }: RegisteredServer): object {
  return {
    id,
    name,
    description: null,
    transport: 'http',
    endpoint: `http://${name}:9000`,
    status,
    sensitivity_level: 'high',
    tools: [],
    metadata: {},
    created_at: '2025-06-01T08:00:00Z',
  };
}

function bulk(state: Sark, body: unknown, latency: number): HttpAnswer {
  const updates = isObject(body) && Array.isArray(body['updates']) ? body['updates'] : undefined;
  if (updates === undefined) return json(422, { detail: [{ type: 'missing', loc: ['body', 'updates'], msg: 'Field required' }] }, latency);
  const succeeded: object[] = [];
  const failed: object[] = [];
  for (const update of updates) {
    const { server_id: id, status } = isObject(update) ? update : {};
    const found = state.servers.find((server) => server.id === id);
    if (typeof status !== 'string' || !STATUSES.includes(status)) failed.push({ server_id: id, error: `Invalid status: ${JSON.stringify(status)}` });
    else if (found === undefined) failed.push({ server_id: id, error: `Server ${typeof id === 'string' ? id : ''} not found` });
    else {
      found.status = status;
      succeeded.push({ server_id: id, status });
    }
  }
  return json(
    200,
    { total: updates.length, succeeded: succeeded.length, failed: failed.length, succeeded_items: succeeded, failed_items: failed },
    latency,
  );
}

const SLOW_QUERIES = [
  ["SELECT * FROM mcp_servers WHERE metadata->>'team' = $1", 1_840],
  ['SELECT count(*) FROM tool_invocations WHERE user_id = $1', 920],
  ['UPDATE sessions SET last_seen = $1 WHERE id = $2', 460],
  ['SELECT p.* FROM policies p JOIN bindings b ON b.policy_id = p.id WHERE b.team = $1', 1_210],
] as const;

function logs(state: Sark, kit: Kit, instance: Instance, from: number, now: number): void {
  const phase = instance.startedAt % 5_000;
  const write = (at: number, level: string, event: string, extra: Record<string, unknown>): void => instance.log(line(at, level, event, extra), at);
  for (const at of beats(from, now, 60_000, phase)) {
    write(at, 'info', 'request_completed', { path: '/api/v1/servers', status: 200, duration_ms: state.p95(kit) });
    if (!state.auditStopped(kit))
      write(at, 'info', 'audit_batch_flushed', { size: 40 + Math.floor(noise(at) * 60), duration_ms: 18, target: 'timescale' });
    // Even a healthy service has a slow query now and then.
    if (noise('slow', at, instance.podName) > 0.97) write(at, 'warning', 'slow_query', { duration_ms: 310, query: SLOW_QUERIES[2][0] });
  }
  for (const at of beats(from, now, 5_000, phase)) {
    if (state.slow) {
      const [query, base] = SLOW_QUERIES[Math.floor(noise('query', at, instance.podName) * SLOW_QUERIES.length)] ?? SLOW_QUERIES[0];
      write(at, 'warning', 'slow_query', { duration_ms: Math.round(base * (0.8 + noise('time', at) * 0.6)), query });
    }
    if (state.timescaleFull(kit)) {
      write(at, 'error', 'timescale_write_failed', { error: 'could not extend file "base/16401/16590": No space left on device' });
      write(at, 'error', 'audit_batch_failed', { size: 500, retries: 3, error: 'timescale: no space left on device' });
    } else if (state.stuckWriters.has(instance.podUid)) {
      write(at, 'error', 'audit_batch_stuck', {
        queued: 4_000 + Math.floor((at - instance.startedAt) / 10_000),
        error: 'flush worker did not finish, timescale transaction idle',
      });
    }
    if (state.databaseDown(kit))
      write(at, 'error', 'database_error', { error: 'connection refused', host: 'postgres.sark-system.svc.cluster.local:5432' });
    if (!state.ready(kit, 'opa')) write(at, 'error', 'policy_evaluation_failed', { error: 'opa: connection refused', decision: 'deny' });
    else if (state.corrupt(kit)) write(at, 'error', 'policy_evaluation_failed', { error: 'opa: 500 eval_conflict_error', decision: 'deny' });
    if (state.compromised && noise('bad', at) > 0.6)
      write(at, 'warning', 'authorization_denied', { server_id: state.servers[0]?.id, user: 'svc-crawler@example.com', ip: '203.0.113.66' });
  }
}
