import { isDeepStrictEqual } from 'node:util';
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

/** How often a page is made anew when another process wrote there meanwhile. */
const ROUNDS = 5;
/** What is written to look whether it can be: no part of the page. */
const PROBE = 'probe.txt';

/**
 * A status page of our own: files for any web server. Each incident is a file that carries the ids of its notices, and the page is made of all of them: to
 * publish a notice again changes nothing, and a process that died in between loses nothing. Another process may write there too, so all of it is read again
 * afterwards.
 */
export function statusFiles(files: PageFiles, terms: PageTerms): StatusPage {
  async function publish(notice: PublicNotice): Promise<{ url: string | null }> {
    const ref = sha256(Buffer.from(notice.incident)).slice(0, 12);
    const name = `incidents/${ref}.json`;
    await untilSettled(async () => {
      const entry = withNotice(await entryAt(files, name), ref, notice);
      await files.write(name, `${JSON.stringify(entry, null, 2)}\n`);
      return (await render()) && has(await entryAt(files, name), notice.notice);
    });
    return { url: terms.url === null ? null : `${terms.url.replace(/\/$/, '')}/#${ref}` };
  }

  /** Looks whether it can be written and read there. A page that is there stays as it is; where there is none yet, an empty one is made. */
  async function verify(): Promise<void> {
    await files.write(PROBE, 'Tocsin has looked whether it can write here.\n');
    await published();
    if ((await files.read('index.html')) === null) await untilSettled(render);
  }

  async function published(): Promise<readonly Entry[]> {
    const names = (await files.entries()).toSorted();
    const entries = await Promise.all(names.map((name) => entryAt(files, name)));
    return entries.filter((entry) => entry !== null);
  }

  /** Makes the page; whether it still shows all that is published when it is there. */
  async function render(): Promise<boolean> {
    const shown = await published();
    for (const [name, text] of Object.entries(pageFiles(terms, shown))) await files.write(name, text);
    return isDeepStrictEqual(await published(), shown);
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

  return { publish: (notice) => inTurn(() => publish(notice)), verify: () => inTurn(verify) };
}

/** @throws StatusPageError when others never stop writing */
async function untilSettled(work: () => Promise<boolean>): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) if (await work()) return;
  throw new StatusPageError('away', 'other processes write this page at the same time');
}

/** The entry with a notice; the same where it has it. The newest notice says how it stands, also when an older one is written after it. */
function withNotice(before: Entry | null, ref: string, { notice: id, at, status, state, subject, text }: PublicNotice): Entry {
  if (before !== null && has(before, id)) return before;
  const own = { id, at: toIso(at), status, text };
  const notices = [own, ...(before?.notices ?? [])].toSorted((a, b) => b.at.localeCompare(a.at));
  return before !== null && notices[0] !== own ? { ...before, notices } : { ref, subject, status, state, notices };
}

function has(entry: Entry | null, id: string): boolean {
  return entry?.notices.some((one) => one.id === id) === true;
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
