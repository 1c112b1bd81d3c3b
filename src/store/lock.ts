import { hash } from 'node:crypto';
import { mkdir, realpath, rmdir, stat, unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TocsinError } from '../domain/errors.ts';
import { inBackground } from '../lib/background.ts';

/** `sun_path` holds 104 bytes on macOS and 108 on Linux, the final zero included. */
const MAX_SOCKET_PATH = 100;
/** After this long (ms) a take-over is one whose process was killed in the middle of it. */
const STALE_TAKEOVER = 5_000;
/** How long (ms) the holder has to say who it is. */
const ANSWER_WITHIN = 1_000;

/** How often (ms) the lock is looked at: its name can be removed, and then nothing keeps others off. */
const LOOK = 2_000;

/**
 * Keeps a second process off a directory: PGlite has no lock of its own, and two processes lose rows. Holds a Unix socket
 * beside the directory, which the kernel lets go of however the process ends. A name that somebody removes is taken again; when another
 * process was faster, or the directory is gone, `onLost` is told TocsinError `lock-lost`.
 * Returns the release. Throws TocsinError `directory-in-use`, which names the process.
 */
export async function lockDirectory(directory: string, onLost: (error: TocsinError) => void = () => undefined): Promise<() => Promise<void>> {
  const path = socketPath(await realpath(directory));
  let held = await take(directory, path);
  const looking = setInterval(() => inBackground(look(), lost), LOOK).unref();

  async function look(): Promise<void> {
    if ((await inodeOf(path)) === held.inode) return;
    // The server before stays open until the process ends: closing it removes the name, which may be another's by now and is taken again there.
    held = await take(directory, path);
  }

  function lost(cause: unknown): void {
    clearInterval(looking);
    onLost(new TocsinError('lock-lost', `${directory} is no longer this process' own: ${path} was removed or is held by another.`, { cause }));
  }

  return async () => {
    clearInterval(looking);
    if ((await inodeOf(path)) === held.inode) await new Promise((done) => held.server.close(done));
  };
}

interface Held {
  readonly server: Server;
  readonly inode: bigint | null;
}

/** @throws TocsinError `directory-in-use` */
async function take(directory: string, path: string): Promise<Held> {
  for (;;) {
    const server = await listen(path);
    if (server !== null) return { server, inode: await inodeOf(path) };
    const holder = await holderOf(path);
    if (holder !== null) {
      throw new TocsinError(
        'directory-in-use',
        `${directory} is in use by another process${holder === '' ? '' : ` (${holder})`}. Stop that one, or name another directory. For several replicas of one bot set DATABASE_URL.`,
      );
    }
    await clearStale(path);
  }
}

/** Which socket has this name; `null` when none has. */
async function inodeOf(path: string): Promise<bigint | null> {
  try {
    return (await stat(path, { bigint: true })).ino;
  } catch {
    return null;
  }
}

function socketPath(directory: string): string {
  const beside = `${directory}.lock`;
  if (Buffer.byteLength(beside) <= MAX_SOCKET_PATH) return beside;
  return join(tmpdir(), `tocsin-${hash('sha256', directory, 'hex').slice(0, 32)}.lock`);
}

/** Binds the socket; `null` when its name is taken. */
function listen(path: string): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    // Whoever asks is told who holds it. A client that is gone by then is none of the holder's matters.
    const server = createServer((client) => client.on('error', () => undefined).end(`process ${process.pid}`));
    // Stays: a connection that cannot be accepted says nothing about the lock.
    server.on('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(null) : reject(error)));
    server.listen(path, () => resolve(server.unref()));
  });
}

/** Who listens: `process 123`, empty when they do not say, `null` when nobody does: the socket of a killed process refuses. */
function holderOf(path: string): Promise<string | null> {
  return new Promise((resolve) => {
    let connected = false;
    let said = '';
    const client = connect(path, () => {
      connected = true;
    });
    client.setTimeout(ANSWER_WITHIN, () => client.destroy());
    client.on('data', (chunk) => {
      said += chunk.toString('utf8');
    });
    client.once('error', () => undefined);
    client.once('close', () => resolve(connected ? said.slice(0, 40) : null));
  });
}

/** Removes the name of a socket that nobody listens on. One process at a time: else the second would remove the first one's new socket. */
async function clearStale(path: string): Promise<void> {
  const guard = `${path}.takeover`;
  try {
    await mkdir(guard);
  } catch {
    const since = await stat(guard).catch(() => null);
    if (since !== null && Date.now() - since.mtimeMs > STALE_TAKEOVER) await rmdir(guard).catch(() => undefined);
    await sleep(20);
    return;
  }
  try {
    // A moment's patience: between bind and listen a new socket refuses too.
    await sleep(20);
    if ((await holderOf(path)) === null) await unlink(path).catch(() => undefined);
  } finally {
    await rmdir(guard);
  }
}
