import { watch } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inBackground } from '../../domain/background.ts';
import type { Problem } from '../yaml.ts';
import { type Actions, loadRunbook, type Runbook } from './runbook.ts';

/** How long (ms) after a change a folder is read again: editors write in several steps. */
const SETTLE = 200;

/** The runbooks as they stand. Files are read again when they change; a file that became invalid keeps its last good version. */
export interface Catalogue {
  /** By id, `aureus/policy-engine-failure`. */
  get(id: string): Runbook | null;
  /** In the order of their ids; of one service when it is named. */
  list(service?: string): readonly Runbook[];
  /** What is wrong with files that could not be loaded. */
  problems(): readonly Problem[];
  reload(): Promise<void>;
  stop(): void;
}

export interface CatalogueOptions {
  /** Folders, the bot's own first; a later one replaces runbooks of the same id. */
  readonly folders: readonly string[];
  readonly actions: Actions;
  /** Told after each reading. */
  readonly onLoaded?: (runbooks: readonly Runbook[], problems: readonly Problem[]) => void;
  /** Read again when files change. */
  readonly watched?: boolean;
}

/** Opens the folders of runbooks. A folder that is not there is a problem, not an error. */
export async function openCatalogue({ folders, actions, onLoaded, watched = false }: CatalogueOptions): Promise<Catalogue> {
  let runbooks = new Map<string, Runbook>();
  let problems: readonly Problem[] = [];
  const lastGood = new Map<string, Runbook>();
  const stopping = new AbortController();

  async function reload(): Promise<void> {
    const found = new Map<string, Runbook>();
    const wrong: Problem[] = [];
    for (const folder of folders) {
      for (const file of await filesIn(folder, wrong)) {
        const loaded = loadRunbook(await readFile(file, 'utf8'), file, actions);
        if (loaded.ok) lastGood.set(file, loaded.runbook);
        else wrong.push(...loaded.problems);
        const runbook = loaded.ok ? loaded.runbook : lastGood.get(file);
        if (runbook !== undefined) found.set(runbook.id, runbook);
      }
    }
    runbooks = new Map([...found].sort(([left], [right]) => (left < right ? -1 : 1)));
    problems = wrong;
    onLoaded?.([...runbooks.values()], problems);
  }

  await reload();
  if (watched) for (const folder of folders) watchFolder(folder, stopping.signal, reload);
  return {
    get: (id) => runbooks.get(id) ?? null,
    list: (service) => [...runbooks.values()].filter((runbook) => service === undefined || runbook.service === service),
    problems: () => problems,
    reload,
    stop: () => stopping.abort(),
  };
}

async function filesIn(folder: string, wrong: Problem[]): Promise<string[]> {
  try {
    const names = await readdir(folder, { recursive: true });
    return names
      .filter((name) => /\.ya?ml$/.test(name))
      .sort()
      .map((name) => join(folder, name));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    wrong.push({ file: folder, line: null, column: null, key: '', message: `cannot be read (${code})` });
    return [];
  }
}

/** Calls back some time after the folder changed. Where watching is not possible, runbooks are read at the next start. */
function watchFolder(folder: string, signal: AbortSignal, changed: () => Promise<void>): void {
  let waiting = false;
  try {
    watch(folder, { recursive: true, signal, persistent: false }, () => {
      if (waiting) return;
      waiting = true;
      const settled = sleep(SETTLE, undefined, { ref: false }).then(() => {
        waiting = false;
        return signal.aborted ? undefined : changed();
      });
      inBackground(settled, () => undefined);
    }).on('error', () => undefined);
  } catch {
    return;
  }
}
