import { beats, type Health, type HttpAnswer, type HttpRequest, type Instance, noise, type Program } from '../../containers/program.ts';
import { basics } from '../../executables/basics.ts';
import { curl, nc, wget } from '../../executables/network.ts';
import { type Backend, PostgresEngine } from '../../executables/postgres.ts';
import { clone } from '../../json.ts';
import type { Deployment, Pod, PodTemplate } from '../../kinds.ts';
import { bodyOf, json, pathOf } from '../json-http.ts';
import { manifest } from '../manifest.ts';
import type { Fault, Kit, Platform } from '../platform.ts';
import { pgTime, postgresProgram, RedisServers, redisProgram, SOCKET_REFUSED } from '../servers.ts';
import { drain, fillEvidence, fillUp } from './evidence.ts';

const NAMESPACE = 'aureus';
const CLAIM = 'aureus-evidence-pvc';
const BAD_IMAGE = 'aureus/frontend:0.2.0';
const MAX_CONNECTIONS = 100;
/** Connections that only a superuser may use. */
const RESERVED = 3;
const POLICY_KEY = 'policy:bundle:current';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** What legitimate users do during the fault `rate-limits-false`, per minute. */
const SPIKE = { query: 16, deploy: 6 };

/** The AUREUS platform: frontend, PostgreSQL, Redis and policy engine. */
class Aureus {
  /** The bad release has done its migration: from now on it crashes. */
  ripe = false;
  goodTemplate: PodTemplate | undefined;
  /** Since when the cached policy bundle is broken, in ms. */
  corruptSince: number | undefined;
  /** Restarts that were asked for before the bundle broke. */
  knownRestarts = new Set<string>();
  spike = false;
  /** Connections of a leak, until terminated. */
  leaked: Backend[] = [];
  readonly redis = new RedisServers((server, instance) => {
    const now = instance.cluster.clock.now();
    for (const user of ['ana.analyst', 'ben.builder', 'carla.ops']) server.set(`ratelimit:query:${user}@example.com`, '3', now + 24 * HOUR);
    server.set(POLICY_KEY, 'bundle-0.1.0');
    server.set('policy:decision:query:test', 'allow', now + 24 * HOUR);
    server.set('session:5f2a', 'ana.analyst@example.com', now + 24 * HOUR);
    server.hits = 18_230;
    server.misses = 911;
    server.onFlush = () => {
      this.corruptSince = undefined;
    };
  });
  connections(kit: Kit): Backend[] {
    const frontends = kit.cluster.store
      .list<Pod>('pods', NAMESPACE)
      .filter((pod) => pod.metadata.labels?.['component'] === 'frontend' && pod.status.phase === 'Running');
    const now = kit.cluster.clock.now();
    const usual = frontends.flatMap((pod, index) =>
      [0, 1].map((each) => backend(100 + index * 10 + each, pod, 'idle', now - 20_000 - each * 7_000, 'COMMIT')),
    );
    const alive = new Set(frontends.map((pod) => pod.metadata.name));
    this.leaked = this.leaked.filter((each) => alive.has(each.client));
    return [...usual, ...this.leaked];
  }

  exhausted(kit: Kit): boolean {
    return this.leaked.length > 0 && this.connections(kit).length >= MAX_CONNECTIONS - RESERVED;
  }

  policyDown(): boolean {
    return this.corruptSince !== undefined;
  }
}

function backend(pid: number, pod: Pod, state: string, changed: number, query: string): Backend {
  return {
    pid,
    user: 'aureus',
    application: 'aureus-frontend',
    client: pod.metadata.name,
    address: pod.status.podIP ?? '10.244.0.1',
    state,
    changed,
    query,
  };
}

function limits(instance: Instance): { enabled: boolean; query: number; deploy: number } {
  const { env } = instance;
  return {
    enabled: env['RATE_LIMITING_ENABLED'] !== 'false',
    query: Number(env['RATE_LIMIT_QUERY'] ?? env['ratelimit.query.limit'] ?? 10),
    deploy: Number(env['RATE_LIMIT_DEPLOY'] ?? env['ratelimit.deploy.limit'] ?? 3),
  };
}

function line(at: number, level: string, message: string, extra: Record<string, unknown> = {}): string {
  return JSON.stringify({ time: new Date(at).toISOString(), level, msg: message, ...extra });
}

function frontend(state: Aureus, kitOf: () => Kit): Program {
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

  const serve = (instance: Instance, request: HttpRequest): HttpAnswer => {
    const path = pathOf(request);
    if (path === '/health' || path === '/healthz') return { status: 200, body: 'healthy\n', headers: { 'content-type': 'text/plain' }, latencyMs: 1 };
    if (path === '/api/policy/evaluate') return evaluate(instance, request);
    if (path === '/api/rate-limit') {
      const { enabled, query, deploy } = limits(instance);
      return json(200, { enabled, limits: { query, deploy }, window_seconds: 60, blocked_users: blocked(instance) ? 7 : 0 });
    }
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

function policyEngine(state: Aureus): Program {
  return {
    namespace: NAMESPACE,
    image: /^aureus\/policy-engine:/,
    commands: { ...basics, wget },
    http: {
      8181: (_instance, request) => {
        const down = state.policyDown();
        if (pathOf(request) === '/health') return json(down ? 503 : 200, { status: down ? 'bundle broken' : 'ok' });
        return down ? json(503, { error: 'bundle digest mismatch' }) : json(200, { result: { allow: true } });
      },
    },
    health: () => ({ ready: !state.policyDown() }),
    start: (instance) => instance.log(line(instance.cluster.clock.now(), 'info', 'policy engine started', { bundle: 'bundle-0.1.0' })),
    tick(instance, from, now) {
      for (const at of beats(from, now, 5_000, instance.startedAt % 5_000))
        if (state.policyDown())
          instance.log(
            line(at, 'error', 'policy bundle in cache is broken: digest mismatch', {
              key: POLICY_KEY,
              hint: 'flush the cache or reload the policies',
            }),
            at,
          );
    },
  };
}

function postgres(state: Aureus, kitOf: () => Kit, engine: PostgresEngine): Program {
  return postgresProgram({
    namespace: NAMESPACE,
    image: /^postgres:16$/,
    engine,
    reach(instance) {
      const kit = kitOf();
      if (kit.machine.instance(instance.pod(), 'postgres') === undefined) return { refused: SOCKET_REFUSED };
      return {
        server: {
          id: 'aureus',
          databases: ['aureus_metadata'],
          roles: ['aureus'],
          version: '16.6',
          schema: () => [
            'CREATE TABLE evidence (id text PRIMARY KEY, category text NOT NULL, created_at timestamptz NOT NULL, digest text NOT NULL)',
          ],
          backends: () => state.connections(kit),
          terminated(pids) {
            state.leaked = state.leaked.filter((each) => !pids.includes(each.pid));
          },
        },
      };
    },
    start() {
      // A server that starts anew has no connections.
      state.leaked = [];
    },
    tick(instance, from, now) {
      const kit = kitOf();
      for (const at of beats(from, now, 300_000)) instance.log(`${pgTime(at)} [27] LOG:  checkpoint complete: wrote 41 buffers (0.3%)`, at);
      for (const at of beats(from, now, 4_000))
        if (state.exhausted(kit))
          instance.log(
            `${pgTime(at)} [${2_000 + Math.floor(noise(at) * 900)}] FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute`,
            at,
          );
    },
  });
}

function frontendDeployment(kit: Kit): Deployment | undefined {
  return kit.cluster.store.get<Deployment>('deployments.apps', NAMESPACE, 'aureus-frontend');
}

function faultsOf(state: Aureus): Fault[] {
  const image = (kit: Kit): string => frontendDeployment(kit)?.spec.template.spec.containers[0]?.image ?? '';
  const setImage = (kit: Kit, template: (current: PodTemplate) => PodTemplate): void => {
    const deployment = frontendDeployment(kit);
    if (deployment !== undefined)
      kit.cluster.store.change<Deployment>('deployments.apps', deployment, (draft) => void (draft.spec.template = template(draft.spec.template)));
  };
  const evidence = (kit: Kit): ReturnType<Kit['machine']['volume']> => kit.machine.volume(NAMESPACE, CLAIM);
  return [
    {
      id: 'frontend-down',
      title: 'Frontend crashes after a bad release',
      active: (kit) => image(kit) === BAD_IMAGE,
      inject(kit) {
        if (image(kit) === BAD_IMAGE) return;
        state.ripe = false;
        state.goodTemplate = clone(frontendDeployment(kit)?.spec.template);
        setImage(kit, (template) => {
          const next = clone(template);
          for (const container of next.spec.containers) if (container.name === 'frontend') container.image = BAD_IMAGE;
          return next;
        });
      },
      clear(kit) {
        const good = state.goodTemplate;
        if (image(kit) === BAD_IMAGE && good !== undefined) setImage(kit, () => clone(good));
        state.ripe = false;
      },
    },
    {
      id: 'postgres-connections-exhausted',
      title: 'PostgreSQL has no free connections',
      active: (kit) => state.exhausted(kit),
      inject(kit) {
        const pods = kit.cluster.store
          .list<Pod>('pods', NAMESPACE)
          .filter((pod) => pod.metadata.labels?.['component'] === 'frontend' && pod.status.phase === 'Running');
        const now = kit.cluster.clock.now();
        state.leaked = [];
        for (let pid = 1_000; pods.length > 0 && state.connections(kit).length < MAX_CONNECTIONS - RESERVED; pid += 1) {
          const pod = pods[pid % pods.length];
          if (pod === undefined) break;
          const active = pid % 12 === 0;
          const changed = active ? now - 5_000 : now - 12 * MINUTE - noise('idle', pid) * HOUR;
          state.leaked.push(
            backend(pid, pod, active ? 'active' : 'idle', changed, active ? 'SELECT * FROM evidence WHERE category = $1' : 'ROLLBACK'),
          );
        }
      },
      clear() {
        state.leaked = [];
      },
    },
    {
      id: 'evidence-volume-full',
      title: 'Evidence volume is full',
      active: (kit) => evidence(kit).used / evidence(kit).capacity() >= 0.95,
      inject: (kit) => fillUp(evidence(kit), kit.cluster.clock.now()),
      clear: (kit) => drain(evidence(kit)),
    },
    {
      id: 'policy-engine-down',
      title: 'Policy engine is down',
      active: () => state.policyDown(),
      inject(kit) {
        state.corruptSince ??= kit.cluster.clock.now();
        state.knownRestarts = new Set(restarts(kit, false));
        for (const instance of kit.machine.instances(NAMESPACE, /^redis:/)) state.redis.of(instance).set(POLICY_KEY, 'broken');
      },
      clear(kit) {
        state.corruptSince = undefined;
        for (const instance of kit.machine.instances(NAMESPACE, /^redis:/)) state.redis.of(instance).set(POLICY_KEY, 'bundle-0.1.0');
      },
    },
    {
      id: 'rate-limits-false',
      title: 'Rate limits block legitimate users',
      active(kit) {
        if (!state.spike) return false;
        const serving = kit.machine
          .instances(NAMESPACE, /^aureus\/frontend:/)
          .filter((instance) => instance.pod().metadata.deletionTimestamp === undefined);
        return serving.some((instance) => {
          const { enabled, query, deploy } = limits(instance);
          return enabled && (query < SPIKE.query || deploy < SPIKE.deploy);
        });
      },
      inject(kit) {
        state.spike = true;
        for (const instance of kit.machine.instances(NAMESPACE, /^redis:/))
          for (const user of ['ana.analyst', 'ben.builder', 'carla.ops', 'dora.data'])
            state.redis.of(instance).set(`ratelimit:query:${user}@example.com`, '16', kit.cluster.clock.now() + HOUR);
      },
      clear() {
        state.spike = false;
      },
    },
  ];
}

/** The bad release crashes once the rollout is complete: until then its old siblings keep the index alive. */
function ripen(state: Aureus, kit: Kit): void {
  const deployment = frontendDeployment(kit);
  if (deployment === undefined || state.ripe || deployment.spec.template.spec.containers[0]?.image !== BAD_IMAGE) return;
  const pods = kit.cluster.store.list<Pod>('pods', NAMESPACE).filter((pod) => pod.metadata.labels?.['component'] === 'frontend');
  const fresh = pods.filter((pod) => pod.spec.containers[0]?.image === BAD_IMAGE && pod.status.phase === 'Running');
  if (fresh.length >= deployment.spec.replicas && fresh.length === pods.length) state.ripe = true;
}

function restarts(kit: Kit, readyOnly: boolean): string[] {
  return kit.cluster.store
    .list<Pod>('pods', NAMESPACE)
    .filter((pod) => pod.metadata.labels?.['component'] === 'frontend')
    .filter((pod) => !readyOnly || pod.status.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') === true)
    .flatMap((pod) => pod.metadata.annotations?.['kubectl.kubernetes.io/restartedAt'] ?? []);
}

/** A restart that somebody asked for reads the policies anew and writes a good bundle; a rollout for another reason does not. */
function reload(state: Aureus, kit: Kit): void {
  if (state.policyDown() && restarts(kit, true).some((at) => !state.knownRestarts.has(at))) state.corruptSince = undefined;
}

/** The AUREUS platform with its faults. */
export function aureus(): Platform {
  const state = new Aureus();
  let made: Kit | undefined;
  const kitOf = (): Kit => {
    if (made === undefined) throw new Error('The platform is not prepared.');
    return made;
  };
  const engine = new PostgresEngine(() => kitOf().cluster.clock.now());
  return {
    name: 'aureus',
    namespace: NAMESPACE,
    manifests: ['workloads', 'configmap', 'deployment', 'service'].map((name) => manifest(`./aureus/${name}.yaml`)),
    programs: [frontend(state, kitOf), policyEngine(state), postgres(state, kitOf, engine), redisProgram(NAMESPACE, state.redis)],
    faults: faultsOf(state),
    prepare(kit) {
      made = kit;
      fillEvidence(kit.machine.volume(NAMESPACE, CLAIM), kit.cluster.clock.now());
    },
    tick(kit) {
      ripen(state, kit);
      reload(state, kit);
    },
    stop: async () => await engine.stop(),
  };
}
