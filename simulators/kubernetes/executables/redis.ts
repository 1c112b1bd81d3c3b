import type { Command, Instance } from '../containers/program.ts';
import { glob, parseOptions } from './options.ts';

interface Value {
  readonly text: string;
  /** Milliseconds since the epoch; undefined: never. */
  readonly expires?: number;
}

/** A reply: text, a number, nothing, a list, or an error. */
type Reply = string | number | null | readonly Reply[] | { readonly error: string };

/** The data of one Redis server: strings in sixteen databases. */
export class RedisServer {
  readonly #databases = new Map<number, Map<string, Value>>();
  hits = 0;
  misses = 0;
  /** How often each command was called, by its name in lower case. */
  readonly calls = new Map<string, number>();
  /** Called after FLUSHDB and FLUSHALL. */
  onFlush: () => void = () => {};

  database(index: number): Map<string, Value> {
    const known = this.#databases.get(index) ?? new Map<string, Value>();
    this.#databases.set(index, known);
    return known;
  }

  set(key: string, text: string, expires?: number, index = 0): void {
    this.database(index).set(key, { text, ...(expires === undefined ? {} : { expires }) });
  }

  clear(): void {
    this.#databases.clear();
  }

  get sizes(): [number, number][] {
    return [...this.#databases].filter(([, keys]) => keys.size > 0).map(([index, keys]) => [index, keys.size]);
  }
}

class Session {
  readonly #server: RedisServer;
  readonly #password: string | undefined;
  readonly #instance: Instance;
  #authenticated: boolean;
  #database = 0;

  constructor(server: RedisServer, instance: Instance) {
    this.#server = server;
    this.#instance = instance;
    this.#password = instance.env['REDIS_PASSWORD'];
    this.#authenticated = this.#password === undefined;
  }

  run(words: readonly string[]): Reply {
    const [name = '', ...args] = words;
    const command = name.toUpperCase();
    if (command === 'AUTH') return this.#auth(args);
    if (!this.#authenticated) return { error: 'NOAUTH Authentication required.' };
    this.#server.calls.set(name.toLowerCase(), (this.#server.calls.get(name.toLowerCase()) ?? 0) + 1);
    this.#expire();
    const keys = this.#server.database(this.#database);
    switch (command) {
      case 'PING':
        return 'PONG';
      case 'SELECT':
        this.#database = Number(args[0] ?? 0);
        return 'OK';
      case 'GET': {
        const found = keys.get(args[0] ?? '');
        if (found === undefined) this.#server.misses += 1;
        else this.#server.hits += 1;
        return found?.text ?? null;
      }
      case 'SET':
        keys.set(args[0] ?? '', { text: args[1] ?? '' });
        return 'OK';
      case 'TTL': {
        const found = keys.get(args[0] ?? '');
        if (found === undefined) return -2;
        return found.expires === undefined ? -1 : Math.ceil((found.expires - this.#instance.cluster.clock.now()) / 1000);
      }
      case 'EXISTS':
        return args.filter((key) => keys.has(key)).length;
      case 'TYPE':
        return keys.has(args[0] ?? '') ? 'string' : 'none';
      case 'DEL':
      case 'UNLINK':
        return args.filter((key) => keys.delete(key)).length;
      case 'DBSIZE':
        return keys.size;
      case 'KEYS': {
        const pattern = glob(args[0] ?? '*');
        return [...keys.keys()].filter((key) => pattern.test(key));
      }
      case 'SCAN':
        return this.#scan(args, [...keys.keys()]);
      case 'FLUSHDB':
      case 'FLUSHALL':
        if (command === 'FLUSHDB') keys.clear();
        else this.#server.clear();
        this.#server.onFlush();
        return 'OK';
      case 'INFO':
        return this.#info((args[0] ?? '').toLowerCase());
      default:
        return { error: `ERR unknown command '${name}', with args beginning with: ${args.map((each) => `'${each}' `).join('')}` };
    }
  }

  #auth(args: readonly string[]): Reply {
    if (this.#password === undefined)
      return {
        error: 'ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?',
      };
    if (args.at(-1) !== this.#password) return { error: 'WRONGPASS invalid username-password pair or user is disabled.' };
    this.#authenticated = true;
    return 'OK';
  }

  #expire(): void {
    const keys = this.#server.database(this.#database);
    const now = this.#instance.cluster.clock.now();
    for (const [key, value] of keys) if (value.expires !== undefined && value.expires <= now) keys.delete(key);
  }

  #scan(args: readonly string[], keys: readonly string[]): Reply {
    const option = (name: string): string | undefined => args[args.findIndex((each) => each.toUpperCase() === name) + 1];
    const given = (name: string): boolean => args.some((each) => each.toUpperCase() === name);
    const from = Number(args[0] ?? 0);
    const count = given('COUNT') ? Number(option('COUNT')) : 10;
    const pattern = glob(given('MATCH') ? (option('MATCH') ?? '*') : '*');
    const next = from + count >= keys.length ? 0 : from + count;
    return [String(next), keys.slice(from, from + count).filter((key) => pattern.test(key))];
  }

  #info(section: string): string {
    const { hits, misses, sizes, calls } = this.#server;
    const uptime = Math.floor((this.#instance.cluster.clock.now() - this.#instance.startedAt) / 1000);
    const sections: Record<string, string[]> = {
      server: ['# Server', 'redis_version:7.4.2', 'redis_mode:standalone', `uptime_in_seconds:${uptime}`],
      clients: ['# Clients', 'connected_clients:12', 'blocked_clients:0'],
      memory: ['# Memory', 'used_memory:3145728', 'used_memory_human:3.00M', 'maxmemory:0'],
      stats: ['# Stats', `total_commands_processed:${hits + misses}`, 'evicted_keys:0', `keyspace_hits:${hits}`, `keyspace_misses:${misses}`],
      replication: ['# Replication', 'role:master', 'connected_slaves:0'],
      keyspace: ['# Keyspace', ...sizes.map(([index, count]) => `db${index}:keys=${count},expires=0,avg_ttl=0`)],
    };
    if (section === 'commandstats')
      return ['# Commandstats', ...[...calls].map(([name, count]) => `cmdstat_${name}:calls=${count},usec=0,usec_per_call=0.00`)]
        .map((line) => `${line}\r\n`)
        .join('');
    const chosen = section === '' || section === 'default' || section === 'all' ? Object.values(sections) : [sections[section] ?? []];
    return chosen.map((lines) => lines.map((line) => `${line}\r\n`).join('')).join('\r\n');
  }
}

/** A reply as `redis-cli` prints it when its output is no terminal. */
function raw(reply: Reply): string {
  if (reply === null) return '\n';
  if (typeof reply === 'string' || typeof reply === 'number') return `${reply}${String(reply).endsWith('\r\n') ? '' : '\n'}`;
  if ('error' in reply) return `${(reply as { error: string }).error}\n\n`;
  return reply.map(raw).join('');
}

/** `redis-cli`, talking to the server of its own container. `serverOf` finds it. */
export function redisCli(serverOf: (instance: Instance) => RedisServer): Command {
  return async (context, args) => {
    const { instance } = context;
    const begin = commandAt(args);
    const { has, value, unknown } = parseOptions(
      args.slice(0, begin),
      ['x', 'e', '3', '2', 'raw', 'no-raw', 'no-auth-warning', 'csv', 'json'],
      ['a', 'n', 'h', 'p', 'u', 'user', 'pass', 't'],
    );
    if (unknown !== undefined) {
      context.err(`Unrecognized option or bad number of args for: '${unknown}'\n`);
      return 1;
    }
    const host = value('h') ?? '127.0.0.1';
    const reached = context.network.connect(instance, host, Number(value('p') ?? 6379));
    if ('error' in reached) {
      context.err(`Could not connect to Redis at ${host}:${value('p') ?? 6379}: Connection refused\n`);
      return 1;
    }
    const session = new Session(serverOf(instance), instance);
    const password = value('a', 'pass') ?? instance.env['REDISCLI_AUTH'];
    if (value('a', 'pass') !== undefined && !has('no-auth-warning'))
      context.err("Warning: Using a password with '-a' or '-u' option on the command line interface may not be safe.\n");
    if (password !== undefined) {
      const answer = session.run(['AUTH', password]);
      if (typeof answer === 'object' && answer !== null && 'error' in answer) context.err(`AUTH failed: ${answer.error}\n`);
    }
    const database = value('n');
    if (database !== undefined) session.run(['SELECT', database]);
    const words = args.slice(begin);
    let failed = false;
    const run = (line: readonly string[]): void => {
      const reply = session.run(line);
      if (typeof reply === 'object' && reply !== null && 'error' in reply) failed = true;
      context.out(raw(reply));
    };
    if (words.length > 0) run(has('x') ? [...words, (await context.stdin()).toString().replace(/\n$/, '')] : words);
    else {
      for (const line of (await context.stdin()).toString().split('\n')) {
        const parts = [...line.matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
        if (parts.length > 0) run(parts);
      }
    }
    return failed && has('e') ? 1 : 0;
  };
}

const WITH_VALUE = new Set(['-a', '-n', '-h', '-p', '-u', '-t', '--user', '--pass']);

function commandAt(args: readonly string[]): number {
  let at = 0;
  while (at < args.length && (args[at] ?? '').startsWith('-')) at += WITH_VALUE.has(args[at] ?? '') ? 2 : 1;
  return at;
}
