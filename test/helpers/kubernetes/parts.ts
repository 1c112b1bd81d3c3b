import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The cluster's processes: each leads a process group of its own and ends when this process does, however that ends (parent.go). */
export class Parts {
  readonly #programs: string;
  readonly #directory: string;
  readonly #children = new Map<string, ChildProcess>();

  constructor(programs: string, directory: string) {
    this.#programs = programs;
    this.#directory = directory;
  }

  /** Starts one; what it says goes to `NAME.log` in the directory. Nothing of this process's environment gets in. */
  start(name: string, args: readonly string[], environment: Readonly<Record<string, string>> = { TOCSIN_TEST_CLUSTER_PART: '1' }): void {
    const log = openSync(join(this.#directory, `${name}.log`), 'w');
    const child = spawn(join(this.#programs, name), args, {
      detached: true,
      cwd: this.#directory,
      stdio: ['pipe', log, log],
      env: { PATH: '/usr/bin:/bin', HOME: this.#directory, ...environment },
    });
    closeSync(log);
    // A failed start is seen by `failure`; a test that forgets to stop its cluster still ends.
    child.once('error', () => {});
    child.unref();
    (child.stdin as unknown as { unref(): void }).unref();
    this.#children.set(name, child);
  }

  /** The first that ended by itself, with the end of its log; null while all run. */
  failure(): string | null {
    for (const [name, child] of this.#children) {
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) continue;
      const log = readFileSync(join(this.#directory, `${name}.log`), 'utf8');
      return `${name} ended with ${child.exitCode ?? child.signalCode ?? 'a failed start'}:\n${log.split('\n').slice(-15).join('\n')}`;
    }
    return null;
  }

  /** Ends all at once: there is nothing to save. */
  async stop(): Promise<void> {
    const ended = [...this.#children.values()].map(async (child) => {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
      child.ref();
      const end = new Promise((done) => child.once('exit', done));
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        child.kill('SIGKILL');
      }
      await end;
    });
    await Promise.all(ended);
    this.#children.clear();
  }
}

/** Calls `check` until it gives something else than null. @throws Error after `limit` ms, or as soon as a part ended. */
export async function until<T>(what: string, check: () => Promise<T | null>, limit: number, parts?: Parts): Promise<T> {
  const end = Date.now() + limit;
  for (;;) {
    const found = await check();
    if (found !== null) return found;
    const failure = parts?.failure() ?? null;
    if (failure !== null) throw new Error(failure);
    if (Date.now() > end) throw new Error(`waited ${limit} ms in vain: ${what}`);
    await sleep(50);
  }
}

/** Different ports of the loopback that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, listen));
  const ports = servers.map((server) => {
    const address = server.address();
    if (typeof address !== 'object' || address === null) throw new Error('no port');
    return address.port;
  });
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}

function listen(): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}
