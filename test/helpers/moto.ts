import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';

const STARTED_WITHIN_TRIES = 300;

export interface Moto {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** A real S3 implementation in a process of its own. Fails, and does not skip, when moto_server is not there. */
export async function startMoto(): Promise<Moto> {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const moto: ChildProcess = spawn('moto_server', ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  const failed = once(moto, 'error').then(([cause]) => {
    throw new Error('moto_server cannot be started; install it with: pip install "moto[server]"', { cause });
  });
  await Promise.race([answers(endpoint), failed]);
  return {
    endpoint,
    async stop() {
      if (moto.exitCode === null && moto.kill()) await once(moto, 'exit');
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function answers(url: string): Promise<void> {
  for (let tried = 0; tried < STARTED_WITHIN_TRIES; tried += 1) {
    const answer = await fetch(url).catch(() => null);
    if (answer !== null) return;
    await setTimeout(100);
  }
  throw new Error(`moto_server does not answer at ${url}`);
}
