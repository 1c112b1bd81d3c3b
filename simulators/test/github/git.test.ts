import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { GitStore } from '../../github/git/store.ts';
import { unified } from '../../github/git/unified.ts';

const who = { name: 'Grace', email: 'grace@example.org', at: 1_760_874_898_000 };

describe('objects have the ids that git gives them', () => {
  // By `git hash-object`, `git write-tree` and `git commit-tree`.
  test('blobs and trees', () => {
    const git = new GitStore();
    expect(git.putBlob(Buffer.from('hello\n'))).toBe('ce013625030ba8dba906f756967f9e9ca394464a');
    expect(git.putTree([])).toBe('4b825dc642cb6eb9a060e54bf8d69288fbee4904');
    expect(git.changed(git.putTree([]), { 'a/b.txt': 'hello\n' })).toBe('4b378868f9def8dfbfa9494e931d7367e276bb3a');
  });

  test('a folder is sorted as if its name ended with a slash', () => {
    const git = new GitStore();
    expect(git.changed(git.putTree([]), { 'a/x': '1\n', 'a.b': '2\n', 'a-b': '3\n' })).toBe('1c50380efeb03211c69ac925a84e31cf5ab3e11d');
  });

  test('commits', () => {
    const git = new GitStore();
    const tree = git.changed(git.putTree([]), { 'a/b.txt': 'hello\n' });
    expect(git.putCommit({ tree, parents: [], author: who, committer: who, message: 'first\n' }).sha).toBe(
      '681ff91fe6b85be12f64cf93b957a53dd607e6fc',
    );
  });
});

const path = fc.stringMatching(/^[a-c]{1,2}(\/[a-c]{1,2}){0,2}$/);
const tree = fc.dictionary(path, fc.constantFrom('1\n', '2\n', '3\n')).filter((files) => {
  const names = Object.keys(files);
  return !names.some((one) => names.some((other) => other.startsWith(`${one}/`)));
});

describe('trees', () => {
  test('hold exactly the files that were put', () => {
    fc.assert(
      fc.property(tree, (files) => {
        const git = new GitStore();
        const made = git.files(git.changed(git.putTree([]), files));
        expect(Object.fromEntries([...made].map(([name, { sha }]) => [name, git.blob(sha)?.toString()]))).toEqual(files);
      }),
    );
  });

  test('the difference between two leads from one to the other', () => {
    fc.assert(
      fc.property(tree, tree, (before, after) => {
        const git = new GitStore();
        const [one, other] = [git.changed(git.putTree([]), before), git.changed(git.putTree([]), after)];
        const changes = Object.fromEntries(
          git.diff(one, other).map((change) => [change.path, change.after === null ? null : (git.blob(change.after.sha) ?? null)]),
        );
        expect(git.changed(one, changes)).toBe(other);
        expect(git.diff(other, other)).toEqual([]);
      }),
    );
  });
});

/** Applies hunks as `patch` does. */
function patched(before: string, patch: string): string {
  const lines = before === '' ? [] : before.replace(/\n$/, '').split('\n');
  const out: string[] = [];
  let at = 0;
  for (const line of patch === '' ? [] : patch.split('\n')) {
    const start = /^@@ -(\d+)(?:,(\d+))? /.exec(line);
    if (start !== null) {
      const from = Number(start[1]) - (start[2] === '0' ? 0 : 1);
      while (at < from) out.push(lines[at++] ?? '');
    } else if (line.startsWith('+')) out.push(line.slice(1));
    else {
      expect(lines[at]).toBe(line.slice(1));
      if (line.startsWith(' ')) out.push(lines[at] ?? '');
      at += 1;
    }
  }
  const all = [...out, ...lines.slice(at)];
  return all.length === 0 ? '' : `${all.join('\n')}\n`;
}

const text = fc.array(fc.constantFrom('a', 'b', 'c', ''), { minLength: 1, maxLength: 30 }).map((lines) => `${lines.join('\n')}\n`);

test('a unified diff applied to the one gives the other', () => {
  fc.assert(fc.property(text, text, (before, after) => expect(patched(before, unified(before, after).patch)).toBe(after)));
});
