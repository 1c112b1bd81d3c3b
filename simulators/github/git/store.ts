import { commitBytes, idOf, type NewCommit, type TreeEntry, treeBytes } from './objects.ts';

export interface StoredCommit extends NewCommit {
  readonly sha: string;
  /** Later ones have higher numbers: orders commits of the same second. */
  readonly order: number;
}

export interface FileEntry {
  readonly mode: TreeEntry['mode'];
  readonly sha: string;
}

export interface FileChange {
  readonly path: string;
  readonly before: FileEntry | null;
  readonly after: FileEntry | null;
}

/** Objects of one repository, by their true ids. */
export class GitStore {
  readonly #blobs = new Map<string, Buffer>();
  readonly #trees = new Map<string, readonly TreeEntry[]>();
  readonly #commits = new Map<string, StoredCommit>();
  readonly #files = new Map<string, ReadonlyMap<string, FileEntry>>();

  putBlob(bytes: Uint8Array): string {
    const sha = idOf('blob', bytes);
    this.#blobs.set(sha, Buffer.from(bytes));
    return sha;
  }

  putTree(entries: readonly TreeEntry[]): string {
    const sha = idOf('tree', treeBytes(entries));
    this.#trees.set(sha, entries);
    return sha;
  }

  putCommit(commit: NewCommit): StoredCommit {
    const sha = idOf('commit', commitBytes(commit));
    const known = this.#commits.get(sha);
    if (known !== undefined) return known;
    const whole = (at: number): number => Math.floor(at / 1000) * 1000;
    const stored: StoredCommit = {
      ...commit,
      author: { ...commit.author, at: whole(commit.author.at) },
      committer: { ...commit.committer, at: whole(commit.committer.at) },
      sha,
      order: this.#commits.size,
    };
    this.#commits.set(sha, stored);
    return stored;
  }

  blob(sha: string): Buffer | undefined {
    return this.#blobs.get(sha);
  }

  tree(sha: string): readonly TreeEntry[] | undefined {
    return this.#trees.get(sha);
  }

  commit(sha: string): StoredCommit | undefined {
    return this.#commits.get(sha);
  }

  /** By the whole id or by its beginning, as people write it. */
  resolve(sha: string): StoredCommit | undefined {
    if (!/^[0-9a-f]{4,40}$/.test(sha)) return undefined;
    return this.#commits.get(sha) ?? [...this.#commits.values()].find((commit) => commit.sha.startsWith(sha));
  }

  /** Every file below a tree, by its path. */
  files(tree: string): ReadonlyMap<string, FileEntry> {
    const known = this.#files.get(tree);
    if (known !== undefined) return known;
    const found = new Map<string, FileEntry>();
    for (const { mode, name, sha } of this.#trees.get(tree) ?? []) {
      if (mode === '40000') for (const [path, entry] of this.files(sha)) found.set(`${name}/${path}`, entry);
      else found.set(name, { mode, sha });
    }
    this.#files.set(tree, found);
    return found;
  }

  /** The tree that has exactly these files. */
  treeOf(files: ReadonlyMap<string, FileEntry>): string {
    const entries: TreeEntry[] = [];
    const folders = new Map<string, Map<string, FileEntry>>();
    for (const [path, entry] of files) {
      const slash = path.indexOf('/');
      if (slash === -1) {
        entries.push({ name: path, ...entry });
        continue;
      }
      const name = path.slice(0, slash);
      const folder = folders.get(name) ?? new Map<string, FileEntry>();
      folder.set(path.slice(slash + 1), entry);
      folders.set(name, folder);
    }
    for (const [name, inside] of folders) entries.push({ mode: '40000', name, sha: this.treeOf(inside) });
    return this.putTree(entries);
  }

  /** The tree with some files written or, by `null`, removed. */
  changed(tree: string, changes: Readonly<Record<string, string | Uint8Array | null>>): string {
    const files = new Map(this.files(tree));
    for (const [path, content] of Object.entries(changes)) {
      if (content === null) files.delete(path);
      else files.set(path, { mode: files.get(path)?.mode ?? '100644', sha: this.putBlob(Buffer.from(content as string)) });
    }
    return this.treeOf(files);
  }

  diff(before: string | null, after: string): FileChange[] {
    const old = before === null ? new Map<string, FileEntry>() : this.files(before);
    const young = this.files(after);
    const paths = [...new Set([...old.keys(), ...young.keys()])].sort();
    return paths.flatMap((path) => {
      const [one, other] = [old.get(path) ?? null, young.get(path) ?? null];
      return one?.sha === other?.sha && one?.mode === other?.mode ? [] : [{ path, before: one, after: other }];
    });
  }

  /** A commit and all before it, newest first. */
  log(sha: string): StoredCommit[] {
    const seen = new Map<string, StoredCommit>();
    const left = [sha];
    for (let at = left.pop(); at !== undefined; at = left.pop()) {
      const commit = this.#commits.get(at);
      if (commit === undefined || seen.has(at)) continue;
      seen.set(at, commit);
      left.push(...commit.parents);
    }
    return [...seen.values()].sort((one, other) => other.committer.at - one.committer.at || other.order - one.order);
  }

  /** Those that changed a file or what is below a folder; a merge only when it differs from all its parents. */
  touching(sha: string, path: string): StoredCommit[] {
    const at = (commit: StoredCommit): string =>
      [...this.files(commit.tree)]
        .filter(([name]) => name === path || name.startsWith(`${path}/`))
        .map(([name, entry]) => `${name} ${entry.sha}`)
        .join('\n');
    return this.log(sha).filter((commit) => {
      const here = at(commit);
      const before = commit.parents.map((parent) => this.#commits.get(parent)).filter((one) => one !== undefined);
      return before.length === 0 ? here !== '' : before.every((one) => at(one) !== here);
    });
  }

  /** The newest commit that both have. */
  mergeBase(one: string, other: string): StoredCommit | undefined {
    const theirs = new Set(this.log(other).map(({ sha }) => sha));
    return this.log(one).find(({ sha }) => theirs.has(sha));
  }

  /** Commits of `sha` that `without` does not have, newest first. */
  between(without: string, sha: string): StoredCommit[] {
    const known = new Set(this.log(without).map((commit) => commit.sha));
    return this.log(sha).filter((commit) => !known.has(commit.sha));
  }

  /** Merges `theirs` into `ours`, file by file; a file that both changed to different content is a conflict. */
  merge(ours: string, theirs: string): { readonly tree: string } | { readonly conflicts: readonly string[] } {
    const base = this.mergeBase(ours, theirs);
    const [mine, other] = [this.#commits.get(ours), this.#commits.get(theirs)];
    if (mine === undefined || other === undefined) throw new Error('A merge of commits that are not there.');
    const files = new Map(this.files(mine.tree));
    const changed = new Map(this.diff(base?.tree ?? null, mine.tree).map((change) => [change.path, change.after?.sha]));
    const conflicts: string[] = [];
    for (const { path, after } of this.diff(base?.tree ?? null, other.tree)) {
      if (changed.has(path) && changed.get(path) !== after?.sha) conflicts.push(path);
      else if (after === null) files.delete(path);
      else files.set(path, after);
    }
    return conflicts.length > 0 ? { conflicts } : { tree: this.treeOf(files) };
  }
}
