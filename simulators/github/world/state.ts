import type { Signature } from '../git/objects.ts';
import { GitStore } from '../git/store.ts';
import type { Protection } from './protection.ts';

export interface Account {
  readonly id: number;
  readonly login: string;
  readonly name: string;
  readonly type: 'User' | 'Bot' | 'Organization';
}

export interface Team {
  readonly id: number;
  readonly slug: string;
  readonly name: string;
  readonly members: Set<string>;
}

export interface Review {
  readonly id: number;
  readonly user: string;
  state: 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED';
  readonly body: string;
  readonly sha: string;
  readonly at: number;
}

/** Somebody's fork. GitHub keeps the commits of a repository and of its forks together: they are in the store of the repository. */
export interface Fork {
  readonly id: number;
  readonly owner: string;
  readonly createdAt: number;
}

export interface Pull {
  readonly id: number;
  readonly number: number;
  title: string;
  body: string | null;
  readonly author: string;
  state: 'open' | 'closed';
  draft: boolean;
  /** Whose branch `head` is; `null`: the repository's own. */
  readonly fork: Fork | null;
  readonly head: string;
  headSha: string;
  readonly base: string;
  readonly createdAt: number;
  updatedAt: number;
  closedAt: number | null;
  mergedAt: number | null;
  mergedBy: string | null;
  mergeSha: string | null;
  readonly reviews: Review[];
  readonly requestedUsers: Set<string>;
  readonly requestedTeams: Set<string>;
}

export interface Issue {
  readonly id: number;
  readonly number: number;
  title: string;
  body: string | null;
  readonly author: string;
  readonly labels: readonly string[];
  readonly assignees: readonly string[];
  state: 'open' | 'closed';
  stateReason: string | null;
  readonly createdAt: number;
  updatedAt: number;
  closedAt: number | null;
  closedBy: string | null;
  /** Oldest first. */
  readonly events: { readonly id: number; readonly event: 'closed' | 'reopened'; readonly actor: string; readonly at: number }[];
}

export type Conclusion = 'success' | 'failure' | 'cancelled' | 'timed_out' | 'neutral' | 'skipped' | 'action_required';

export interface CheckRun {
  readonly id: number;
  readonly name: string;
  readonly sha: string;
  readonly app: { readonly id: number; readonly slug: string };
  status: 'queued' | 'in_progress' | 'completed';
  conclusion: Conclusion | null;
  startedAt: number;
  completedAt: number | null;
}

/** One try of a run. */
export interface Attempt {
  readonly number: number;
  readonly jobId: number;
  readonly triggeredBy: string;
  readonly startedAt: number;
  status: 'queued' | 'in_progress' | 'completed';
  conclusion: Conclusion | null;
  log: string | null;
  updatedAt: number;
  /** When it starts and ends by the clock; `null`: when whoever decides it has decided. */
  endsAt: number | null;
  outcome: { readonly conclusion: Conclusion; readonly log: string } | null;
  readonly check: CheckRun;
}

export interface Run {
  readonly id: number;
  readonly number: number;
  readonly workflow: Workflow;
  readonly event: string;
  /** Where the commit is from; `null`: the repository itself. */
  readonly fork: Fork | null;
  readonly branch: string;
  readonly sha: string;
  readonly actor: string;
  readonly createdAt: number;
  readonly attempts: Attempt[];
}

export interface Workflow {
  readonly id: number;
  readonly path: string;
  readonly createdAt: number;
  state: 'active' | 'disabled_manually' | 'disabled_inactivity';
}

export interface Secret {
  readonly name: string;
  readonly createdAt: number;
}

/** A branch's own history of pushes matters to nobody here: a branch is a name and a commit. */
export interface Repository {
  readonly id: number;
  readonly owner: string;
  readonly name: string;
  readonly createdAt: number;
  archived: boolean;
  readonly defaultBranch: string;
  readonly git: GitStore;
  readonly branches: Map<string, string>;
  /** By the login of their owner. */
  readonly forks: Map<string, Fork>;
  readonly pulls: Pull[];
  readonly issues: Issue[];
  /** Numbers of issues that were deleted. */
  readonly deletedIssues: number[];
  hasIssues: boolean;
  readonly runs: Run[];
  readonly checks: CheckRun[];
  readonly workflows: Map<string, Workflow>;
  readonly protections: Map<string, Protection>;
  /** Rules of rulesets by branch, as the API gives them. */
  readonly rules: Map<string, readonly object[]>;
  readonly secrets: Map<string, Secret>;
  readonly organizationSecrets: Map<string, Secret>;
}

export interface World {
  readonly now: () => number;
  readonly accounts: Map<string, Account>;
  readonly organization: Account;
  readonly teams: Map<string, Team>;
  readonly repositories: Map<string, Repository>;
  /** Ids as GitHub gives them: they only grow. */
  nextId(): number;
  /** Tells the webhooks. */
  emit(event: string, repository: Repository, payload: Readonly<Record<string, unknown>>, sender: string): void;
}

export function createRepository(world: World, owner: string, name: string, defaultBranch: string): Repository {
  const repository: Repository = {
    id: world.nextId(),
    owner,
    name,
    createdAt: world.now(),
    archived: false,
    defaultBranch,
    git: new GitStore(),
    branches: new Map(),
    forks: new Map(),
    pulls: [],
    issues: [],
    deletedIssues: [],
    hasIssues: true,
    runs: [],
    checks: [],
    workflows: new Map(),
    protections: new Map(),
    rules: new Map(),
    secrets: new Map(),
    organizationSecrets: new Map(),
  };
  world.repositories.set(`${owner}/${name}`.toLowerCase(), repository);
  return repository;
}

export function accountOf(world: World, login: string): Account {
  const known = world.accounts.get(login.toLowerCase());
  if (known !== undefined) return known;
  const made: Account = { id: world.nextId(), login, name: login, type: login.endsWith('[bot]') ? 'Bot' : 'User' };
  world.accounts.set(login.toLowerCase(), made);
  return made;
}

/** Who writes commits in a person's name, with the address that GitHub gives those who hide theirs. */
export function signatureOf(world: World, login: string, at = world.now()): Signature {
  const { id, name } = accountOf(world, login);
  return { name, email: `${id}+${login}@users.noreply.github.com`, at };
}

/** The account behind a commit's address, if there is one. */
export function accountBehind(world: World, email: string): Account | null {
  const login = /^\d+\+(.+)@users\.noreply\.github\.com$/.exec(email)?.[1];
  return login === undefined ? null : (world.accounts.get(login.toLowerCase()) ?? null);
}
