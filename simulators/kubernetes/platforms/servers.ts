import type { Health, Instance, Program } from '../containers/program.ts';
import { basics } from '../executables/basics.ts';
import { nc } from '../executables/network.ts';
import type { PostgresEngine } from '../executables/postgres.ts';
import { psql, type Reached } from '../executables/psql.ts';
import { RedisServer, redisCli } from '../executables/redis.ts';

/** Redis servers by the pod that they run in: a new pod begins empty. */
export class RedisServers {
  readonly #servers = new Map<string, RedisServer>();
  readonly #fill: (server: RedisServer, instance: Instance) => void;

  constructor(fill: (server: RedisServer, instance: Instance) => void) {
    this.#fill = fill;
  }

  of(instance: Instance): RedisServer {
    const known = this.#servers.get(instance.podUid);
    if (known !== undefined) return known;
    const made = new RedisServer();
    this.#servers.set(instance.podUid, made);
    this.#fill(made, instance);
    return made;
  }
}

/** Redis in a namespace. */
export function redisProgram(namespace: string, servers: RedisServers): Program {
  return {
    namespace,
    image: /^redis:/,
    commands: { ...basics, nc, 'redis-cli': redisCli((instance) => servers.of(instance)) },
    tcp: [6379],
    start(instance) {
      servers.of(instance);
      instance.log('1:C * oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo');
      instance.log('1:M * Ready to accept connections tcp');
    },
    usage: () => ({ cpu: 8, memory: 24 * 2 ** 20 }),
  };
}

export interface PostgresProgramOptions {
  readonly namespace: string;
  readonly image: RegExp;
  readonly engine: PostgresEngine;
  readonly reach: (instance: Instance) => Reached;
  readonly health?: (instance: Instance) => Health;
  readonly start?: (instance: Instance) => void;
  readonly tick?: (instance: Instance, from: number, now: number) => void;
  readonly usage?: (instance: Instance) => { cpu: number; memory: number };
}

/** A PostgreSQL image of one namespace. */
export function postgresProgram({ namespace, image, engine, reach, health, start, tick, usage }: PostgresProgramOptions): Program {
  return {
    namespace,
    image,
    commands: { ...basics, psql: psql(engine, (instance) => reach(instance)) },
    tcp: [5432],
    start(instance) {
      start?.(instance);
      instance.log(`${pgTime(instance.cluster.clock.now())} [1] LOG:  database system is ready to accept connections`);
    },
    ...(health === undefined ? {} : { health }),
    ...(tick === undefined ? {} : { tick }),
    usage: usage ?? (() => ({ cpu: 60, memory: 380 * 2 ** 20 })),
  };
}

/** A moment as PostgreSQL logs it. */
export function pgTime(ms: number): string {
  return `${new Date(ms).toISOString().replace('T', ' ').replace('Z', '')} UTC`;
}

export const SOCKET_REFUSED =
  'connection to server on socket "/var/run/postgresql/.s.PGSQL.5432" failed: Connection refused\n\tIs the server running locally and accepting connections on that socket?';
