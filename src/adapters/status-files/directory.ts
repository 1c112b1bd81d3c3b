import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { StatusPageError } from '../../ports/status-page.ts';
import { ENTRY, type PageFiles } from './publish.ts';

/** The files of a page in a directory, readable for a web server. */
export function directoryFiles(directory: string): PageFiles {
  const root = resolve(directory);
  return {
    location: root,
    entries: () =>
      guarded(root, async () => (await namesIn(join(root, 'incidents'))).map((name) => `incidents/${name}`).filter((name) => ENTRY.test(name))),
    read: (name) => guarded(root, () => unlessMissing(readFile(join(root, name), 'utf8'), null)),
    write: (name, text) => guarded(root, () => replace(join(root, name), text)),
  };
}

function namesIn(folder: string): Promise<readonly string[]> {
  return unlessMissing(readdir(folder), []);
}

async function replace(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const aside = `${path}.${randomUUID()}.tmp`;
  const file = await open(aside, 'wx', 0o644);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(aside, path);
}

async function unlessMissing<T, F>(found: Promise<T>, missing: F): Promise<T | F> {
  try {
    return await found;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return missing;
    throw error;
  }
}

async function guarded<T>(root: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new StatusPageError('away', `the files in ${root} cannot be written (${codeOf(error)}). Give Tocsin the right to write there, and space`, {
      cause: error,
    });
  }
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'it failed';
}
