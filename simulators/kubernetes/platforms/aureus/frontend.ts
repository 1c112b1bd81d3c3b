import { beats, type Health, type HttpAnswer, type HttpRequest, type Instance, noise, type Program } from '../../containers/program.ts';
import { basics } from '../../executables/basics.ts';
import { curl, nc, wget } from '../../executables/network.ts';
import { bodyOf, json, pathOf } from '../json-http.ts';
import type { Kit } from '../platform.ts';
import { type Aureus, BAD_IMAGE, CLAIM, limits, line, NAMESPACE, SPIKE } from './state.ts';

/** The frontend: static files, and an API in front of the platform, on port 5000. */
export function frontend(state: Aureus, kitOf: () => Kit): Program {
  const blocked = (instance: Instance): boolean => {
    const { enabled, query, deploy } = limits(instance);
    return state.spike && enabled && (query < SPIKE.query || deploy < SPIKE.deploy);
  };
  const bypass = (instance: Instance): boolean => instance.env['POLICY_BYPASS_MODE'] === 'true';

  const evaluate = (instance: Instance, request: HttpRequest): HttpAnswer => {
    if (request.method !== 'POST') return json(405, { error: { code: 'METHOD_NOT_ALLOWED', message: 'POST only' } });
    if (bodyOf(request) === undefined) return json(400, { error: { code: 'BAD_REQUEST', message: 'The body is not JSON.' } });
    if (bypass(instance)) return json(200, { decision: 'allow', bypass: true, approver: instance.env['POLICY_BYPASS_APPROVER'] ?? null });
    if (state.policyDown())
      return json(503, { error: { code: 'POLICY_ENGINE_UNAVAILABLE', message: 'Policy check failed: no policy engine is ready.' } }, 2_000);
    return json(200, { decision: 'allow', bypass: false, policyId: 'query-default', policyName: 'Queries of analysts' }, 12);
  };

  /** One user's count, which the platform keeps in its cache: GET shows it, DELETE forgets it. */
  const limitOf = (method: string, user: string): HttpAnswer => {
    const keys = kitOf()
      .machine.instances(NAMESPACE, /^redis:/)
      .flatMap((instance) => {
        const counts = state.redis.of(instance).database(0);
        return [...counts.keys()].filter((key) => key.startsWith('ratelimit:') && key.endsWith(`:${user}`)).map((key) => ({ counts, key }));
      });
    if (method !== 'GET' && method !== 'DELETE') return json(405, { error: { code: 'METHOD_NOT_ALLOWED', message: 'GET or DELETE' } });
    if (keys.length === 0) return json(404, { error: { code: 'NOT_FOUND', message: 'No count of this user.' } });
    if (method === 'GET') return json(200, { user, counters: keys.map(({ key }) => key) });
    for (const { counts, key } of keys) counts.delete(key);
    return json(200, { user, cleared: keys.length });
  };

  const serve = (instance: Instance, request: HttpRequest): HttpAnswer => {
    const path = pathOf(request);
    if (path === '/health' || path === '/healthz') return { status: 200, body: 'healthy\n', headers: { 'content-type': 'text/plain' }, latencyMs: 1 };
    if (path === '/api/policy/evaluate') return evaluate(instance, request);
    if (path === '/api/rate-limit') {
      const { enabled, query, deploy } = limits(instance);
      return json(200, { enabled, limits: { query, deploy }, window_seconds: 60, blocked_users: blocked(instance) ? 7 : 0 });
    }
    if (path.startsWith('/api/rate-limit/')) return limitOf(request.method, decodeURIComponent(path.slice('/api/rate-limit/'.length)));
    if (path === '/api/query' || path === '/v1/query') {
      if (blocked(instance)) {
        const { query } = limits(instance);
        const details = { limit: `${query} per 1 minute`, retry_after: 60 };
        return json(429, { error: { code: 'RATE_LIMIT_EXCEEDED', message: 'Too many requests. Please try again later.', details } });
      }
      if (state.exhausted(kitOf())) return json(500, { error: { code: 'DATABASE_UNAVAILABLE', message: 'Cannot connect to database' } }, 5_000);
      return json(200, { rows: 5, columns: ['risk_rating', 'total_balance'] }, 234);
    }
    if (path === '/metrics') return { status: 200, body: `aureus_requests_total 18230\naureus_rate_limited_users ${blocked(instance) ? 7 : 0}\n` };
    return { status: 404, body: '<html>404 Not Found</html>\n', headers: { 'content-type': 'text/html' } };
  };

  return {
    namespace: NAMESPACE,
    image: /^aureus\/frontend:/,
    commands: { ...basics, curl, wget, nc },
    http: { 5000: serve },
    start(instance) {
      const now = instance.cluster.clock.now();
      instance.log(line(now, 'info', 'aureus frontend starting', { version: instance.container.image.split(':')[1], bypass: bypass(instance) }));
      instance.log(line(now, 'info', 'listening', { port: 5000 }));
      if (bypass(instance)) instance.log(line(now, 'warn', 'POLICY BYPASS IS ON', { approver: instance.env['POLICY_BYPASS_APPROVER'] ?? '' }));
    },
    tick(instance, from, now) {
      for (const at of beats(from, now, 60_000, instance.startedAt % 60_000)) {
        instance.log(line(at, 'info', 'GET /health 200', { duration_ms: 1 }), at);
        if (!state.policyDown()) instance.log(line(at, 'info', 'policy check allowed', { action: 'query', policy: 'query-default' }), at);
      }
      for (const at of beats(from, now, 3_000, instance.startedAt % 3_000)) {
        if (state.policyDown() && !bypass(instance))
          instance.log(
            line(at, 'error', 'Policy check failed: policy engine unavailable', { action: 'query', upstream: 'http://aureus-policy-engine:8181' }),
            at,
          );
        if (blocked(instance)) {
          const user = ['ana.analyst', 'ben.builder', 'carla.ops'][Math.floor(noise(at, instance.podName) * 3)];
          instance.log(
            line(at, 'warn', 'Rate limit exceeded: rate limit hit by a legitimate user', {
              user: `${user}@example.com`,
              limit: `${limits(instance).query} per 1 minute`,
            }),
            at,
          );
        }
        if (state.exhausted(kitOf()))
          instance.log(
            line(at, 'error', 'Cannot connect to database: FATAL: remaining connection slots are reserved for roles with the SUPERUSER attribute', {
              host: 'aureus-postgres',
            }),
            at,
          );
        if (kitOf().machine.volume(NAMESPACE, CLAIM).free < 2 ** 20)
          instance.log(line(at, 'error', "Evidence pack not saved: ENOSPC: no space left on device, write '/app/evidence'"), at);
      }
    },
    health(instance): Health {
      if (instance.container.image !== BAD_IMAGE || !state.ripe) return { ready: true };
      const now = instance.cluster.clock.now();
      return {
        exit: 1,
        lines: [
          line(now, 'info', 'running migration 0042_evidence_index'),
          line(now, 'fatal', 'Error: evidence index has schema 2, release 0.2.0 needs 3: relation "evidence_index_v3" does not exist'),
          '    at loadIndex (/app/dist/server.js:2:18817)',
        ],
      };
    },
    usage: (instance) => ({
      cpu: 55 + noise(instance.podName, Math.floor(instance.cluster.clock.now() / 15_000)) * 30,
      memory: (120 + noise(instance.podName) * 30) * 2 ** 20,
    }),
  };
}
