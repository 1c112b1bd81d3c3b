import { pullJson } from '../routes/shapes.ts';
import { nextNumber } from './issues.ts';
import { changesOf, codeOwnersOf } from './merging.ts';
import type { Kit } from './runs.ts';
import type { Fork, Pull, Repository, Review, World } from './state.ts';
import { definitionOf, workflowsOf } from './workflows.ts';

export interface NewPull {
  readonly head: string;
  /** Of a branch of a fork: whose, and its newest commit. */
  readonly from?: { readonly fork: Fork; readonly sha: string };
  readonly base: string;
  readonly title: string;
  readonly body: string | null;
  readonly draft: boolean;
  readonly author: string;
}

/** Opens a pull request, runs what runs on it, and asks the code owners for a review as GitHub does. */
export function openPull(kit: Kit, repository: Repository, { head, from, base, title, body, draft, author }: NewPull): Pull {
  const { world } = kit;
  const now = world.now();
  const pull: Pull = {
    id: world.nextId(),
    number: nextNumber(repository),
    title,
    body,
    author,
    state: 'open',
    draft,
    fork: from?.fork ?? null,
    head,
    headSha: from?.sha ?? repository.branches.get(head) ?? '',
    base,
    createdAt: now,
    updatedAt: now,
    closedAt: null,
    mergedAt: null,
    mergedBy: null,
    mergeSha: null,
    reviews: [],
    requestedUsers: new Set(),
    requestedTeams: new Set(),
  };
  repository.pulls.push(pull);
  for (const owner of codeOwnersOf(repository, pull).flat()) {
    if (owner.includes('/')) pull.requestedTeams.add(owner.split('/')[1] ?? '');
    else if (owner.slice(1) !== author) pull.requestedUsers.add(owner.slice(1));
  }
  tell(world, repository, pull, 'opened', author);
  runChecks(kit, repository, pull, author);
  return pull;
}

/** A branch has moved: open pull requests of it follow, and are closed when it is gone. */
export function synchronize(kit: Kit, repository: Repository, branch: string, actor: string): void {
  const sha = repository.branches.get(branch);
  for (const pull of repository.pulls) {
    if (pull.state !== 'open' || pull.fork !== null || pull.head !== branch) continue;
    if (sha === undefined) {
      closePull(kit.world, repository, pull, actor);
      continue;
    }
    pull.headSha = sha;
    pull.updatedAt = kit.world.now();
    if (repository.protections.get(pull.base)?.reviews?.dismiss_stale_reviews === true)
      for (const review of pull.reviews) if (review.state === 'APPROVED') review.state = 'DISMISSED';
    tell(kit.world, repository, pull, 'synchronize', actor);
    runChecks(kit, repository, pull, actor);
  }
}

export function closePull(world: World, repository: Repository, pull: Pull, actor: string): void {
  pull.state = 'closed';
  pull.closedAt = world.now();
  pull.updatedAt = world.now();
  tell(world, repository, pull, 'closed', actor);
}

export function review(world: World, pull: Pull, user: string, state: Review['state'], body: string): Review {
  const made: Review = { id: world.nextId(), user, state, body, sha: pull.headSha, at: world.now() };
  pull.reviews.push(made);
  pull.updatedAt = world.now();
  pull.requestedUsers.delete(user);
  for (const team of world.teams.values()) if (team.members.has(user)) pull.requestedTeams.delete(team.slug);
  return made;
}

function runChecks(kit: Kit, repository: Repository, pull: Pull, actor: string): void {
  const changed = changesOf(repository, pull).map(({ path }) => path);
  for (const workflow of workflowsOf(kit.world, repository)) {
    if (workflow.state !== 'active') continue;
    if (definitionOf(repository, workflow.path, pull.headSha)?.runsOn('pull_request', pull.base, changed) === true)
      kit.runner.start(repository, workflow, { event: 'pull_request', fork: pull.fork, branch: pull.head, sha: pull.headSha, actor });
  }
}

function tell(world: World, repository: Repository, pull: Pull, action: string, sender: string): void {
  world.emit('pull_request', repository, { action, number: pull.number, pull_request: pullJson(world, repository, pull, true) }, sender);
}
