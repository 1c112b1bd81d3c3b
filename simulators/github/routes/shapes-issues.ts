import { accountOf, type Issue, type Repository, type World } from '../world/state.ts';
import { apiUrl, nodeId, time, webUrl } from './addresses.ts';
import { userJson } from './shapes-people.ts';

export function issueJson(world: World, repository: Repository, issue: Issue) {
  const { id, number, title, body, author, labels, assignees, state, stateReason, createdAt, updatedAt, closedAt, closedBy } = issue;
  const self = apiUrl(repository, `/issues/${number}`);
  const people = assignees.map((login) => userJson(accountOf(world, login)));
  return {
    id,
    node_id: nodeId('I', id),
    url: self,
    repository_url: apiUrl(repository, ''),
    labels_url: `${self}/labels{/name}`,
    comments_url: `${self}/comments`,
    events_url: `${self}/events`,
    html_url: webUrl(repository, `/issues/${number}`),
    number,
    state,
    state_reason: stateReason,
    title,
    body,
    user: userJson(accountOf(world, author)),
    labels: labels.map((name, i) => ({
      id: id + i + 1,
      node_id: nodeId('LA', name),
      url: apiUrl(repository, `/labels/${encodeURIComponent(name)}`),
      name,
      description: null,
      color: 'ededed',
      default: false,
    })),
    assignee: people[0] ?? null,
    assignees: people,
    milestone: null,
    locked: false,
    active_lock_reason: null,
    comments: 0,
    closed_at: closedAt === null ? null : time(closedAt),
    created_at: time(createdAt),
    updated_at: time(updatedAt),
    closed_by: closedBy === null ? null : userJson(accountOf(world, closedBy)),
    author_association: 'MEMBER',
  };
}

export function issueEventJson(world: World, repository: Repository, { id, event, actor, at }: Issue['events'][number]) {
  return {
    id,
    node_id: nodeId('IE', id),
    url: apiUrl(repository, `/issues/events/${id}`),
    actor: userJson(accountOf(world, actor)),
    event,
    commit_id: null,
    commit_url: null,
    created_at: time(at),
    state_reason: null,
    performed_via_github_app: null,
  };
}
