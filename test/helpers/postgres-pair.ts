import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPrograms, freePort, type User, untilReady, userOf } from './postgres.ts';

/** How a server ends: `fast` tells its clients, `immediate` is a crash, from which it recovers. */
export type Ending = 'fast' | 'immediate';

/** A PostgreSQL server with a stand-by that has every commit, behind one address that follows whichever is the primary. */
export interface PostgresPair {
  readonly url: string;
  /** Ends the primary and starts it again. */
  restart(how: Ending): Promise<void>;
  /** Crashes the primary for good, promotes the stand-by, and gives it a new stand-by. */
  failOver(): Promise<void>;
  stop(): Promise<void>;
}

interface Node {
  readonly directory: string;
  readonly port: number;
  process: ChildProcess;
}

const SIGNALS = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const satisfies Record<Ending, NodeJS.Signals>;

/** Starts both. Needs the same programs as startPostgres, and pg_basebackup. */
export async function startPostgresPair(): Promise<PostgresPair> {
  const bin = findPrograms();
  const user = process.getuid?.() === 0 ? userOf('postgres') : null;
  const root = mkdtempSync(join(tmpdir(), 'tocsin-pg-pair-'));
  if (user !== null) chownSync(root, user.uid, user.gid);
  let made = 0;
  const folder = () => join(root, `node-${made++}`);
  const run = (program: string, args: readonly string[]) => execFileSync(join(bin, program), [...args], { cwd: root, stdio: 'pipe', ...user });
  const ask = (port: number, statement: string) =>
    run('psql', ['-h', '127.0.0.1', '-p', String(port), '-U', 'postgres', '-d', 'postgres', '-qAtc', statement])
      .toString()
      .trim();

  const first = folder();
  run('initdb', ['-D', first, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync', '--locale=C']);
  let primary: Node = await start(bin, user, root, first, await freePort());
  let standby: Node = await attach();
  const gate = await openGate(() => primary.port);

  /** A new stand-by of the primary, which from then on waits for it at every commit. */
  async function attach(): Promise<Node> {
    const directory = folder();
    const port = await freePort();
    run('pg_basebackup', [
      '-h',
      '127.0.0.1',
      '-p',
      String(primary.port),
      '-U',
      'postgres',
      '-D',
      directory,
      '-R',
      '-X',
      'stream',
      '-c',
      'fast',
      '--no-sync',
    ]);
    const node = await start(bin, user, root, directory, port);
    ask(primary.port, "alter system set synchronous_standby_names = '*'");
    ask(primary.port, 'select pg_reload_conf()');
    while (ask(primary.port, "select count(*) from pg_stat_replication where sync_state = 'sync'") !== '1') await pause(50);
    return node;
  }

  return {
    url: `postgresql://postgres@127.0.0.1:${gate.port}/postgres`,
    async restart(how) {
      await end(primary, how);
      primary = await start(bin, user, root, primary.directory, primary.port);
    },
    async failOver() {
      await end(primary, 'immediate');
      run('pg_ctl', ['promote', '-D', standby.directory, '-w']);
      // Until it has a stand-by of its own it must not wait for one.
      ask(standby.port, 'alter system reset synchronous_standby_names');
      ask(standby.port, 'select pg_reload_conf()');
      primary = standby;
      gate.drop();
      standby = await attach();
    },
    async stop() {
      await gate.close();
      await end(standby, 'immediate');
      await end(primary, 'immediate');
      rmSync(root, { recursive: true, force: true });
    },
  };
}

async function start(bin: string, user: User | null, root: string, directory: string, port: number): Promise<Node> {
  const options = ['-D', directory, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', `unix_socket_directories=${root}`];
  const server = spawn(
    join(bin, 'postgres'),
    [...options, '-c', 'max_connections=200', '-c', 'wal_retrieve_retry_interval=200ms', '-c', 'log_min_messages=panic'],
    {
      cwd: root,
      stdio: 'ignore',
      ...user,
    },
  );
  await untilReady(bin, port, server);
  return { directory, port, process: server };
}

async function end(node: Node, how: Ending): Promise<void> {
  if (node.process.exitCode !== null) return;
  const ended = new Promise((done) => node.process.once('exit', done));
  node.process.kill(SIGNALS[how]);
  await ended;
}

interface Gate {
  readonly port: number;
  /** Breaks every connection. */
  drop(): void;
  close(): Promise<void>;
}

/** One address for whichever server is the primary, as a virtual address or a proxy is in production. */
async function openGate(target: () => number): Promise<Gate> {
  const open = new Set<Socket>();
  const server: Server = createServer((client) => {
    const upstream = connect(target(), '127.0.0.1');
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  const port = await new Promise<number>((done) => {
    server.listen(0, '127.0.0.1', () => done((server.address() as { port: number }).port));
  });
  return {
    port,
    drop() {
      for (const socket of open) socket.destroy();
    },
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
