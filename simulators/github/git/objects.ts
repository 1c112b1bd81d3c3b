import { createHash } from 'node:crypto';

export interface TreeEntry {
  readonly mode: '100644' | '100755' | '120000' | '40000' | '160000';
  readonly name: string;
  readonly sha: string;
}

/** `at` in ms since 1970; git keeps whole seconds. */
export interface Signature {
  readonly name: string;
  readonly email: string;
  readonly at: number;
}

export interface NewCommit {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Signature;
  readonly committer: Signature;
  readonly message: string;
}

/** The id that git gives an object: SHA-1 of its kind, its length and its bytes. */
export function idOf(kind: 'blob' | 'tree' | 'commit', bytes: Uint8Array): string {
  return createHash('sha1').update(`${kind} ${bytes.length}\0`).update(bytes).digest('hex');
}

/** A tree as git stores it: entries in the order of their names, a folder as if its name ended with a slash. */
export function treeBytes(entries: readonly TreeEntry[]): Buffer {
  const key = (entry: TreeEntry): Buffer => Buffer.from(entry.mode === '40000' ? `${entry.name}/` : entry.name);
  const sorted = [...entries].sort((one, other) => Buffer.compare(key(one), key(other)));
  return Buffer.concat(sorted.flatMap(({ mode, name, sha }) => [Buffer.from(`${mode} ${name}\0`), Buffer.from(sha, 'hex')]));
}

export function commitBytes({ tree, parents, author, committer, message }: NewCommit): Buffer {
  const signed = (who: Signature): string => `${who.name} <${who.email}> ${Math.floor(who.at / 1000)} +0000`;
  const lines = [`tree ${tree}`, ...parents.map((sha) => `parent ${sha}`), `author ${signed(author)}`, `committer ${signed(committer)}`];
  return Buffer.from(`${lines.join('\n')}\n\n${message}`);
}
