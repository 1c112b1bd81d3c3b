import type { Instance } from '../../containers/program.ts';
import type { Backend } from '../../executables/postgres.ts';
import type { Pod, PodTemplate } from '../../kinds.ts';
import type { Kit } from '../platform.ts';
import { RedisServers } from '../servers.ts';

export const NAMESPACE = 'aureus';
export const CLAIM = 'aureus-evidence-pvc';
export const BAD_IMAGE = 'aureus/frontend:0.2.0';
export const MAX_CONNECTIONS = 100;
/** Connections that only a superuser may use. */
export const RESERVED = 3;
export const POLICY_KEY = 'policy:bundle:current';
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

/** What legitimate users do during the fault `rate-limits-false`, per minute. */
export const SPIKE = { query: 16, deploy: 6 };

/** The AUREUS platform: frontend, PostgreSQL, Redis and policy engine. */
export class Aureus {
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

export function backend(pid: number, pod: Pod, state: string, changed: number, query: string): Backend {
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

export function limits(instance: Instance): { enabled: boolean; query: number; deploy: number } {
  const { env } = instance;
  return {
    enabled: env['RATE_LIMITING_ENABLED'] !== 'false',
    query: Number(env['RATE_LIMIT_QUERY'] ?? env['ratelimit.query.limit'] ?? 10),
    deploy: Number(env['RATE_LIMIT_DEPLOY'] ?? env['ratelimit.deploy.limit'] ?? 3),
  };
}

export function line(at: number, level: string, message: string, extra: Record<string, unknown> = {}): string {
  return JSON.stringify({ time: new Date(at).toISOString(), level, msg: message, ...extra });
}
