import { spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, userOf } from './postgres.ts';

export interface PgBouncer {
  readonly url: string;
  stop(): Promise<void>;
}

const PROGRAM = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer', '/usr/local/bin/pgbouncer'].find((path) => existsSync(path)) ?? '';

/** Whether this machine has one (`apt-get install pgbouncer`). */
export function hasPgBouncer(): boolean {
  return PROGRAM !== '' && spawnSync(PROGRAM, ['--version']).status === 0;
}

/** PgBouncer before a server: each transaction gets whichever of `connections` to the server is free. */
export async function startPgBouncer(server: string, connections = 3): Promise<PgBouncer> {
  const { hostname, port: serverPort, pathname } = new URL(server);
  const user = process.getuid?.() === 0 ? userOf('postgres') : null;
  const directory = mkdtempSync(join(tmpdir(), 'tocsin-pgbouncer-'));
  const port = await freePort();
  const config = join(directory, 'pgbouncer.ini');
  writeFileSync(
    config,
    [
      '[databases]',
      `* = host=${hostname} port=${serverPort} user=postgres`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${port}`,
      'unix_socket_dir =',
      'auth_type = any',
      'pool_mode = transaction',
      `default_pool_size = ${connections}`,
      // The connection that was free longest is taken, so that one client gets another one each time.
      'server_round_robin = 1',
      '',
    ].join('\n'),
  );
  if (user !== null) for (const path of [directory, config]) chownSync(path, user.uid, user.gid);
  const child = spawn(PROGRAM, ['-q', config], { cwd: directory, stdio: ['ignore', 'ignore', 'inherit'], ...user });
  await untilListening(port);
  return {
    url: `postgresql://postgres@127.0.0.1:${port}${pathname}`,
    async stop() {
      const ended = new Promise((done) => child.once('exit', done));
      child.kill('SIGTERM');
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function untilListening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const open = await new Promise<boolean>((done) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        done(true);
      }).on('error', () => done(false));
    });
    if (open) return;
    await sleep(100);
  }
  throw new Error('pgbouncer did not listen');
}
