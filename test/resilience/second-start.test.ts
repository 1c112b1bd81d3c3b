import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

let folder: string;
const running: ChildProcess[] = [];

/** Real processes on a machine that may be busy. */
const PATIENCE = 180_000;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tocsin-second-'));
});
afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await rm(folder, { recursive: true, force: true });
});

/** Types the command in the folder, as a person does. */
function type(...args: string[]) {
  const child = spawn(process.execPath, [CLI, ...args], { cwd: folder, env: { PATH: process.env.PATH }, stdio: ['ignore', 'pipe', 'pipe'] });
  running.push(child);
  let said = '';
  const ready = new Promise<void>((resolve) => {
    const hear = (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('Ctrl+C ends it')) resolve();
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
  });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return { child, ready, ended, said: () => said };
}

test(
  'a second start in the same folder takes nothing from the workspace that runs, names its process, and ends with 1',
  async () => {
    const first = type('start', '--port', '0');
    await Promise.race([first.ready, first.ended]);
    const url = /http:\/\/127\.0\.0\.1:(\d+)/.exec(first.said())?.[0] ?? '';
    const database = join(folder, 'data/workspace/database/PG_VERSION');
    const key = join(folder, 'data/workspace/signing-key.pem');
    const before = [(await stat(database)).ino, await readFile(key, 'utf8')];

    const second = type('start', '--port', '0');
    expect(await second.ended).toBe(1);
    expect(second.said()).toContain(`is in use by another process (process ${first.child.pid})`);
    expect(second.said()).not.toMatch(/^\s+at /m);

    expect([(await stat(database)).ino, await readFile(key, 'utf8')]).toEqual(before);
    expect(await readdir(join(folder, 'data/workspace/evidence'))).not.toEqual([]);
    expect((await fetch(url)).status).toBe(200);
    first.child.kill('SIGTERM');
    expect(await first.ended).toBe(0);
  },
  PATIENCE,
);

test(
  'a start whose port is taken ends with 1, names the port, and keeps what the last workspace left',
  async () => {
    const last = type('start', '--port', '0');
    await Promise.race([last.ready, last.ended]);
    last.child.kill('SIGTERM');
    await last.ended;
    const evidence = join(folder, 'data/workspace/evidence');
    const before = await readdir(evidence, { recursive: true });
    expect(before).not.toEqual([]);

    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const address = holder.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const next = type('start', '--port', String(port));
    expect(await next.ended).toBe(1);
    expect(next.said()).toContain(`Port ${port} is in use`);
    expect(await readdir(evidence, { recursive: true })).toEqual(before);
    holder.close();
  },
  PATIENCE,
);

test.each([['--port', 'house'], ['--port', '70000'], ['--port', '0x10'], ['--port'], ['4000']])(
  'start %s %s is refused with the usage',
  async (...args) => {
    const one = type('start', ...args.filter((arg) => arg !== undefined));
    expect(await one.ended).toBe(2);
    expect(one.said()).toContain('--port');
    await expect(stat(join(folder, 'data'))).rejects.toMatchObject({ code: 'ENOENT' });
  },
);

test(
  'a port that the system does not allow is said in one sentence',
  async () => {
    if (process.getuid?.() === 0) return;
    const one = type('start', '--port', '1');
    expect(await one.ended).toBe(1);
    expect(one.said()).toMatch(/port 1\b/i);
  },
  PATIENCE,
);
