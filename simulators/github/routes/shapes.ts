import type { FileChange, StoredCommit } from '../git/store.ts';
import { unified } from '../git/unified.ts';
import { changesOf, mergeability } from '../world/merging.ts';
import { accountBehind, accountOf, type Fork, type Pull, type Repository, type Review, type World } from '../world/state.ts';
import { apiUrl, nodeId, time, webUrl } from './addresses.ts';
import { teamJson, teamSimpleJson, userJson } from './shapes-people.ts';
import { headRepositoryJson } from './shapes-repository.ts';

export function commitJson(world: World, repository: Repository, commit: StoredCommit) {
  const { sha, tree, parents, author, committer, message } = commit;
  const known = (email: string) => {
    const account = accountBehind(world, email);
    return account === null ? null : userJson(account);
  };
  const signed = ({ name, email, at }: StoredCommit['author']) => ({ name, email, date: time(at) });
  return {
    sha,
    node_id: nodeId('C', sha),
    commit: {
      author: signed(author),
      committer: signed(committer),
      message,
      tree: { sha: tree, url: apiUrl(repository, `/git/trees/${tree}`) },
      url: apiUrl(repository, `/git/commits/${sha}`),
      comment_count: 0,
      verification: { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null },
    },
    url: apiUrl(repository, `/commits/${sha}`),
    html_url: webUrl(repository, `/commit/${sha}`),
    comments_url: apiUrl(repository, `/commits/${sha}/comments`),
    author: known(author.email),
    committer: known(committer.email),
    parents: parents.map((parent) => ({
      sha: parent,
      url: apiUrl(repository, `/commits/${parent}`),
      html_url: webUrl(repository, `/commit/${parent}`),
    })),
  };
}

/** The git data routes show what git knows of a commit, and no accounts. */
export function gitCommitJson({ sha, node_id, url, html_url, parents, commit }: ReturnType<typeof commitJson>) {
  const { author, committer, message, tree, verification } = commit;
  return { sha, node_id, url, html_url, author, committer, message, tree, parents, verification };
}

export function fileJson(repository: Repository, { path, before, after }: FileChange, ref: string) {
  const text = (sha: string | undefined): string => (sha === undefined ? '' : (repository.git.blob(sha)?.toString('utf8') ?? ''));
  const { patch, additions, deletions } = unified(text(before?.sha), text(after?.sha));
  return {
    sha: after?.sha ?? before?.sha ?? '',
    filename: path,
    status: before === null ? 'added' : after === null ? 'removed' : 'modified',
    additions,
    deletions,
    changes: additions + deletions,
    blob_url: webUrl(repository, `/blob/${ref}/${path}`),
    raw_url: webUrl(repository, `/raw/${ref}/${path}`),
    contents_url: apiUrl(repository, `/contents/${path}?ref=${ref}`),
    ...(patch === '' ? {} : { patch }),
  };
}

export function pullJson(world: World, repository: Repository, pull: Pull, full: boolean) {
  const { id, number, title, body, author, state, draft, fork, head, headSha, base, createdAt, updatedAt, closedAt, mergedAt, mergedBy, mergeSha } =
    pull;
  const user = userJson(accountOf(world, author));
  const end = (ref: string, sha: string, of: Fork | null) => {
    const repo = headRepositoryJson(world, repository, of);
    return { label: `${repo.owner.login}:${ref}`, ref, sha, user: repo.owner, repo };
  };
  const teams = [...pull.requestedTeams].flatMap((slug) => world.teams.get(slug) ?? []);
  const links = pullLinks(repository, pull);
  const brief = {
    id,
    node_id: nodeId('PR', id),
    number,
    state,
    locked: false,
    title,
    user,
    body,
    draft,
    labels: [],
    milestone: null,
    active_lock_reason: null,
    assignee: null,
    assignees: [],
    auto_merge: null,
    ...Object.fromEntries(Object.entries(links).map(([name, address]) => [name === 'self' ? 'url' : `${name}_url`, address])),
    diff_url: webUrl(repository, `/pull/${number}.diff`),
    patch_url: webUrl(repository, `/pull/${number}.patch`),
    _links: Object.fromEntries(Object.entries(links).map(([name, href]) => [name, { href }])),
    created_at: time(createdAt),
    updated_at: time(updatedAt),
    closed_at: closedAt === null ? null : time(closedAt),
    merged_at: mergedAt === null ? null : time(mergedAt),
    merge_commit_sha: mergeSha,
    requested_reviewers: [...pull.requestedUsers].map((login) => userJson(accountOf(world, login))),
    requested_teams: teams.map((team) => teamJson(world, team)),
    head: end(head, headSha, fork),
    base: end(base, repository.branches.get(base) ?? '', null),
    author_association: fork === null ? 'MEMBER' : 'NONE',
  };
  if (!full) return brief;
  const files = changesOf(repository, pull).map((change) => fileJson(repository, change, headSha));
  const open = state === 'open';
  const can = open ? mergeability(world, repository, pull) : null;
  return {
    ...brief,
    requested_teams: teams.map((team) => teamSimpleJson(world, team)),
    merged: mergedAt !== null,
    merged_by: mergedBy === null ? null : userJson(accountOf(world, mergedBy)),
    mergeable: can?.mergeable ?? null,
    rebaseable: can?.mergeable ?? null,
    mergeable_state: can?.state ?? 'unknown',
    comments: 0,
    review_comments: 0,
    commits: repository.git.between(repository.branches.get(base) ?? '', headSha).length,
    additions: files.reduce((sum, { additions }) => sum + additions, 0),
    deletions: files.reduce((sum, { deletions }) => sum + deletions, 0),
    changed_files: files.length,
    maintainer_can_modify: false,
  };
}

/** Where to go from a pull request, by the names that `_links` has. */
function pullLinks(repository: Repository, { number, headSha }: Pull) {
  const self = apiUrl(repository, `/pulls/${number}`);
  return {
    self,
    html: webUrl(repository, `/pull/${number}`),
    issue: apiUrl(repository, `/issues/${number}`),
    comments: apiUrl(repository, `/issues/${number}/comments`),
    review_comments: `${self}/comments`,
    review_comment: apiUrl(repository, '/pulls/comments{/number}'),
    commits: `${self}/commits`,
    statuses: apiUrl(repository, `/statuses/${headSha}`),
  };
}

export function reviewJson(world: World, repository: Repository, pull: Pull, { id, user, state, body, sha, at }: Review) {
  const html = webUrl(repository, `/pull/${pull.number}#pullrequestreview-${id}`);
  const pullUrl = apiUrl(repository, `/pulls/${pull.number}`);
  return {
    id,
    node_id: nodeId('PRR', id),
    user: userJson(accountOf(world, user)),
    body,
    state,
    commit_id: sha,
    submitted_at: time(at),
    html_url: html,
    pull_request_url: pullUrl,
    _links: { html: { href: html }, pull_request: { href: pullUrl } },
    author_association: 'MEMBER',
  };
}
