import type { FileChange, StoredCommit } from '../git/store.ts';
import { unified } from '../git/unified.ts';
import { changesOf, mergeability } from '../world/merging.ts';
import { type Account, accountBehind, accountOf, type Fork, type Pull, type Repository, type Review, type World } from '../world/state.ts';

/** Where the pages and the API of the real thing are: answers name them as GitHub does. */
export const WEB = 'https://github.com';
const API = 'https://api.github.com';

/** A time as GitHub writes it: UTC, whole seconds. */
export function time(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

export function nodeId(kind: string, id: number | string): string {
  return `${kind}_${Buffer.from(String(id)).toString('base64url')}`;
}

export function userJson({ id, login, type }: Account) {
  return { login, id, node_id: nodeId('U', id), type, site_admin: false, url: `${API}/users/${login}`, html_url: `${WEB}/${login}` };
}

export function fullName(repository: Repository): string {
  return `${repository.owner}/${repository.name}`;
}

export function apiUrl(repository: Repository, path: string): string {
  return `${API}/repos/${fullName(repository)}${path}`;
}

export function webUrl(repository: Repository, path: string): string {
  return `${WEB}/${fullName(repository)}${path}`;
}

export function repositoryJson(world: World, repository: Repository) {
  const { id, name, createdAt, archived, defaultBranch } = repository;
  return {
    id,
    node_id: nodeId('R', id),
    name,
    full_name: fullName(repository),
    private: true,
    visibility: 'private',
    owner: userJson(world.organization),
    html_url: webUrl(repository, ''),
    url: apiUrl(repository, ''),
    fork: false,
    archived,
    disabled: false,
    default_branch: defaultBranch,
    created_at: time(createdAt),
    pushed_at: time(world.now()),
  };
}

/** Where the head of a pull request or of a run is: in the repository itself, or in a fork of it. */
export function headRepositoryJson(world: World, repository: Repository, fork: Fork | null) {
  if (fork === null) return repositoryJson(world, repository);
  return { ...repositoryJson(world, { ...repository, ...fork, archived: false }), owner: userJson(accountOf(world, fork.owner)), fork: true };
}

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
      verification: { verified: false, reason: 'unsigned', signature: null, payload: null },
    },
    url: apiUrl(repository, `/commits/${sha}`),
    html_url: webUrl(repository, `/commit/${sha}`),
    author: known(author.email),
    committer: known(committer.email),
    parents: parents.map((parent) => ({
      sha: parent,
      url: apiUrl(repository, `/commits/${parent}`),
      html_url: webUrl(repository, `/commit/${parent}`),
    })),
  };
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
    url: apiUrl(repository, `/pulls/${number}`),
    html_url: webUrl(repository, `/pull/${number}`),
    created_at: time(createdAt),
    updated_at: time(updatedAt),
    closed_at: closedAt === null ? null : time(closedAt),
    merged_at: mergedAt === null ? null : time(mergedAt),
    merge_commit_sha: mergeSha,
    requested_reviewers: [...pull.requestedUsers].map((login) => userJson(accountOf(world, login))),
    requested_teams: [...pull.requestedTeams].flatMap((slug) => {
      const team = world.teams.get(slug);
      return team === undefined ? [] : [teamJson(team)];
    }),
    head: end(head, headSha, fork),
    base: end(base, repository.branches.get(base) ?? '', null),
    author_association: fork === null ? 'MEMBER' : 'NONE',
  };
  if (!full) return brief;
  const changes = changesOf(repository, pull);
  const open = state === 'open';
  const can = open ? mergeability(world, repository, pull) : null;
  return {
    ...brief,
    merged: mergedAt !== null,
    merged_by: mergedBy === null ? null : userJson(accountOf(world, mergedBy)),
    mergeable: can?.mergeable ?? null,
    mergeable_state: can?.state ?? 'unknown',
    commits: repository.git.between(repository.branches.get(base) ?? '', headSha).length,
    changed_files: changes.length,
    maintainer_can_modify: false,
  };
}

export function teamJson({ id, slug, name }: { readonly id: number; readonly slug: string; readonly name: string }) {
  return { id, node_id: nodeId('T', id), slug, name, privacy: 'closed', permission: 'push', parent: null };
}

export function reviewJson(world: World, repository: Repository, pull: Pull, { id, user, state, body, sha, at }: Review) {
  return {
    id,
    node_id: nodeId('PRR', id),
    user: userJson(accountOf(world, user)),
    body,
    state,
    commit_id: sha,
    submitted_at: time(at),
    html_url: webUrl(repository, `/pull/${pull.number}#pullrequestreview-${id}`),
    author_association: 'MEMBER',
  };
}
