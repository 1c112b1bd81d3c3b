import { z } from 'zod';
import { type GitHub, GitHubError, type NewCommit, type TreeFile } from '../../ports/github.ts';
import type { Requests } from './client.ts';
import { anything, branchShape, commitShape, fileShape } from './shapes.ts';

const REPO = '/repos/{owner}/{repo}';
const MOST_BRANCHES = 200;
/** As many files as GitHub puts into one comparison. */
const MOST_FILES = 300;

const comparison = z.object({
  status: z.enum(['identical', 'ahead', 'behind', 'diverged']),
  ahead_by: z.number().int(),
  behind_by: z.number().int(),
  merge_base_commit: z.object({ sha: z.string() }),
  commits: z.array(commitShape),
  files: z.array(fileShape).default([]),
});
const contents = z.union([
  z.array(z.unknown()),
  z.object({ type: z.string(), sha: z.string(), encoding: z.string().optional(), content: z.string().optional() }),
]);
const blob = z.object({ content: z.string() });
const tree = z.object({
  tree: z.array(z.object({ path: z.string(), mode: z.string(), type: z.string(), sha: z.string() })),
  truncated: z.boolean().default(false),
});
const withSha = z.object({ sha: z.string() });
const gitCommit = z.object({ tree: withSha });

type Contents = Pick<
  GitHub,
  'branch' | 'branches' | 'commit' | 'commitFiles' | 'commits' | 'compare' | 'file' | 'tree' | 'createCommit' | 'createBranch' | 'deleteBranch'
>;

/** Branches, commits and files. */
export function contentsOf({ ask, find, list }: Requests): Contents {
  async function treeAt(ref: string): Promise<{ readonly files: readonly TreeFile[]; readonly cut: boolean }> {
    const answer = await ask(`list the files of ${short(ref)}`, tree, `GET ${REPO}/git/trees/{ref}`, { ref, recursive: '1' });
    const files = answer.tree.filter(({ type }) => type === 'blob').map(({ path, mode, sha }) => ({ path, mode, blob: sha }));
    return { files, cut: answer.truncated };
  }

  return {
    branch: (name) => find(`read the branch ${name}`, branchShape, `GET ${REPO}/branches/{branch}`, { branch: name }),
    branches: (limit = MOST_BRANCHES) => list('list the branches', branchShape, `GET ${REPO}/branches`, limit),
    // An id that no commit has is answered by 422.
    commit: (ref) => unlessUnknown(find(`read the commit ${short(ref)}`, commitShape, `GET ${REPO}/commits/{ref}`, { ref })),
    async commitFiles(sha) {
      const shape = z.object({ files: z.array(fileShape).default([]) });
      return (await ask(`read the commit ${short(sha)}`, shape, `GET ${REPO}/commits/{ref}`, { ref: sha })).files;
    },
    commits: ({ ref, path, limit }) =>
      list(`list the commits of ${short(ref)}`, commitShape, `GET ${REPO}/commits`, limit, { sha: ref, ...(path === undefined ? {} : { path }) }),
    async compare(base, head) {
      const what = `compare ${short(base)} with ${short(head)}`;
      const found = await find(what, comparison, `GET ${REPO}/compare/{basehead}`, { basehead: `${base}...${head}` });
      if (found === null) return null;
      return {
        status: found.status,
        ahead: found.ahead_by,
        behind: found.behind_by,
        mergeBase: found.merge_base_commit.sha,
        commits: found.commits,
        files: found.files,
        filesCut: found.files.length >= MOST_FILES,
      };
    },
    async file(path, ref) {
      const found = await find(`read ${path}`, contents, `GET ${REPO}/contents/{+path}`, { path: encoded(path), ref });
      if (found === null || Array.isArray(found)) return null;
      const { sha, encoding, content = '' } = found;
      // Over 1 MB the content is not in the answer.
      const text = encoding === 'base64' ? content : (await ask(`read ${path}`, blob, `GET ${REPO}/git/blobs/{sha}`, { sha })).content;
      return { path, blob: sha, bytes: Buffer.from(text, 'base64') };
    },
    tree: treeAt,
    async createCommit({ parent, message, files }) {
      const { tree: base } = await ask(`read the commit ${short(parent)}`, gitCommit, `GET ${REPO}/git/commits/{sha}`, { sha: parent });
      const modes = new Map((await treeAt(base.sha)).files.map((one) => [one.path, one.mode]));
      const made = await ask('write files', withSha, `POST ${REPO}/git/trees`, { base_tree: base.sha, tree: entriesOf(files, modes) });
      return (await ask('make a commit', withSha, `POST ${REPO}/git/commits`, { tree: made.sha, parents: [parent], message })).sha;
    },
    async createBranch(name, sha) {
      await ask(`make the branch ${name}`, anything, `POST ${REPO}/git/refs`, { ref: `refs/heads/${name}`, sha });
    },
    async deleteBranch(name) {
      try {
        await ask(`delete the branch ${name}`, anything, `DELETE ${REPO}/git/refs/{+ref}`, { ref: encoded(`heads/${name}`) });
      } catch (error) {
        if (error instanceof GitHubError && (error.reason === 'not-found' || /Reference does not exist/.test(error.message))) return;
        throw error;
      }
    },
  };
}

/** `mode` of a file that was there stays: an executable remains one. */
function entriesOf(files: NewCommit['files'], modes: ReadonlyMap<string, string>): object[] {
  return Object.entries(files).flatMap(([path, content]): object[] => {
    const mode = modes.get(path) ?? '100644';
    if (content === null) return modes.has(path) ? [{ path, mode, type: 'blob', sha: null }] : [];
    return [{ path, mode, type: 'blob', ...(typeof content === 'string' ? { content } : { sha: content.blob }) }];
  });
}

async function unlessUnknown<T>(found: Promise<T | null>): Promise<T | null> {
  try {
    return await found;
  } catch (error) {
    if (error instanceof GitHubError && error.reason === 'conflict' && error.status === 422) return null;
    throw error;
  }
}

/** Slashes stay, all else is encoded. */
function encoded(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

function short(ref: string): string {
  return /^[0-9a-f]{40}$/.test(ref) ? ref.slice(0, 7) : ref;
}
