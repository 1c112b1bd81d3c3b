import { accountOf, type Fork, type Repository, type World } from '../world/state.ts';
import { apiUrl, fullName, nodeId, time, webUrl } from './addresses.ts';
import { userJson } from './shapes-people.ts';

/** What follows a repository's own address, by the member that has it. */
const ADDRESSES: Readonly<Record<string, string>> = {
  archive_url: '/{archive_format}{/ref}',
  assignees_url: '/assignees{/user}',
  blobs_url: '/git/blobs{/sha}',
  branches_url: '/branches{/branch}',
  collaborators_url: '/collaborators{/collaborator}',
  comments_url: '/comments{/number}',
  commits_url: '/commits{/sha}',
  compare_url: '/compare/{base}...{head}',
  contents_url: '/contents/{+path}',
  contributors_url: '/contributors',
  deployments_url: '/deployments',
  downloads_url: '/downloads',
  events_url: '/events',
  forks_url: '/forks',
  git_commits_url: '/git/commits{/sha}',
  git_refs_url: '/git/refs{/sha}',
  git_tags_url: '/git/tags{/sha}',
  hooks_url: '/hooks',
  issue_comment_url: '/issues/comments{/number}',
  issue_events_url: '/issues/events{/number}',
  issues_url: '/issues{/number}',
  keys_url: '/keys{/key_id}',
  labels_url: '/labels{/name}',
  languages_url: '/languages',
  merges_url: '/merges',
  milestones_url: '/milestones{/number}',
  notifications_url: '/notifications{?since,all,participating}',
  pulls_url: '/pulls{/number}',
  releases_url: '/releases{/id}',
  stargazers_url: '/stargazers',
  statuses_url: '/statuses/{sha}',
  subscribers_url: '/subscribers',
  subscription_url: '/subscription',
  tags_url: '/tags',
  teams_url: '/teams',
  trees_url: '/git/trees{/sha}',
};

/** A repository as answers about something else name it. */
export function repositoryJson(world: World, repository: Repository) {
  const { id, name, createdAt, archived, defaultBranch, pulls, forks, issues, hasIssues } = repository;
  const open = [...pulls, ...issues].filter(({ state }) => state === 'open').length;
  return {
    id,
    node_id: nodeId('R', id),
    name,
    full_name: fullName(repository),
    private: true,
    owner: userJson(world.organization),
    html_url: webUrl(repository, ''),
    description: null,
    fork: false,
    url: apiUrl(repository, ''),
    ...Object.fromEntries(Object.entries(ADDRESSES).map(([member, path]) => [member, apiUrl(repository, path)])),
    git_url: `git://github.com/${fullName(repository)}.git`,
    ssh_url: `git@github.com:${fullName(repository)}.git`,
    clone_url: webUrl(repository, '.git'),
    svn_url: webUrl(repository, ''),
    mirror_url: null,
    homepage: null,
    language: null,
    license: null,
    size: 0,
    forks: forks.size,
    forks_count: forks.size,
    stargazers_count: 0,
    watchers: 0,
    watchers_count: 0,
    open_issues: open,
    open_issues_count: open,
    has_issues: hasIssues,
    has_projects: true,
    has_wiki: true,
    has_pages: false,
    has_downloads: true,
    has_discussions: false,
    archived,
    disabled: false,
    visibility: 'private',
    default_branch: defaultBranch,
    created_at: time(createdAt),
    updated_at: time(createdAt),
    pushed_at: time(world.now()),
  };
}

/** A repository that was asked for itself. */
export function fullRepositoryJson(world: World, repository: Repository) {
  return {
    ...repositoryJson(world, repository),
    network_count: repository.forks.size,
    subscribers_count: 0,
    organization: userJson(world.organization),
    permissions: { admin: true, maintain: true, push: true, triage: true, pull: true },
  };
}

/** Where the head of a pull request or of a run is: in the repository itself, or in a fork of it. */
export function headRepositoryJson(world: World, repository: Repository, fork: Fork | null) {
  if (fork === null) return repositoryJson(world, repository);
  return { ...repositoryJson(world, { ...repository, ...fork, archived: false }), owner: userJson(accountOf(world, fork.owner)), fork: true };
}
