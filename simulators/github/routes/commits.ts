import type { StoredCommit } from '../git/store.ts';
import { of, PAGED } from '../http/asked.ts';
import { invalid, notFound } from '../http/error.ts';
import { type Call, page, type Route, route } from '../http/router.ts';
import type { Protection } from '../world/protection.ts';
import type { Repository } from '../world/state.ts';
import { apiUrl, webUrl } from './addresses.ts';
import { commitJson, fileJson } from './shapes.ts';
import { fullRepositoryJson } from './shapes-repository.ts';

/** A commit by branch, full ref or id. */
export function commitAt(repository: Repository, ref: string): StoredCommit | undefined {
  const branch = repository.branches.get(ref.replace(/^refs\//, '').replace(/^heads\//, '')) ?? repository.branches.get(ref);
  return repository.git.resolve(branch ?? ref);
}

/** @throws ApiError 422 as the API answers for a ref that is none */
export function commitOf(repository: Repository, ref: string): StoredCommit {
  const commit = commitAt(repository, ref);
  if (commit === undefined) throw invalid(`No commit found for SHA: ${ref}`);
  return commit;
}

export const COMMIT_ROUTES: readonly Route[] = [
  route('GET', '/repos/:owner/:repo', 'metadata=read', (call) => ({
    status: 200,
    json: fullRepositoryJson(call.world, call.repository),
  })),
  route('GET', '/repos/:owner/:repo/branches', 'contents=read', (call) => page(call, branches(call.repository)), {
    query: PAGED,
    unplayed: ['protected'],
  }),
  route('GET', '/repos/:owner/:repo/branches/:branch', 'contents=read', getBranch),
  route('GET', '/repos/:owner/:repo/commits', 'contents=read', listCommits, {
    query: { ...PAGED, sha: of.text(), path: of.text(), since: of.time(), until: of.time() },
    unplayed: ['author', 'committer'],
  }),
  route('GET', '/repos/:owner/:repo/commits/:ref', 'contents=read', getCommit, { unplayed: ['page', 'per_page'] }),
  route('GET', '/repos/:owner/:repo/compare/:basehead', 'contents=read', compare, { unplayed: ['page', 'per_page'] }),
];

function branches(repository: Repository): object[] {
  return [...repository.branches].sort(byName).map(([name, sha]) => ({
    name,
    commit: { sha, url: apiUrl(repository, `/commits/${sha}`) },
    protected: repository.protections.has(name),
  }));
}

/** Branches in the order of their names. */
export function byName([one]: readonly [string, string], [other]: readonly [string, string]): number {
  return one < other ? -1 : 1;
}

function getBranch({ world, repository, params }: Call) {
  const name = params['branch'] ?? '';
  const commit = repository.git.commit(repository.branches.get(name) ?? '');
  if (commit === undefined) throw notFound('Branch not found');
  const protection = repository.protections.get(name);
  const self = apiUrl(repository, `/branches/${name}`);
  return {
    status: 200,
    json: {
      name,
      commit: commitJson(world, repository, commit),
      _links: { self, html: webUrl(repository, `/tree/${name}`) },
      protected: protection !== undefined,
      protection: briefProtection(protection),
      protection_url: `${self}/protection`,
    },
  };
}

/** What everybody who may read a branch is told of its protection. */
function briefProtection(protection: Protection | undefined) {
  const checks = (protection?.checks?.checks ?? []).map(({ context, app_id }) => ({ context, app_id }));
  const level = checks.length === 0 ? 'off' : protection?.enforceAdmins === true ? 'everyone' : 'non_admins';
  return {
    enabled: protection !== undefined,
    required_status_checks: { enforcement_level: level, contexts: checks.map(({ context }) => context), checks },
  };
}

function listCommits(call: Call) {
  const { world, repository, request } = call;
  const from = request.query.get('sha') ?? repository.defaultBranch;
  const commit = commitAt(repository, from);
  if (commit === undefined) throw notFound();
  const path = request.query.get('path');
  const until = Date.parse(request.query.get('until') ?? '');
  const since = Date.parse(request.query.get('since') ?? '');
  const all = path === null || path === '' ? repository.git.log(commit.sha) : repository.git.touching(commit.sha, path.replace(/^\/|\/$/g, ''));
  const shown = all.filter(({ committer }) => !(committer.at > until) && !(committer.at < since));
  return page(
    call,
    shown.map((one) => commitJson(world, repository, one)),
  );
}

function getCommit({ world, repository, params }: Call) {
  const commit = commitOf(repository, params['ref'] ?? '');
  const before = repository.git.commit(commit.parents[0] ?? '');
  const files = repository.git.diff(before?.tree ?? null, commit.tree).map((change) => fileJson(repository, change, commit.sha));
  const sum = (field: 'additions' | 'deletions'): number => files.reduce((total, file) => total + file[field], 0);
  const stats = { total: sum('additions') + sum('deletions'), additions: sum('additions'), deletions: sum('deletions') };
  return { status: 200, json: { ...commitJson(world, repository, commit), stats, files } };
}

/** Three dots: what the head has done since both parted. */
function compare({ world, repository, params }: Call) {
  const [baseName = '', headName = ''] = (params['basehead'] ?? '').split('...');
  const [base, head] = [commitAt(repository, baseName), commitAt(repository, headName)];
  const { git } = repository;
  const shared = base === undefined || head === undefined ? undefined : git.mergeBase(base.sha, head.sha);
  if (base === undefined || head === undefined || shared === undefined) throw notFound();
  const commits = git.between(base.sha, head.sha).toReversed();
  const behind = git.between(head.sha, base.sha).length;
  const ahead = commits.length;
  return {
    status: 200,
    json: {
      url: apiUrl(repository, `/compare/${base.sha}...${head.sha}`),
      html_url: webUrl(repository, `/compare/${base.sha}...${head.sha}`),
      permalink_url: webUrl(repository, `/compare/${repository.owner}:${base.sha.slice(0, 7)}...${repository.owner}:${head.sha.slice(0, 7)}`),
      diff_url: webUrl(repository, `/compare/${base.sha}...${head.sha}.diff`),
      patch_url: webUrl(repository, `/compare/${base.sha}...${head.sha}.patch`),
      base_commit: commitJson(world, repository, base),
      merge_base_commit: commitJson(world, repository, shared),
      status: ahead === 0 ? (behind === 0 ? 'identical' : 'behind') : behind === 0 ? 'ahead' : 'diverged',
      ahead_by: ahead,
      behind_by: behind,
      total_commits: ahead,
      commits: commits.slice(0, 250).map((one) => commitJson(world, repository, one)),
      files: git
        .diff(shared.tree, head.tree)
        .slice(0, 300)
        .map((change) => fileJson(repository, change, head.sha)),
    },
  };
}
