import type { Problem } from '../../../lib/yaml.ts';
import { type Found, listFolder, readRunbook } from './folder.ts';
import { type Actions, type Loaded, loadRunbook, type Runbook, type Settings } from './runbook.ts';

/**
 * How often (ms) the folders are looked at. By looking, because notices of changes get lost: with a save by rename, a ConfigMap that is
 * swapped, a folder on the network.
 */
const LOOK_EVERY = 2_000;
/** After so many looks a folder that never comes to rest is read all the same. */
const MAX_UNREST = 5;

/** The runbooks as they stand. Files are read again when they change; a file that became invalid keeps its last good version. */
export interface Catalogue {
  /** By id, `aureus/policy-engine-failure`. */
  get(id: string): Runbook | null;
  /** In the order of their ids; of one service when it is named. */
  list(service?: string): readonly Runbook[];
  /** In the order in which their triggers are asked: those of a later folder first, so that one's own comes before a built-in one. */
  byTrigger(): readonly Runbook[];
  /** What is wrong with files that could not be loaded. */
  problems(): readonly Problem[];
  /**
   * Looks whether files have changed, and reads them again once they are as at the look before: whoever writes them is done then. Never
   * throws. Called by itself while the catalogue is watched.
   */
  look(): Promise<void>;
  stop(): void;
}

export interface CatalogueOptions {
  /** Folders, the bot's own first; a later one replaces runbooks of the same id. */
  readonly folders: readonly string[];
  readonly actions: Actions;
  /** What tocsin.yml sets for a service's runbooks. */
  readonly settings?: (service: string) => Settings;
  /** Told after each reading. */
  readonly onLoaded?: (runbooks: readonly Runbook[], problems: readonly Problem[]) => void;
  /** Read again when files change. */
  readonly watched?: boolean;
}

interface Seen {
  readonly files: readonly Found[];
  readonly unread: readonly { readonly path: string; readonly problem: string }[];
  /** Equal for two looks between which nothing has changed. */
  readonly stamp: string;
}

/** Opens the folders of runbooks. What cannot be read in them is a problem, not an error. */
export async function openCatalogue({ folders, actions, settings, onLoaded, watched = false }: CatalogueOptions): Promise<Catalogue> {
  let runbooks = new Map<string, Runbook>();
  let asked: readonly Runbook[] = [];
  let problems: readonly Problem[] = [];
  let lastGood = new Map<string, Runbook>();
  let loaded = '';
  let before = '';
  let unrest = 0;

  async function load(seen: Seen): Promise<void> {
    const good = new Map<string, Runbook>();
    const wrong: Problem[] = seen.unread.map(({ path, problem }) => wholeFile(path, problem));
    for (const { path, problem } of seen.files) {
      const found: Loaded = problem === null ? await loadFile(path, actions, settings) : { ok: false, problems: [wholeFile(path, problem)] };
      if (!found.ok) wrong.push(...found.problems);
      const runbook = found.ok ? found.runbook : lastGood.get(path);
      if (runbook !== undefined) good.set(path, runbook);
    }
    // What lies in a folder that cannot be read now is not gone.
    for (const [path, runbook] of lastGood)
      if (seen.unread.some((folder) => path.startsWith(`${folder.path}/`)) && !good.has(path)) good.set(path, runbook);
    lastGood = good;
    loaded = seen.stamp;
    ({ runbooks, asked } = inOrder(good, folders));
    problems = wrong;
    onLoaded?.([...runbooks.values()], problems);
  }

  async function look(): Promise<void> {
    const seen = await lookAt(folders);
    const still = seen.stamp === before;
    before = seen.stamp;
    unrest = still ? 0 : unrest + 1;
    if (seen.stamp === loaded || (!still && unrest < MAX_UNREST)) return;
    unrest = 0;
    await load(seen);
  }

  const first = await lookAt(folders);
  before = first.stamp;
  await load(first);
  const stop = watched ? repeat(look, LOOK_EVERY) : () => undefined;
  return {
    get: (id) => runbooks.get(id) ?? null,
    list: (service) => [...runbooks.values()].filter((runbook) => service === undefined || runbook.service === service),
    byTrigger: () => asked,
    problems: () => problems,
    look,
    stop,
  };
}

async function lookAt(folders: readonly string[]): Promise<Seen> {
  const listings = await Promise.all(folders.map(listFolder));
  const files = listings.flatMap((listing) => listing.files);
  const unread = listings.flatMap((listing) => listing.unread);
  const stamp = JSON.stringify([files.map(({ path, stamp: one }) => [path, one]), unread]);
  return { files, unread, stamp };
}

/** By id, in the order of ids, and as they are asked. Of two files with the same id the one of the later folder counts, and within a folder the later name. */
function inOrder(
  good: ReadonlyMap<string, Runbook>,
  folders: readonly string[],
): { readonly runbooks: Map<string, Runbook>; readonly asked: readonly Runbook[] } {
  const place = (path: string) => folders.findLastIndex((folder) => path.startsWith(folder));
  const ordered = [...good].sort(([one], [other]) => place(one) - place(other) || (one < other ? -1 : 1));
  const found = new Map(ordered.map(([, runbook]) => [runbook.id, runbook]));
  const runbooks = new Map([...found].sort(([left], [right]) => (left < right ? -1 : 1)));
  const places = new Map(ordered.map(([path, { id }]) => [id, place(path)]));
  const asked = [...runbooks.values()].sort((one, other) => (places.get(other.id) ?? 0) - (places.get(one.id) ?? 0));
  return { runbooks, asked };
}

/** Loads one file. Whatever it is and holds: never throws, so that the others are loaded too. */
export async function loadFile(path: string, actions: Actions, settings?: CatalogueOptions['settings']): Promise<Loaded> {
  const read = await readRunbook(path);
  if ('problem' in read) return { ok: false, problems: [wholeFile(path, read.problem)] };
  try {
    return loadRunbook(read.text, path, actions, settings);
  } catch (error) {
    return { ok: false, problems: [wholeFile(path, `cannot be understood: ${error instanceof Error ? error.message : String(error)}`)] };
  }
}

function wholeFile(file: string, message: string): Problem {
  return { file, line: null, column: null, key: '', message };
}

/** Calls `work` again and again, each time some while after the last was done. Returns what ends that. */
function repeat(work: () => Promise<void>, everyMs: number): () => void {
  let timer: NodeJS.Timeout;
  let ended = false;
  const next = () => {
    timer = setTimeout(() => {
      work()
        .catch(() => undefined)
        .finally(() => (ended ? undefined : next()));
    }, everyMs).unref();
  };
  next();
  return () => {
    ended = true;
    clearTimeout(timer);
  };
}
