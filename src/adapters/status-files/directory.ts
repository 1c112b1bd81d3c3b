import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { sha256 } from '../../lib/hash.ts';
import { toIso } from '../../lib/time.ts';
import { type PublicNotice, type StatusPage, StatusPageError } from '../../ports/status-page.ts';
import { type Entry, entrySchema, type PageTerms, pageFiles } from './page.ts';

const ENTRIES = 'incidents';

export interface StatusFilesOptions extends PageTerms {
  readonly directory: string;
}

/** Who writes into a directory of this process: one after the other. */
const writing = new Map<string, Promise<unknown>>();

/**
 * A status page of our own: files in a directory, for any web server. Each incident is a file that carries the ids of its notices, and the page is made of
 * all of them: to publish a notice again changes nothing, and a process that died in between loses nothing.
 */
export function statusFiles({ directory, ...terms }: StatusFilesOptions): StatusPage {
  const root = resolve(directory);
  const folder = join(root, ENTRIES);

  async function publish(notice: PublicNotice): Promise<{ url: string | null }> {
    const ref = sha256(Buffer.from(notice.incident)).slice(0, 12);
    await mkdir(folder, { recursive: true });
    const before = await entryAt(join(folder, `${ref}.json`));
    const entry = withNotice(before, ref, notice);
    await replace(join(folder, `${ref}.json`), `${JSON.stringify(entry, null, 2)}\n`);
    const files = pageFiles(terms, await entriesIn(folder));
    for (const [name, text] of Object.entries(files)) await replace(join(root, name), text);
    return { url: terms.url === null ? null : `${terms.url.replace(/\/$/, '')}/#${ref}` };
  }

  return {
    async publish(notice) {
      const turn = (writing.get(root) ?? Promise.resolve()).then(() => guarded(root, () => publish(notice)));
      writing.set(
        root,
        turn.catch(() => undefined),
      );
      return turn;
    },
    async verify() {
      await guarded(root, async () => {
        await mkdir(folder, { recursive: true });
        for (const [name, text] of Object.entries(pageFiles(terms, await entriesIn(folder)))) await replace(join(root, name), text);
      });
    },
  };
}

/** The entry with a notice; the same where it has it. */
function withNotice(before: Entry | null, ref: string, { notice: id, at, status, state, subject, text }: PublicNotice): Entry {
  if (before?.notices.some((one) => one.id === id) === true) return before;
  return { ref, subject, status, state, notices: [{ id, at: toIso(at), status, text }, ...(before?.notices ?? [])] };
}

async function entriesIn(folder: string): Promise<readonly Entry[]> {
  const names = (await readdir(folder)).filter((name) => /^[0-9a-f]{12}\.json$/.test(name));
  const entries = await Promise.all(names.map((name) => entryAt(join(folder, name))));
  return entries.filter((entry) => entry !== null);
}

/** @throws StatusPageError for a file that is none of ours */
async function entryAt(path: string): Promise<Entry | null> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  try {
    return entrySchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new StatusPageError('refused', `${path} is not as Tocsin wrote it. Remove it, or put it back`, { cause });
  }
}

/** A file appears complete, or not at all. */
async function replace(path: string, text: string): Promise<void> {
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

async function guarded<T>(root: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StatusPageError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'it failed';
    throw new StatusPageError('away', `the files in ${root} cannot be written (${code}). Give Tocsin the right to write there, and space`, {
      cause: error,
    });
  }
}
