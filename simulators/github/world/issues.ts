import { issueJson } from '../routes/shapes-issues.ts';
import type { Issue, Repository, World } from './state.ts';

export interface NewIssue {
  readonly title: string;
  readonly body: string | null;
  readonly labels: readonly string[];
  readonly assignees: readonly string[];
  readonly author: string;
}

/** The next number of a repository: issues and pull requests are counted together. */
export function nextNumber({ pulls, issues, deletedIssues }: Pick<Repository, 'pulls' | 'issues' | 'deletedIssues'>): number {
  return Math.max(0, ...deletedIssues, ...[...pulls, ...issues].map(({ number }) => number)) + 1;
}

export function openIssue(world: World, repository: Repository, { title, body, labels, assignees, author }: NewIssue): Issue {
  const now = world.now();
  const issue: Issue = {
    id: world.nextId(),
    number: nextNumber(repository),
    title,
    body,
    author,
    labels,
    assignees,
    state: 'open',
    stateReason: null,
    createdAt: now,
    updatedAt: now,
    closedAt: null,
    closedBy: null,
    events: [],
  };
  repository.issues.push(issue);
  tell(world, repository, issue, 'opened', author);
  return issue;
}

/** Closes or reopens it; as it is already, it stays. */
export function setIssue(world: World, repository: Repository, issue: Issue, state: Issue['state'], reason: string | null, actor: string): void {
  if (issue.state === state) return;
  const now = world.now();
  const isClosed = state === 'closed';
  Object.assign(issue, {
    state,
    stateReason: reason ?? (isClosed ? 'completed' : 'reopened'),
    updatedAt: now,
    closedAt: isClosed ? now : null,
    closedBy: isClosed ? actor : null,
  });
  issue.events.push({ id: world.nextId(), event: isClosed ? 'closed' : 'reopened', actor, at: now });
  tell(world, repository, issue, isClosed ? 'closed' : 'reopened', actor);
}

/** It is gone, with its number. */
export function deleteIssue(repository: Repository, number: number): void {
  const index = repository.issues.findIndex((issue) => issue.number === number);
  if (index < 0) throw new Error(`There is no issue ${number}.`);
  repository.issues.splice(index, 1);
  repository.deletedIssues.push(number);
}

function tell(world: World, repository: Repository, issue: Issue, action: string, sender: string): void {
  world.emit('issues', repository, { action, issue: issueJson(world, repository, issue) }, sender);
}
