import { randomUUID } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { link, mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import {
  type EvidenceStore,
  EvidenceStoreError,
  type ListOptions,
  type ObjectTags,
  type ObjectVersion,
  type PutOutcome,
  type Stray,
} from '../../ports/evidence.ts';
import { type Names, namesIn } from './folder.ts';
import { assertKey, assertPrefix, assertReplaceable } from './keys.ts';

/** Half-written files lie here, on the same file system as their final names, and outside of everything that is listed. */
const TEMPORARY = '.tmp';

/** Far longer than any write takes, so that cleaning up never touches what another process is writing. */
const STALE_AFTER_MS = 3_600_000;

const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;

/** Neither follows a link nor waits for a pipe's other end. */
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** No piece of evidence is larger (bytes): what is, nobody of ours wrote, and it does not fit into memory. */
const MAX_BYTES = 1024 ** 3;

/** What opening says of a name that holds no regular file: a link, a socket, a device without a driver. */
const NO_FILE = ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO', 'ENODEV'];

/**
 * Evidence in a directory, for laptops and auditors' copies (ADR 3). A file appears under its name
 * complete and synced or not at all: it is written aside, synced, and linked, which fails when the name is taken.
 */
export class DirectoryStore implements EvidenceStore {
  readonly location: string;
  readonly #made = new Map<string, Promise<void>>();

  readonly #readOnly: boolean;

  private constructor(root: string, options: { readOnly: boolean }) {
    this.location = root;
    this.#readOnly = options.readOnly;
  }

  /** Opens the directory, creates it when missing, and removes what a crash left half-written. `now` in milliseconds since 1970. */
  static async open(path: string, now: number): Promise<DirectoryStore> {
    const store = new DirectoryStore(resolve(path), { readOnly: false });
    await guarded(`open ${store.location}`, async () => {
      await store.#makeDirectory(join(store.location, TEMPORARY));
      await store.#removeStale(now);
    });
    return store;
  }

  /**
   * Opens an existing directory to read it, as `verify` does; changes nothing in it. Reads block the process, which has nothing else
   * to do: for many small files that is several times faster.
   */
  static async openReadOnly(path: string): Promise<DirectoryStore> {
    const root = resolve(path);
    const found = await guarded(`open ${root}`, () => orNull(stat(root), 'ENOENT'));
    if (found?.isDirectory() !== true) throw new EvidenceStoreError('misconfigured', `There is no directory ${root}.`);
    return new DirectoryStore(root, { readOnly: true });
  }

  async put(key: string, bytes: Uint8Array, _tags: ObjectTags): Promise<PutOutcome> {
    this.#assertWritable(key);
    const path = join(this.location, key);
    return guarded(`write ${path}`, async () => {
      await this.#makeDirectory(dirname(path));
      const created = await this.#writeAside(bytes, (temporary) => linkOnce(temporary, path));
      await sync(dirname(path));
      if (created) return { kind: 'created' };
      // Whoever linked it may have died before syncing the directory, which the line above made good.
      const there = await orNull(readRegular(path), ...NO_FILE);
      if (there === null) throw new EvidenceStoreError('misconfigured', `${path} is a link or a special file where a file belongs; remove it.`);
      return { kind: 'exists', bytes: there };
    });
  }

  async replace(key: string, bytes: Uint8Array, _tags: ObjectTags): Promise<void> {
    this.#assertWritable(key);
    assertReplaceable(key);
    const path = join(this.location, key);
    await guarded(`replace ${path}`, async () => {
      await this.#makeDirectory(dirname(path));
      await this.#writeAside(bytes, (temporary) => rename(temporary, path));
      await sync(dirname(path));
    });
  }

  async get(key: string): Promise<Uint8Array | null> {
    assertKey(key);
    const path = join(this.location, key);
    const read = this.#readOnly ? async () => readRegularSync(path) : () => readRegular(path);
    return guarded(`read ${path}`, () => orNull(read(), ...NO_FILE));
  }

  async *list(prefix: string, { skip = [], onStray }: ListOptions = {}): AsyncIterable<string> {
    assertPrefix(prefix);
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    for await (const { key, what } of this.#walk(folder, skip)) {
      if (!key.startsWith(prefix)) continue;
      if (what === 'object') yield key;
      else onStray?.({ key, what });
    }
  }

  versions(_prefix: string): AsyncIterable<ObjectVersion> | null {
    return null;
  }

  #assertWritable(key: string): void {
    assertKey(key);
    if (this.#readOnly) throw new EvidenceStoreError('invalid', `${this.location} was opened to be read only.`);
  }

  /** One folder after the other, and into each where its name is in turn. */
  async *#walk(top: string, skip: readonly string[]): AsyncGenerator<Stray | { readonly key: string; readonly what: 'object' }> {
    const first = await this.#enter(top);
    if (first?.isEmpty === true && top !== '') yield { key: top, what: 'empty folder' };
    const entered = first === null ? [] : [first];
    for (let here = entered.at(-1); here !== undefined; here = entered.at(-1)) {
      const { done, value: name } = here.names.next();
      if (done === true) {
        entered.pop();
        continue;
      }
      const key = here.folder + name;
      if (key === `${TEMPORARY}/` || skip.includes(key)) continue;
      if (!name.endsWith('/')) {
        yield { key, what: here.special.has(name) ? 'link or special file' : 'object' };
        continue;
      }
      const inner = await this.#enter(key);
      // Its name is not UTF-8, or its path is too long: nobody of ours made it, and what is in it cannot be seen from here.
      if (inner === null) yield { key, what: 'folder that cannot be opened' };
      else if (inner.isEmpty) yield { key, what: 'empty folder' };
      else entered.push(inner);
    }
  }

  async #enter(folder: string): Promise<EnteredFolder | null> {
    const path = join(this.location, folder);
    const found = await guarded(`list ${path}`, () => orNull(namesIn(path, this.#readOnly), 'ENOENT', 'ENOTDIR', 'ENAMETOOLONG'));
    return found === null ? null : { folder, names: found.names.values(), isEmpty: found.names.length === 0, special: found.special };
  }

  async #writeAside<T>(bytes: Uint8Array, publish: (temporary: string) => Promise<T>): Promise<T> {
    const temporary = join(this.location, TEMPORARY, randomUUID());
    try {
      await writeSynced(temporary, bytes);
      return await publish(temporary);
    } finally {
      await orNull(unlink(temporary), 'ENOENT');
    }
  }

  /**
   * Makes a directory, once per process, with every folder above it synced, so that none is lost with its files after a power cut;
   * also the folders that were there, because whoever made them may have died before syncing.
   */
  #makeDirectory(path: string): Promise<void> {
    const known = this.#made.get(path);
    if (known !== undefined) return known;
    const made = makeSynced(path, this.location);
    this.#made.set(path, made);
    made.catch(() => this.#made.delete(path));
    return made;
  }

  async #removeStale(now: number): Promise<void> {
    const folder = join(this.location, TEMPORARY);
    for (const name of await readdir(folder)) {
      const path = join(folder, name);
      const found = await orNull(stat(path), 'ENOENT');
      if (found !== null && now - found.mtimeMs > STALE_AFTER_MS) await orNull(unlink(path), 'ENOENT');
    }
  }
}

/** The bytes of a regular file of a size that evidence has; `null` for anything else, which is never followed or waited for. */
async function readRegular(path: string): Promise<Uint8Array | null> {
  await using file = await open(path, READ);
  return isEvidence(await file.stat()) ? await file.readFile() : null;
}

function isEvidence(stats: Stats): boolean {
  return stats.isFile() && stats.size <= MAX_BYTES;
}

function readRegularSync(path: string): Uint8Array | null {
  const file = openSync(path, READ);
  try {
    return isEvidence(fstatSync(file)) ? readFileSync(file) : null;
  } finally {
    closeSync(file);
  }
}

/** A folder of which some names were looked at. */
interface EnteredFolder extends Pick<Names, 'special'> {
  readonly folder: string;
  readonly names: Iterator<string>;
  readonly isEmpty: boolean;
}

async function makeSynced(path: string, root: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: DIRECTORY_MODE });
  // Above the root only what was made here: the process may lack the right to open what lies higher.
  const top = first === undefined ? root.length + 1 : Math.min(first.length, root.length + 1);
  for (let made = path; made.length >= top; made = dirname(made)) await sync(dirname(made));
}

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  await using file = await open(path, 'wx', FILE_MODE);
  await file.writeFile(bytes);
  await file.sync();
}

/** `false` when the name is taken. */
async function linkOnce(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

async function sync(path: string): Promise<void> {
  await using directory = await open(path, 'r');
  await directory.sync();
}

async function orNull<T>(promise: Promise<T>, ...codes: readonly string[]): Promise<T | null> {
  try {
    return await promise;
  } catch (error) {
    if (codes.includes(codeOf(error) ?? '')) return null;
    throw error;
  }
}

async function guarded<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof EvidenceStoreError) throw cause;
    const code = codeOf(cause) ?? 'unknown error';
    const reason = reasonOf(code);
    const advice = reason === 'unreachable' ? '' : ' Check the path in `evidence`, and that the user that Tocsin runs as may write there.';
    throw new EvidenceStoreError(reason, `Cannot ${what}: ${code}.${advice}`, { cause });
  }
}

function reasonOf(code: string): EvidenceStoreError['reason'] {
  if (code === 'EACCES' || code === 'EPERM') return 'denied';
  if (['EROFS', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'ENOTDIR', 'EISDIR', 'ELOOP'].includes(code)) return 'misconfigured';
  return 'unreachable';
}

/** By its code alone: `instanceof Error` fails for errors of another realm. */
function codeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
