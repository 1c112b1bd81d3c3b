import { z } from 'zod';
import type { TreeEntry } from '../git/objects.ts';
import { of } from '../http/asked.ts';
import { invalid, notFound } from '../http/error.ts';
import { bodyOf, type Call, listIn, type Route, route, textIn } from '../http/router.ts';
import { type Repository, signatureOf } from '../world/state.ts';
import { apiUrl, nodeId } from './addresses.ts';
import { commitAt } from './commits.ts';
import { commitJson, gitCommitJson } from './shapes.ts';

const MODES = ['100644', '100755', '120000', '160000', '040000'] as const;
const TREE_ENTRY = z.object({
  path: of.text(),
  mode: of.choice(...MODES),
  type: of.choice('blob', 'tree', 'commit'),
  sha: z.string().nullish(),
  content: of.text(),
});

export const GIT_DATA_ROUTES: readonly Route[] = [
  route('GET', '/repos/:owner/:repo/git/blobs/:sha', 'contents=read', ({ repository, params }) => {
    const sha = params['sha'] ?? '';
    const bytes = repository.git.blob(sha);
    if (bytes === undefined) throw notFound();
    const json = { sha, node_id: nodeId('B', sha), size: bytes.length, encoding: 'base64', content: bytes.toString('base64') };
    return { status: 200, json: { ...json, url: apiUrl(repository, `/git/blobs/${sha}`) } };
  }),
  route(
    'POST',
    '/repos/:owner/:repo/git/blobs',
    'contents=write',
    (call) => {
      const body = bodyOf(call);
      const encoding = body['encoding'] === 'base64' ? 'base64' : 'utf8';
      const sha = call.repository.git.putBlob(Buffer.from(textIn(body, 'content'), encoding));
      return { status: 201, json: { sha, url: apiUrl(call.repository, `/git/blobs/${sha}`) } };
    },
    { body: { content: z.string(), encoding: of.text() } },
  ),
  route('GET', '/repos/:owner/:repo/git/trees/:sha', 'contents=read', getTree, { query: { recursive: of.text() } }),
  route('POST', '/repos/:owner/:repo/git/trees', 'contents=write', createTree, { body: { tree: z.array(TREE_ENTRY), base_tree: of.text() } }),
  route('GET', '/repos/:owner/:repo/git/commits/:sha', 'contents=read', ({ world, repository, params }) => {
    const commit = repository.git.commit(params['sha'] ?? '');
    if (commit === undefined) throw notFound();
    return { status: 200, json: gitCommitJson(commitJson(world, repository, commit)) };
  }),
  route('POST', '/repos/:owner/:repo/git/commits', 'contents=write', createCommit, {
    body: { message: z.string(), tree: z.string(), parents: of.texts() },
    unplayed: ['author', 'committer', 'signature'],
  }),
];

function getTree({ repository, params, request }: Call) {
  const { git } = repository;
  const name = params['sha'] ?? '';
  const sha = git.tree(name) === undefined ? commitAt(repository, name)?.tree : name;
  if (sha === undefined) throw notFound();
  return { status: 200, json: treeJson(repository, sha, request.query.has('recursive')) };
}

function treeJson(repository: Repository, sha: string, recursive: boolean) {
  const { git } = repository;
  const walk = (tree: string, prefix: string): object[] =>
    (git.tree(tree) ?? []).flatMap((entry) => {
      const path = `${prefix}${entry.name}`;
      const folder = entry.mode === '40000';
      const shown = {
        path,
        mode: folder ? '040000' : entry.mode,
        type: folder ? 'tree' : 'blob',
        sha: entry.sha,
        ...(folder ? {} : { size: git.blob(entry.sha)?.length ?? 0 }),
        url: apiUrl(repository, `/git/${folder ? 'trees' : 'blobs'}/${entry.sha}`),
      };
      return [shown, ...(folder && recursive ? walk(entry.sha, `${path}/`) : [])];
    });
  return { sha, url: apiUrl(repository, `/git/trees/${sha}`), tree: walk(sha, ''), truncated: false };
}

function createTree(call: Call) {
  const { repository } = call;
  const { git } = repository;
  const body = bodyOf(call);
  const given = body['tree'];
  if (!Array.isArray(given)) throw invalid('Invalid request.\n\n"tree" wasn\'t supplied.');
  const base =
    typeof body['base_tree'] === 'string'
      ? git.tree(body['base_tree']) === undefined
        ? git.commit(body['base_tree'])?.tree
        : body['base_tree']
      : undefined;
  if (body['base_tree'] !== undefined && base === undefined) throw invalid('base_tree is not a valid tree');
  const files = new Map(base === undefined ? [] : git.files(base));
  for (const entry of given as Record<string, unknown>[]) {
    const { path, mode, sha, content } = entry;
    if (typeof path !== 'string' || path.startsWith('/') || path.includes('//')) throw invalid('tree.path is not valid');
    if (typeof mode !== 'string' || !MODES.some((one) => one === mode)) throw invalid('Must supply a valid tree.mode');
    if (sha === null) {
      if (!files.delete(path)) throw invalid('GitRPC::BadObjectState');
      continue;
    }
    const blob = typeof sha === 'string' ? sha : typeof content === 'string' ? git.putBlob(Buffer.from(content)) : undefined;
    if (blob === undefined || git.blob(blob) === undefined) throw invalid('tree.sha does not exist');
    files.set(path, { mode: mode as TreeEntry['mode'], sha: blob });
  }
  return { status: 201, json: treeJson(repository, git.treeOf(files), false) };
}

function createCommit(call: Call) {
  const { world, repository, grant } = call;
  const { git } = repository;
  const body = bodyOf(call);
  const tree = textIn(body, 'tree');
  if (git.tree(tree) === undefined) throw invalid('Tree SHA does not exist');
  const parents = listIn(body, 'parents');
  if (parents.some((sha) => git.commit(sha) === undefined)) throw invalid('Parent SHA does not exist or is not a commit object');
  const who = signatureOf(world, grant.login);
  const commit = git.putCommit({ tree, parents, author: who, committer: who, message: textIn(body, 'message') });
  return { status: 201, json: gitCommitJson(commitJson(world, repository, commit)) };
}
