import { sha256 } from '../../lib/hash.ts';
import { toIso } from '../../lib/time.ts';
import { type PublicNotice, type StatusPage, StatusPageError } from '../../ports/status-page.ts';
import { type Entry, entrySchema, type PageTerms, pageFiles } from './page.ts';

/** Where the files of a page lie. A file appears complete, or not at all. @throws StatusPageError from each */
export interface PageFiles {
  /** Where they lie, for people. */
  readonly location: string;
  /** The names of an incident’s files: `incidents/0123456789ab.json`. */
  entries(): Promise<readonly string[]>;
  /** `null` for what is not there. */
  read(name: string): Promise<string | null>;
  write(name: string, text: string): Promise<void>;
}

/** Names that are an incident's. */
export const ENTRY = /^incidents\/[0-9a-f]{12}\.json$/;

/** Who writes to a place of this process: one after the other. */
const writing = new Map<string, Promise<unknown>>();

/**
 * A status page of our own: files for any web server. Each incident is a file that carries the ids of its notices, and the page is made of all of them: to
 * publish a notice again changes nothing, and a process that died in between loses nothing.
 */
export function statusFiles(files: PageFiles, terms: PageTerms): StatusPage {
  async function publish(notice: PublicNotice): Promise<{ url: string | null }> {
    const ref = sha256(Buffer.from(notice.incident)).slice(0, 12);
    const name = `incidents/${ref}.json`;
    const entry = withNotice(await entryAt(files, name), ref, notice);
    await files.write(name, `${JSON.stringify(entry, null, 2)}\n`);
    await render();
    return { url: terms.url === null ? null : `${terms.url.replace(/\/$/, '')}/#${ref}` };
  }

  async function render(): Promise<void> {
    const entries = await Promise.all((await files.entries()).map((name) => entryAt(files, name)));
    const made = pageFiles(
      terms,
      entries.filter((entry) => entry !== null),
    );
    for (const [name, text] of Object.entries(made)) await files.write(name, text);
  }

  /** Waits for whoever writes there now. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = (writing.get(files.location) ?? Promise.resolve()).then(work);
    writing.set(
      files.location,
      turn.catch(() => undefined),
    );
    return turn;
  }

  return { publish: (notice) => inTurn(() => publish(notice)), verify: () => inTurn(render) };
}

/** The entry with a notice; the same where it has it. */
function withNotice(before: Entry | null, ref: string, { notice: id, at, status, state, subject, text }: PublicNotice): Entry {
  if (before?.notices.some((one) => one.id === id) === true) return before;
  return { ref, subject, status, state, notices: [{ id, at: toIso(at), status, text }, ...(before?.notices ?? [])] };
}

/** @throws StatusPageError for a file that is none of ours */
async function entryAt(files: PageFiles, name: string): Promise<Entry | null> {
  const text = await files.read(name);
  if (text === null) return null;
  try {
    return entrySchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new StatusPageError('refused', `${files.location}/${name} is not as Tocsin wrote it. Remove it, or put it back`, { cause });
  }
}
