import { z } from 'zod';
import type { Branch, ChangedFile, Commit, PullRequest, Review, WorkflowRun } from '../../ports/github.ts';
import type { GitHubIssue, ListedIssue } from '../../ports/github-issues.ts';

/** What is read of GitHub's answers (docs.github.com/rest, version 2022-11-28), as the port's plain shapes. */

/** A time as ms. */
export const moment = z.string().transform((text, context) => {
  const ms = Date.parse(text);
  if (!Number.isNaN(ms)) return ms;
  context.addIssue('expected a time');
  return z.NEVER;
});

/** Accounts that are gone are `null`. */
export const login = z
  .object({ login: z.string() })
  .nullish()
  .transform((user) => user?.login ?? '');

export const anything = z.unknown();

export const branchShape: z.ZodType<Branch> = z
  .object({ name: z.string(), commit: z.object({ sha: z.string() }), protected: z.boolean().default(false) })
  .transform(({ name, commit, protected: isProtected }) => ({ name, sha: commit.sha, protected: isProtected }));

export const commitShape: z.ZodType<Commit> = z
  .object({
    sha: z.string(),
    html_url: z.string(),
    author: login,
    parents: z.array(z.object({ sha: z.string() })),
    commit: z.object({
      message: z.string(),
      tree: z.object({ sha: z.string() }),
      author: z.object({ name: z.string().nullish() }).nullish(),
      committer: z.object({ date: moment }).nullish(),
    }),
  })
  .transform(({ sha, html_url, author, parents, commit }) => ({
    sha,
    tree: commit.tree.sha,
    parents: parents.map((parent) => parent.sha),
    message: commit.message,
    author: author === '' ? (commit.author?.name ?? '') : author,
    at: commit.committer?.date ?? 0,
    url: html_url,
  }));

export const fileShape: z.ZodType<ChangedFile> = z
  .object({
    filename: z.string(),
    previous_filename: z.string().optional(),
    status: z.string(),
    sha: z.string().nullish(),
    patch: z.string().optional(),
  })
  .transform(({ filename, previous_filename, status, sha, patch }) => ({
    path: filename,
    previousPath: previous_filename ?? null,
    status,
    blob: sha ?? '',
    patch: patch ?? '',
  }));

/** Names differ in their case, and change; ids do not. */
const repositoryId = z.object({ id: z.number().int() });

export const pullShape: z.ZodType<PullRequest> = z
  .object({
    number: z.number().int(),
    title: z.string(),
    body: z.string().nullish(),
    html_url: z.string(),
    user: login,
    state: z.enum(['open', 'closed']),
    draft: z.boolean().default(false),
    merged_at: z.string().nullish(),
    mergeable: z.boolean().nullish(),
    mergeable_state: z.string().default('unknown'),
    created_at: moment,
    head: z.object({ ref: z.string(), sha: z.string(), repo: repositoryId.nullish() }),
    base: z.object({ ref: z.string(), repo: repositoryId }),
    requested_reviewers: z.array(login).nullish(),
    requested_teams: z.array(z.object({ slug: z.string() })).nullish(),
  })
  .transform((pull) => ({
    number: pull.number,
    title: pull.title,
    body: pull.body ?? '',
    url: pull.html_url,
    author: pull.user,
    state: pull.state,
    merged: pull.merged_at != null,
    draft: pull.draft,
    head: { branch: pull.head.ref, sha: pull.head.sha, own: pull.head.repo?.id === pull.base.repo.id },
    base: pull.base.ref,
    mergeable: pull.mergeable ?? null,
    mergeableState: pull.mergeable_state,
    created: pull.created_at,
    requestedUsers: pull.requested_reviewers ?? [],
    requestedTeams: (pull.requested_teams ?? []).map(({ slug }) => slug),
  }));

export const issueShape: z.ZodType<GitHubIssue> = z
  .object({
    id: z.number().int(),
    number: z.number().int(),
    html_url: z.url({ protocol: /^https?$/ }),
    title: z.string(),
    body: z.string().nullish(),
    state: z.enum(['open', 'closed']),
    created_at: moment,
    updated_at: moment,
  })
  .transform(({ id, number, html_url, title, body, state, created_at, updated_at }) => ({
    id,
    number,
    url: html_url,
    title,
    body: body ?? '',
    state,
    created: created_at,
    updated: updated_at,
  }));

const number = z.object({ number: z.number().int() });
const listed = z.object({
  body: z.string().catch(''),
  created_at: moment.nullable().catch(null),
  updated_at: moment.nullable().catch(null),
  pull_request: z.unknown().optional(),
});

/** Lists have pull requests among the issues. */
export const listedShape: z.ZodType<ListedIssue> = z.unknown().transform((found) => {
  const { body, created_at, updated_at, pull_request: pull } = listed.catch({ body: '', created_at: null, updated_at: null }).parse(found);
  return {
    name: number
      .transform((one) => `#${one.number}`)
      .catch('#?')
      .parse(found),
    body,
    created: created_at,
    updated: updated_at,
    isPull: pull !== undefined,
    issue: issueShape.safeParse(found).data ?? null,
  };
});

export const reviewShape: z.ZodType<Review> = z
  .object({ user: login, state: z.string(), commit_id: z.string().nullish(), submitted_at: moment.optional() })
  .transform(({ user, state, commit_id, submitted_at }) => ({ user, state, sha: commit_id ?? '', at: submitted_at ?? 0 }));

export const runShape: z.ZodType<WorkflowRun> = z
  .object({
    id: z.number().int(),
    name: z.string().nullish(),
    path: z.string(),
    run_attempt: z.number().int().default(1),
    run_number: z.number().int(),
    status: z.string().nullish(),
    conclusion: z.string().nullish(),
    event: z.string(),
    head_branch: z.string().nullish(),
    head_sha: z.string(),
    head_commit: z.object({ message: z.string() }).nullish(),
    head_repository: repositoryId.nullish(),
    repository: repositoryId,
    actor: login,
    triggering_actor: login,
    html_url: z.string(),
    created_at: moment,
    run_started_at: moment.optional(),
    updated_at: moment,
  })
  .transform((run) => ({
    id: run.id,
    attempt: run.run_attempt,
    number: run.run_number,
    name: run.name ?? run.path,
    // A workflow of another ref has `@ref` behind it.
    path: run.path.replace(/@.*$/, ''),
    status: run.status ?? 'queued',
    conclusion: run.conclusion ?? null,
    event: run.event,
    own: run.head_repository?.id === run.repository.id,
    branch: run.head_branch ?? '',
    sha: run.head_sha,
    message: run.head_commit?.message ?? '',
    actor: run.actor,
    triggeredBy: run.triggering_actor === '' ? run.actor : run.triggering_actor,
    url: run.html_url,
    created: run.created_at,
    started: run.run_started_at ?? run.created_at,
    updated: run.updated_at,
  }));
