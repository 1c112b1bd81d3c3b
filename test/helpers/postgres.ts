/**
 * A throw-away PostgreSQL: `node test/helpers/postgres.ts -- COMMAND...` starts one, runs COMMAND with TOCSIN_TEST_DATABASE_URL set,
 * stops it and exits with COMMAND's code. Without COMMAND it prints the URL and runs until it is interrupted.
 * Needs PostgreSQL's programs (PG_BIN, else the newest below /usr/lib/postgresql, else the PATH); as root it runs them as user `postgres`.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ThrowAwayPostgres {
  readonly url: string;
  stop(): Promise<void>;
}

export interface User {
  readonly uid: number;
  readonly gid: number;
}

export interface PostgresOptions {
  /** With TLS; PEM. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Lines of pg_hba.conf in place of trust for everybody. */
  readonly access?: readonly string[];
  /** Addresses to listen on; 127.0.0.1 unless told. */
  readonly listen?: string;
  /** More of its configuration: `name=value`. */
  readonly settings?: readonly string[];
}

/** Starts a server on a random port of the loopback, with fsync on as in production. */
export async function startPostgres({ tls, access, listen = '127.0.0.1', settings = [] }: PostgresOptions = {}): Promise<ThrowAwayPostgres> {
  const bin = findPrograms();
  const user = process.getuid?.() === 0 ? userOf('postgres') : null;
  const directory = mkdtempSync(join(tmpdir(), 'tocsin-pg-'));
  if (user !== null) chownSync(directory, user.uid, user.gid);
  const data = join(directory, 'data');
  execFileSync(join(bin, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync', '--locale=C'], {
    cwd: directory,
    stdio: 'pipe',
    ...user,
  });
  if (access !== undefined) writeFileSync(join(data, 'pg_hba.conf'), `${access.join('\n')}\n`);
  const secured = tls === undefined ? [] : keepCertificate(directory, tls, user);
  const port = await freePort();
  const options = [
    '-D',
    data,
    '-p',
    String(port),
    '-c',
    `listen_addresses=${listen}`,
    '-c',
    `unix_socket_directories=${directory}`,
    '-c',
    'max_connections=200',
    '-c',
    'log_min_messages=panic',
    ...secured,
    ...settings.flatMap((setting) => ['-c', setting]),
  ];
  const server = spawn(join(bin, 'postgres'), options, { cwd: directory, stdio: ['ignore', 'ignore', 'inherit'], ...user });
  const url = `postgresql://postgres@127.0.0.1:${port}/postgres`;
  await untilReady(bin, port, server);
  return {
    url,
    async stop() {
      // SIGINT is PostgreSQL's fast shutdown.
      const ended = new Promise((done) => server.once('exit', done));
      server.kill('SIGINT');
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** The server reads its key only when nobody else may. */
function keepCertificate(directory: string, { key, cert }: NonNullable<PostgresOptions['tls']>, user: User | null): string[] {
  const files = { ssl_key_file: join(directory, 'server.key'), ssl_cert_file: join(directory, 'server.crt') };
  writeFileSync(files.ssl_key_file, key, { mode: 0o600 });
  writeFileSync(files.ssl_cert_file, cert);
  if (user !== null) for (const file of Object.values(files)) chownSync(file, user.uid, user.gid);
  return ['-c', 'ssl=on', ...Object.entries(files).flatMap(([name, file]) => ['-c', `${name}=${file}`])];
}

export function findPrograms(): string {
  if (process.env['PG_BIN'] !== undefined) return process.env['PG_BIN'];
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  return versions[0] === undefined ? '' : join(root, versions[0], 'bin');
}

export function userOf(name: string): User {
  const id = (flag: string) => Number(execFileSync('id', [flag, name], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port'))));
    });
  });
}

export async function untilReady(bin: string, port: number, server: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if (server.exitCode !== null) throw new Error(`postgres ended with ${server.exitCode}`);
    if (spawnSync(join(bin, 'pg_isready'), ['-q', '-h', '127.0.0.1', '-p', String(port), '-U', 'postgres']).status === 0) return;
    await sleep(100);
  }
  throw new Error('postgres did not become ready');
}

async function main(): Promise<number> {
  const command = process.argv.slice(process.argv.indexOf('--') + 1);
  const postgres = await startPostgres();
  // An interrupt ends COMMAND, and with it this.
  const interrupted = new Promise<number>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done(130));
  });
  try {
    if (!process.argv.includes('--') || command[0] === undefined) {
      console.log(postgres.url);
      return await interrupted;
    }
    const child = spawn(command[0], command.slice(1), { stdio: 'inherit', env: { ...process.env, TOCSIN_TEST_DATABASE_URL: postgres.url } });
    const ended = new Promise<number>((done, fail) => child.once('error', fail).once('exit', (code) => done(code ?? 1)));
    const code = await Promise.race([ended, interrupted]);
    if (child.exitCode === null) child.kill();
    return code;
  } finally {
    await postgres.stop();
  }
}

if (import.meta.main) process.exitCode = await main();
