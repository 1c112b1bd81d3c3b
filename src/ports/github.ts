import { TocsinError } from '../domain/errors.ts';
import type { Hook, HookDelivery } from './github-hooks.ts';
import type { GitHubIssues } from './github-issues.ts';
import type { BranchRules, OwnersError, Protection } from './protection.ts';

/**
 * GitHub refused or could not be reached. `denied` names the missing permission in its message; `unreachable`, `rate-limited` and
 * `timeout` are worth another try; after `uncertain` a change may or may not have happened: look before doing it again.
 */
export class GitHubError extends TocsinError {
  readonly reason: 'denied' | 'not-found' | 'rate-limited' | 'conflict' | 'unreachable' | 'timeout' | 'uncertain' | 'failed';
  /** The HTTP status, when there was an answer. */
  readonly status: number | null;

  constructor(reason: GitHubError['reason'], message: string, options: { status?: number; cause?: unknown } = {}) {
    super(`github-${reason}`, message, options);
    this.name = 'GitHubError';
    this.reason = reason;
    this.status = options.status ?? null;
  }
}

/** Repository permissions as GitHub Apps and fine-grained tokens have them. */
export type GitHubPermission =
  | 'actions'
  | 'administration'
  | 'checks'
  | 'contents'
  | 'issues'
  | 'members'
  | 'metadata'
  | 'pull_requests'
  | 'repository_hooks'
  | 'secrets'
  | 'workflows';

export interface Repository {
  readonly defaultBranch: string;
  /** The page for people. */
  readonly url: string;
  readonly archived: boolean;
  readonly organization: boolean;
}

export interface Branch {
  readonly name: string;
  /** Its newest commit. */
  readonly sha: string;
  readonly protected: boolean;
}

/** A commit. Times are ms since 1970. */
export interface Commit {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
  /** The login where GitHub knows the person, else the name in the commit. */
  readonly author: string;
  readonly at: number;
  readonly url: string;
}

/** A file that differs between two commits. `patch` are the hunks of a unified diff, empty where GitHub gives none (binary or very large). */
export interface ChangedFile {
  readonly path: string;
  readonly previousPath: string | null;
  readonly status: string;
  /** The blob in the newer commit, or in the older one of a removed file. */
  readonly blob: string;
  readonly patch: string;
}

/** How `head` stands to `base`. */
export interface Comparison {
  readonly status: 'identical' | 'ahead' | 'behind' | 'diverged';
  readonly ahead: number;
  readonly behind: number;
  /** Where both part. */
  readonly mergeBase: string;
  /** What `head` has and `base` has not, oldest first; GitHub gives at most 250. */
  readonly commits: readonly Commit[];
  /** What `head` changed since both parted; at most 300, `filesCut` when there may be more. */
  readonly files: readonly ChangedFile[];
  readonly filesCut: boolean;
}

export interface FileContent {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** The blob's id in git. */
  readonly blob: string;
}

export interface TreeFile {
  readonly path: string;
  readonly blob: string;
  readonly mode: string;
}

export interface PullRequest {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly url: string;
  readonly author: string;
  readonly state: 'open' | 'closed';
  readonly merged: boolean;
  readonly draft: boolean;
  /** The branch that is to be merged, its newest commit, and whether it is one of this repository: not of a fork, or of one that is gone. */
  readonly head: { readonly branch: string; readonly sha: string; readonly own: boolean };
  readonly base: string;
  /** `null` while GitHub is still working it out, and in lists. */
  readonly mergeable: boolean | null;
  /** `clean`, `blocked`, `dirty`, `behind`, `unstable`, `unknown`. */
  readonly mergeableState: string;
  readonly created: number;
  readonly requestedUsers: readonly string[];
  readonly requestedTeams: readonly string[];
}

export interface Review {
  readonly user: string;
  /** `APPROVED`, `CHANGES_REQUESTED`, `COMMENTED`, `DISMISSED`. */
  readonly state: string;
  readonly sha: string;
  readonly at: number;
}

/** A check run or a commit status. `conclusion` is `null` while it runs. */
export interface CheckResult {
  readonly name: string;
  readonly conclusion: string | null;
  readonly url: string;
}

/** A run of a workflow as its newest attempt has it. */
export interface WorkflowRun {
  readonly id: number;
  readonly attempt: number;
  readonly number: number;
  /** The workflow's name, such as `Guardrail Drift`. */
  readonly name: string;
  /** The workflow's file, such as `.github/workflows/guardrail-drift.yml`. */
  readonly path: string;
  /** `queued`, `in_progress`, `completed`, `waiting`, `requested`, `pending`. */
  readonly status: string;
  /** `null` until it is completed. */
  readonly conclusion: string | null;
  readonly event: string;
  /** Whether the commit is from this repository: anybody's fork has runs here for what it proposes, of workflows that it has changed. */
  readonly own: boolean;
  readonly branch: string;
  readonly sha: string;
  readonly message: string;
  /** Who caused it, and who caused this attempt. */
  readonly actor: string;
  readonly triggeredBy: string;
  readonly url: string;
  readonly created: number;
  readonly started: number;
  readonly updated: number;
}

export interface Job {
  readonly id: number;
  readonly name: string;
  readonly status: string;
  readonly conclusion: string | null;
  readonly url: string;
}

export interface Workflow {
  readonly id: number;
  readonly name: string;
  readonly path: string;
  /** `active`, or why it does not run: `disabled_manually`, `disabled_inactivity`, `disabled_fork`. */
  readonly state: string;
}

export interface NewCommit {
  /** The commit that it builds on. */
  readonly parent: string;
  readonly message: string;
  /** By path: the text, a blob that GitHub has already, or `null` to remove the file. */
  readonly files: Readonly<Record<string, string | { readonly blob: string } | null>>;
}

/**
 * One repository of GitHub, as actions ask of it. Nothing is cached that GitHub has not said to be unchanged. Every method throws
 * GitHubError; `not-found` is `null` where the type says so. Writes are sent once: after `uncertain`, look.
 */
export interface GitHub extends GitHubIssues {
  /** `owner/name`. */
  readonly repository: string;
  /** @throws GitHubError `not-found` also where the credentials may not see it */
  about(): Promise<Repository>;
  /**
   * Whether the credentials have a permission on the repository: `unknown` when that cannot be found out without changing anything. Asks for
   * things that cannot be there, so that nothing happens. Kept for a minute.
   */
  may(permission: GitHubPermission, access: 'read' | 'write'): Promise<'yes' | 'no' | 'unknown'>;

  branch(name: string): Promise<Branch | null>;
  /** At most `limit` (200 unless told). */
  branches(limit?: number): Promise<readonly Branch[]>;
  /** A commit by branch or sha. */
  commit(ref: string): Promise<Commit | null>;
  /** What a commit changed against its first parent. */
  commitFiles(sha: string): Promise<readonly ChangedFile[]>;
  /** Newest first, at most `limit`; only those that touched `path`. */
  commits(options: { readonly ref: string; readonly path?: string; readonly limit: number }): Promise<readonly Commit[]>;
  /** `null` when one of both is unknown. */
  compare(base: string, head: string): Promise<Comparison | null>;
  file(path: string, ref: string): Promise<FileContent | null>;
  /** Every file of a commit; `cut` when GitHub did not give all. */
  tree(ref: string): Promise<{ readonly files: readonly TreeFile[]; readonly cut: boolean }>;
  /** Makes a commit that no branch has yet. Returns its id. */
  createCommit(commit: NewCommit): Promise<string>;
  /** @throws GitHubError `conflict` when there is such a branch */
  createBranch(name: string, sha: string): Promise<void>;
  /** Does nothing when there is none. */
  deleteBranch(name: string): Promise<void>;

  /** Newest first. `head` is a branch of this repository. */
  pulls(options: {
    readonly state: 'open' | 'closed' | 'all';
    readonly head?: string;
    readonly base?: string;
    readonly limit?: number;
  }): Promise<readonly PullRequest[]>;
  pull(number: number): Promise<PullRequest | null>;
  pullsOfCommit(sha: string): Promise<readonly PullRequest[]>;
  pullFiles(number: number): Promise<readonly ChangedFile[]>;
  reviews(number: number): Promise<readonly Review[]>;
  createPull(pull: { readonly title: string; readonly body: string; readonly head: string; readonly base: string }): Promise<PullRequest>;
  closePull(number: number): Promise<void>;
  /** Logins, and teams by slug. */
  requestReviewers(number: number, reviewers: { readonly users: readonly string[]; readonly teams: readonly string[] }): Promise<void>;
  /** Logins of a team's members. */
  teamMembers(organization: string, slug: string): Promise<readonly string[]>;

  /** Check runs and commit statuses of a commit, the newest of each name. */
  checks(sha: string): Promise<readonly CheckResult[]>;

  /** By the name of its file. */
  workflow(file: string): Promise<Workflow | null>;
  /** Newest first, of one workflow or of all. */
  runs(options: {
    readonly workflow?: string;
    readonly branch?: string;
    readonly event?: string;
    readonly status?: string;
    readonly sha?: string;
    readonly limit: number;
  }): Promise<readonly WorkflowRun[]>;
  run(id: number): Promise<WorkflowRun | null>;
  /** Of the newest attempt. */
  jobs(run: number): Promise<readonly Job[]>;
  /** A job's log, at most 4 MiB of it; `null` when GitHub has none (not begun, or deleted after its time). */
  log(job: number): Promise<string | null>;
  rerun(run: number, only: 'failed' | 'all'): Promise<void>;
  dispatch(workflow: string, ref: string): Promise<void>;

  /** `null` when the branch is not protected. */
  protection(branch: string): Promise<Protection | null>;
  /** Replaces all of it; `null` takes it away. */
  protect(branch: string, protection: Protection | null): Promise<void>;
  rules(branch: string): Promise<BranchRules>;
  ownersErrors(ref: string): Promise<readonly OwnersError[]>;

  /** Its webhooks, at most 30. */
  hooks(): Promise<readonly Hook[]>;
  /** The newest first, at most `limit`; GitHub keeps them for three days. */
  deliveries(hook: number, limit: number): Promise<readonly HookDelivery[]>;
  /** Has an event delivered once more, as it was. */
  redeliver(hook: number, delivery: number): Promise<void>;

  /** Names of the secrets that workflows of the repository can use, and whose they are. */
  secrets(): Promise<readonly { readonly name: string; readonly of: 'repository' | 'organization' }[]>;
}
