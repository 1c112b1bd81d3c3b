import { deleteIssue, openIssue, setIssue } from './issues.ts';
import { mergeability } from './merging.ts';
import type { Protection } from './protection.ts';
import { openPull, review } from './pulls.ts';
import { mergePull, moveBranch, pullOfFork, pushFiles } from './pushes.ts';
import type { Kit } from './runs.ts';
import type { Issue, Pull, Repository } from './state.ts';
import { definitionOf, workflowNamed } from './workflows.ts';

/** A repository as tests and the demo look at it and meddle with it. */
export interface RepositoryView {
  readonly fullName: string;
  readonly defaultBranch: string;
  /** Id of a branch's newest commit; of the default branch unless told. @throws Error when there is none */
  head(branch?: string): string;
  branches(): readonly string[];
  /** `ref`: a branch or a commit. */
  file(path: string, ref?: string): string | null;
  log(branch?: string): readonly { readonly sha: string; readonly message: string; readonly author: string }[];
  pulls(): readonly Readonly<Pull>[];
  issues(): readonly Readonly<Issue>[];
  /** Turns issues off, or on again. */
  setIssues(on: boolean): void;
  runs(): readonly {
    readonly id: number;
    readonly workflow: string;
    readonly event: string;
    readonly sha: string;
    readonly attempt: number;
    readonly status: string;
    readonly conclusion: string | null;
    /** When its newest attempt began or ended, ms. */
    readonly updated: number;
  }[];
  protection(branch?: string): Protection | null;
  setProtection(protection: Protection | null, branch?: string): void;
  /** Rules of rulesets, as the API gives them. */
  setRules(rules: readonly object[], branch?: string): void;
  setSecret(name: string, there: boolean, of?: 'repository' | 'organization'): void;
  /** Whether a workflow of the repository has it. */
  hasSecret(name: string): boolean;
  archive(): void;
  /** Starts a workflow as its schedule would. Returns the run's id. @throws Error for a workflow that is none */
  schedule(workflow: string): number;
}

/** What a person does, without a token: pushes, pull requests, reviews, merges. */
export interface PersonView {
  /** Returns the commit's id. A new branch begins at `from`, the default branch unless told. */
  push(branch: string, files: Readonly<Record<string, string | null>>, message: string, from?: string): string;
  deleteBranch(branch: string): void;
  openPull(head: string, title: string, base?: string): number;
  /** Proposes a branch of the person's own fork for the default branch. */
  openPullOfFork(branch: string, files: Readonly<Record<string, string | null>>, title: string): number;
  approve(pull: number): void;
  requestChanges(pull: number): void;
  /** @throws Error with GitHub's words when it cannot be merged */
  merge(pull: number): string;
  /** Merges whatever the protection says, as an administrator may. */
  forceMerge(pull: number): string;
  rerun(run: number): void;
  /** Returns the issue's number. */
  openIssue(title: string, body: string): number;
  setIssue(issue: number, state: Issue['state']): void;
  /** As an administrator may. */
  deleteIssue(issue: number): void;
}

export function repositoryView(kit: Kit, repository: Repository): RepositoryView {
  const { git, branches } = repository;
  const headOf = (branch = repository.defaultBranch): string => {
    const sha = branches.get(branch);
    if (sha === undefined) throw new Error(`There is no branch ${branch}.`);
    return sha;
  };
  return {
    fullName: `${repository.owner}/${repository.name}`,
    defaultBranch: repository.defaultBranch,
    head: headOf,
    branches: () => [...branches.keys()],
    file(path, ref = repository.defaultBranch) {
      const commit = git.commit(branches.get(ref) ?? ref);
      const entry = commit === undefined ? undefined : git.files(commit.tree).get(path);
      return entry === undefined ? null : (git.blob(entry.sha)?.toString('utf8') ?? null);
    },
    log: (branch) => git.log(headOf(branch)).map(({ sha, message, author }) => ({ sha, message, author: author.name })),
    pulls: () => repository.pulls,
    issues: () => repository.issues,
    setIssues(on) {
      repository.hasIssues = on;
    },
    runs: () =>
      repository.runs.map(({ id, workflow, event, sha, attempts }) => {
        const newest = attempts.at(-1);
        return {
          id,
          workflow: workflow.path,
          event,
          sha,
          attempt: attempts.length,
          status: newest?.status ?? '',
          conclusion: newest?.conclusion ?? null,
          updated: newest?.updatedAt ?? 0,
        };
      }),
    protection: (branch = repository.defaultBranch) => repository.protections.get(branch) ?? null,
    setProtection(protection, branch = repository.defaultBranch) {
      if (protection === null) repository.protections.delete(branch);
      else repository.protections.set(branch, protection);
    },
    setRules: (rules, branch = repository.defaultBranch) => void repository.rules.set(branch, rules),
    setSecret(name, there, of = 'repository') {
      const secrets = of === 'repository' ? repository.secrets : repository.organizationSecrets;
      if (there) secrets.set(name, { name, createdAt: kit.world.now() });
      else secrets.delete(name);
    },
    hasSecret: (name) => repository.secrets.has(name) || repository.organizationSecrets.has(name),
    archive() {
      repository.archived = true;
    },
    schedule(name) {
      const workflow = workflowNamed(kit.world, repository, name);
      const sha = headOf();
      if (workflow === undefined || definitionOf(repository, workflow.path, sha) === null) throw new Error(`There is no workflow ${name}.`);
      return kit.runner.start(repository, workflow, { event: 'schedule', branch: repository.defaultBranch, sha, actor: lastAuthor(repository, sha) })
        .id;
    },
  };
}

/** A scheduled run is in the name of whoever changed the default branch last. */
function lastAuthor(repository: Repository, sha: string): string {
  const email = repository.git.commit(sha)?.author.email ?? '';
  return /^\d+\+(.+)@users\.noreply\.github\.com$/.exec(email)?.[1] ?? 'github-actions[bot]';
}

export function personView(kit: Kit, repository: Repository, login: string): PersonView {
  const { world } = kit;
  const pullOf = (number: number): Pull => {
    const pull = repository.pulls.find((one) => one.number === number);
    if (pull === undefined) throw new Error(`There is no pull request ${number}.`);
    return pull;
  };
  const merge = (number: number, force: boolean): string => {
    const pull = pullOf(number);
    const { mergeable, reason } = mergeability(world, repository, pull);
    if (pull.state !== 'open' || !mergeable || (reason !== null && !force)) throw new Error(reason ?? 'It is closed.');
    return mergePull(kit, repository, pull, login, null);
  };
  return {
    push: (branch, files, message, from) =>
      pushFiles(kit, repository, { branch, files, message, actor: login, ...(from === undefined ? {} : { from }) }),
    deleteBranch: (branch) => moveBranch(kit, repository, branch, null, login),
    openPull: (head, title, base = repository.defaultBranch) =>
      openPull(kit, repository, { head, base, title, body: null, draft: false, author: login }).number,
    openPullOfFork: (branch, files, title) => pullOfFork(kit, repository, { branch, files, title, actor: login }).number,
    approve: (number) => void review(world, pullOf(number), login, 'APPROVED', ''),
    requestChanges: (number) => void review(world, pullOf(number), login, 'CHANGES_REQUESTED', ''),
    merge: (number) => merge(number, false),
    forceMerge: (number) => merge(number, true),
    openIssue: (title, body) => openIssue(world, repository, { title, body, labels: [], assignees: [], author: login }).number,
    setIssue(number, state) {
      const issue = repository.issues.find((one) => one.number === number);
      if (issue === undefined) throw new Error(`There is no issue ${number}.`);
      setIssue(world, repository, issue, state, null, login);
    },
    deleteIssue: (number) => deleteIssue(repository, number),
    rerun(id) {
      const run = repository.runs.find((one) => one.id === id);
      if (run === undefined) throw new Error(`There is no run ${id}.`);
      kit.runner.again(repository, run, login);
    },
  };
}
