import { z } from 'zod';
import { of } from '../http/asked.ts';
import { ApiError, invalid, notFound } from '../http/error.ts';
import { bodyOf, type Call, type Route, route, textIn } from '../http/router.ts';
import { moveBranch } from '../world/pushes.ts';
import { signatureOf } from '../world/state.ts';
import { apiUrl, webUrl } from './addresses.ts';
import { commitAt } from './commits.ts';
import { refuseProtected } from './refs.ts';
import { commitJson, gitCommitJson } from './shapes.ts';

export const CONTENT_ROUTES: readonly Route[] = [
  route('GET', '/repos/:owner/:repo/contents/*path', 'contents=read', getContents, { query: { ref: of.text() } }),
  route('PUT', '/repos/:owner/:repo/contents/*path', 'contents=write', putContents, {
    body: { message: z.string(), content: z.string(), sha: of.text(), branch: of.text() },
    unplayed: ['committer', 'author'],
  }),
];

/** More of a file is not in the answer. */
const MAX_INLINE = 1024 * 1024;

function getContents({ repository, params, request }: Call) {
  const path = (params['path'] ?? '').replace(/^\/|\/$/g, '');
  const ref = request.query.get('ref') ?? repository.defaultBranch;
  const commit = commitAt(repository, ref);
  if (commit === undefined) throw notFound(`No commit found for the ref ${ref}`);
  const files = repository.git.files(commit.tree);
  const entry = files.get(path);
  if (entry !== undefined) {
    const bytes = repository.git.blob(entry.sha) ?? Buffer.alloc(0);
    const small = bytes.length <= MAX_INLINE;
    const content = small ? bytes.toString('base64').replace(/(.{60})/g, '$1\n') : '';
    return {
      status: 200,
      json: { ...describe(repository, path, entry.sha, bytes.length, ref), encoding: small ? 'base64' : 'none', content },
    };
  }
  const inside = [...files].filter(([name]) => name.startsWith(`${path}/`));
  if (inside.length === 0) throw notFound();
  const names = [...new Set(inside.map(([name]) => name.slice(path.length + 1).split('/')[0] ?? ''))].sort();
  return {
    status: 200,
    json: names.map((name) => {
      const file = files.get(`${path}/${name}`);
      const size = file === undefined ? 0 : (repository.git.blob(file.sha)?.length ?? 0);
      return describe(repository, `${path}/${name}`, file?.sha ?? '', size, ref, file === undefined ? 'dir' : 'file');
    }),
  };
}

function describe(repository: Call['repository'], path: string, sha: string, size: number, ref: string, type: 'file' | 'dir' = 'file') {
  const self = apiUrl(repository, `/contents/${path}?ref=${ref}`);
  const folder = type === 'dir';
  const html = webUrl(repository, `/${folder ? 'tree' : 'blob'}/${ref}/${path}`);
  const git = apiUrl(repository, `/git/${folder ? 'trees' : 'blobs'}/${sha}`);
  const raw = `https://raw.githubusercontent.com/${repository.owner}/${repository.name}/${ref}/${path}`;
  return {
    name: path.split('/').at(-1) ?? path,
    path,
    sha,
    size,
    type,
    url: self,
    html_url: html,
    git_url: git,
    download_url: folder ? null : raw,
    _links: { self, git, html },
  };
}

function putContents(call: Call) {
  const { world, repository, params, grant } = call;
  const body = bodyOf(call);
  const path = params['path'] ?? '';
  const message = textIn(body, 'message');
  const content = Buffer.from(textIn(body, 'content'), 'base64');
  const branch = typeof body['branch'] === 'string' ? body['branch'] : repository.defaultBranch;
  const head = repository.branches.get(branch);
  const parent = head === undefined ? undefined : repository.git.commit(head);
  if (parent === undefined) throw notFound(`Branch ${branch} not found`);
  const known = repository.git.files(parent.tree).get(path);
  if (known !== undefined && body['sha'] === undefined) throw invalid('Invalid request.\n\n"sha" wasn\'t supplied.');
  if (known?.sha !== body['sha']) throw new ApiError(409, `${path} does not match ${String(body['sha'])}`);
  refuseProtected(call, branch, 409);
  const who = signatureOf(world, grant.login);
  const tree = repository.git.changed(parent.tree, { [path]: content });
  const commit = repository.git.putCommit({ tree, parents: [parent.sha], author: who, committer: who, message });
  moveBranch(call, repository, branch, commit.sha, grant.login);
  const sha = repository.git.files(tree).get(path)?.sha ?? '';
  return {
    status: known === undefined ? 201 : 200,
    json: { content: describe(repository, path, sha, content.length, branch), commit: gitCommitJson(commitJson(world, repository, commit)) },
  };
}
