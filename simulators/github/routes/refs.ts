import { z } from 'zod';
import { of } from '../http/asked.ts';
import { ApiError, invalid } from '../http/error.ts';
import { bodyOf, type Call, type Route, route, textIn } from '../http/router.ts';
import { moveBranch } from '../world/pushes.ts';
import type { Repository } from '../world/state.ts';
import { apiUrl, nodeId } from './addresses.ts';
import { byName } from './commits.ts';

export const REF_ROUTES: readonly Route[] = [
  route('GET', '/repos/:owner/:repo/git/ref/*ref', 'contents=read', ({ repository, params }) => {
    const [branch, sha] = existing(repository, params['ref'] ?? '', 404);
    return { status: 200, json: refJson(repository, branch, sha) };
  }),
  route('GET', '/repos/:owner/:repo/git/matching-refs/*ref', 'contents=read', ({ repository, params }) => {
    const prefix = (params['ref'] ?? '').replace(/^heads\//, '');
    const found = [...repository.branches].filter(([name]) => name.startsWith(prefix)).sort(byName);
    return { status: 200, json: found.map(([name, sha]) => refJson(repository, name, sha)) };
  }),
  route('POST', '/repos/:owner/:repo/git/refs', 'contents=write', createRef, { body: { ref: z.string(), sha: z.string() } }),
  route('PATCH', '/repos/:owner/:repo/git/refs/*ref', 'contents=write', updateRef, { body: { sha: z.string(), force: of.flag() } }),
  route('DELETE', '/repos/:owner/:repo/git/refs/*ref', 'contents=write', (call) => {
    const [branch] = existing(call.repository, call.params['ref'] ?? '', 422);
    if (call.repository.protections.get(branch)?.flags.allow_deletions === false) throw invalid('Cannot delete this protected branch');
    moveBranch(call, call.repository, branch, null, call.grant.login);
    return { status: 204 };
  }),
];

/** A branch whose protection demands a pull request takes no commit by any other way. Everybody here is without privileges of an administrator. */
export function refuseProtected({ repository }: Call, branch: string, status: number): void {
  if (repository.protections.get(branch)?.reviews != null) throw new ApiError(status, 'Changes must be made through a pull request.');
}

function createRef(call: Call) {
  const { repository, grant } = call;
  const body = bodyOf(call);
  const branch = /^refs\/heads\/(.+)$/.exec(textIn(body, 'ref'))?.[1];
  const sha = textIn(body, 'sha');
  if (branch === undefined || /\.\.|[ ~^:?*[\\]|\/$|\.lock$/.test(branch))
    throw invalid('Reference name is not valid. It should begin with refs/heads/.');
  if (repository.git.commit(sha) === undefined) throw invalid('Object does not exist');
  if (repository.branches.has(branch)) throw invalid('Reference already exists');
  refuseWorkflows(call, sha);
  moveBranch(call, repository, branch, sha, grant.login);
  return { status: 201, json: refJson(repository, branch, sha) };
}

function updateRef(call: Call) {
  const { repository, params, grant } = call;
  const [branch, before] = existing(repository, params['ref'] ?? '', 422);
  const body = bodyOf(call);
  const sha = textIn(body, 'sha');
  if (repository.git.commit(sha) === undefined) throw invalid('Object does not exist');
  if (body['force'] !== true && repository.git.mergeBase(before, sha)?.sha !== before) throw invalid('Update is not a fast forward');
  refuseProtected(call, branch, 422);
  refuseWorkflows(call, sha);
  moveBranch(call, repository, branch, sha, grant.login);
  return { status: 200, json: refJson(repository, branch, sha) };
}

/** Whoever changes workflows needs the permission for it, as workflows can read secrets. */
function refuseWorkflows({ repository, grant }: Call, sha: string): void {
  if (grant.permissions['workflows'] === 'write') return;
  const commit = repository.git.commit(sha);
  const base = repository.git.mergeBase(sha, repository.branches.get(repository.defaultBranch) ?? '');
  const changed = commit === undefined ? [] : repository.git.diff(base?.tree ?? null, commit.tree);
  const workflow = changed.find(({ path }) => path.startsWith('.github/workflows/'));
  if (workflow === undefined) return;
  const who = grant.kind === 'installation' ? 'a GitHub App' : 'a Personal Access Token';
  throw new ApiError(403, `refusing to allow ${who} to create or update workflow \`${workflow.path}\` without \`workflows\` permission`, {
    headers: { 'x-accepted-github-permissions': 'contents=write,workflows=write' },
  });
}

function existing(repository: Repository, ref: string, status: 404 | 422): [branch: string, sha: string] {
  const branch = ref.replace(/^heads\//, '');
  const sha = ref.startsWith('heads/') ? repository.branches.get(branch) : undefined;
  if (sha === undefined) throw new ApiError(status, status === 404 ? 'Not Found' : 'Reference does not exist');
  return [branch, sha];
}

function refJson(repository: Repository, branch: string, sha: string) {
  return {
    ref: `refs/heads/${branch}`,
    node_id: nodeId('REF', branch),
    url: apiUrl(repository, `/git/refs/heads/${branch}`),
    object: { sha, type: 'commit', url: apiUrl(repository, `/git/commits/${sha}`) },
  };
}
