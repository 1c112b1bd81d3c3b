import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { TocsinError } from '../src/domain/errors.ts';
import { lockDirectory } from '../src/store/lock.ts';

/** Says that a directory is a local workspace, which may be removed. */
const MARKER = '.tocsin-workspace';
const DATABASE = 'database';
const LOOPBACK = '127.0.0.1';

/**
 * Takes `data` for a fresh workspace and removes what an earlier one left there. First it looks whether another process lives in it and
 * whether the ports are free: a start that cannot succeed takes nothing from the one that runs. Returns the release.
 * @throws TocsinError `data-not-ours`, `directory-in-use`, `port-in-use`
 */
export async function claimWorkspace(data: string, ports: readonly number[]): Promise<() => Promise<void>> {
  await mkdir(data, { recursive: true, mode: 0o700 });
  await assertOurs(data);
  const release = await lockDirectory(data);
  try {
    await assertNoBotIn(data);
    for (const port of ports) await assertFree(port);
    await mark(data);
    // All but the mark, so that a start that is killed here leaves a directory that the next one may empty.
    for (const name of await readdir(data)) if (name !== MARKER) await rm(join(data, name), { recursive: true, force: true });
    return release;
  } catch (error) {
    await release();
    throw error;
  }
}

/** Uses `data` as it is, for a workspace that runs elsewhere; several replicas may. Returns the release. */
export async function useWorkspace(data: string): Promise<() => Promise<void>> {
  await mkdir(data, { recursive: true, mode: 0o700 });
  await mark(data);
  return async () => undefined;
}

async function assertOurs(data: string): Promise<void> {
  const names = await readdir(data);
  if (names.length > 0 && !names.includes(MARKER))
    throw new TocsinError('data-not-ours', `${data} holds something else than a local workspace. Name an empty or new directory.`);
}

/** A bot that was started with `--workspace` has the embedded database open, and not the workspace. */
async function assertNoBotIn(data: string): Promise<void> {
  const database = join(data, DATABASE);
  const found = await stat(database).catch(() => null);
  if (found !== null) await (await lockDirectory(database))();
}

/** @throws TocsinError `port-in-use` or `port-denied` */
async function assertFree(port: number): Promise<void> {
  if (port === 0) return;
  await new Promise<void>((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, LOOPBACK, () => server.close(() => resolve()));
  }).catch((cause: unknown) => {
    const denied = cause instanceof Error && 'code' in cause && cause.code === 'EACCES';
    if (denied)
      throw new TocsinError('port-denied', `The system does not let this user listen on port ${port}. Name a port of 1024 or more: --port 4400.`, {
        cause,
      });
    throw new TocsinError('port-in-use', `Port ${port} is in use by another process. Stop that one, or name another port; 0 takes a free one.`, {
      cause,
    });
  });
}

function mark(data: string): Promise<void> {
  return writeFile(join(data, MARKER), 'A local workspace of Tocsin: removed and created again at each start.\n');
}
