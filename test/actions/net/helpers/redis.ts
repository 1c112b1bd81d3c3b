import type { Program } from './cluster.ts';

/** The little of a Redis that is used, behind a redis-cli that prints as version 7 does without a terminal. */
export interface LittleRedis {
  readonly keys: Map<string, { value: string; ttl: number }>;
  readonly seen: string[][];
  runId: string;
  role: 'master' | 'slave';
  readonly cli: Program;
}

export function littleRedis(password: string | null = null): LittleRedis {
  const keys = new Map<string, { value: string; ttl: number }>();
  const seen: string[][] = [];
  const redis: LittleRedis = { keys, seen, runId: 'run-1', role: 'master', cli };
  return redis;

  async function cli(argv: readonly string[], stdin: string) {
    if (argv.includes('--version')) return { stdout: 'redis-cli 7.0.15\n' };
    if (argv.join(' ') !== 'redis-cli') return { stderr: 'unexpected argv', exitCode: 1 };
    let authorised = password === null;
    const lines: string[] = [];
    for (const line of stdin.split('\n').filter((text) => text !== '')) {
      const words = split(line);
      seen.push(words);
      const isAuth = words[0]?.toUpperCase() === 'AUTH';
      if (isAuth && password === null) lines.push('ERR AUTH <password> called without any password configured for the default user.', '');
      else if (isAuth && words[1] === password) {
        authorised = true;
        lines.push('OK');
      } else if (isAuth) lines.push('WRONGPASS invalid username-password pair or user is disabled.', '');
      else if (!authorised) lines.push('NOAUTH Authentication required.', '');
      else lines.push(execute(words));
    }
    return { stdout: `${lines.join('\n')}\n` };
  }

  function execute(words: readonly string[]): string {
    const [verb = '', ...args] = words;
    if (verb === 'DBSIZE') return String(keys.size);
    if (verb === 'SELECT') return 'OK';
    if (verb === 'TTL') return String(keys.get(args[0] ?? '')?.ttl ?? -2);
    if (verb === 'EXISTS') return keys.has(args[0] ?? '') ? '1' : '0';
    if (verb === 'FLUSHDB') {
      keys.clear();
      return 'OK';
    }
    if (verb === 'SET') {
      keys.set(args[0] ?? '', { value: args[1] ?? '', ttl: Number(args[3] ?? -1) });
      return 'OK';
    }
    if (verb === 'INFO') return info(args[0] ?? '');
    if (verb === 'SCAN') return scan(args);
    return `ERR unknown command '${verb}'\n`;
  }

  function info(section: string): string {
    if (section === 'server') return `# Server\r\nredis_version:7.0.15\r\nrun_id:${redis.runId}`;
    if (section === 'replication') return `# Replication\r\nrole:${redis.role}`;
    return '# Stats\r\nkeyspace_hits:75\r\nkeyspace_misses:25';
  }

  /** Three keys a step, whatever COUNT says, and one of them twice. */
  function scan([cursor = '0', , pattern = '*']: readonly string[]): string {
    const all = [...keys.keys()];
    const from = Number(cursor);
    const next = from + 3 >= all.length ? 0 : from + 3;
    const expression = new RegExp(`^${pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`);
    const found = all.slice(Math.max(0, from - 1), from + 3).filter((key) => expression.test(key));
    return [String(next), ...found].join('\n');
  }
}

/** As sdssplitargs does, for bare words and double quotes. */
function split(line: string): string[] {
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map((match) => {
    if (match[2] !== undefined) return match[2];
    const bytes = (match[1] ?? '').replace(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    return Buffer.from(bytes, 'latin1').toString('utf8');
  });
}
