import { z } from 'zod';
import { UserError } from '../../domain/errors.ts';
import type { ActionContext, Planned, Reading, Reverted, Touch } from '../../ports/action.ts';
import { type FileContent, type GitHub, GitHubError, type NewCommit, type PullRequest } from '../../ports/github.ts';
import { diffText } from '../shared/diff.ts';
import { digestOf } from '../shared/digest.ts';
import { assertFresh, touch } from '../shared/stale.ts';
import { integer, short, subject } from './fields.ts';
import { headOf, permissions } from './place.ts';

/** One file as a proposal changes it. Texts are for people; `put` is what is committed. */
export interface ProposedFile {
  readonly path: string;
  readonly before: { readonly blob: string; readonly text: string } | null;
  readonly after: string | null;
  readonly put: NewCommit['files'][string];
}

/** A change that people review and merge: the same for every action that opens a pull request with files. */
export interface Proposal {
  readonly base: string;
  readonly title: string;
  readonly body: string;
  readonly reviewers: readonly string[];
  readonly files: readonly ProposedFile[];
}

export const proposalOutput = z.strictObject({
  number: integer,
  url: z.string(),
  branch: z.string(),
  sha: z.string(),
  already: z.boolean(),
});
export type ProposalOutput = z.infer<typeof proposalOutput>;

/** `own`: the branch is ours to delete. */
export const proposalScope = z.strictObject({ base: z.string(), branch: z.string(), own: z.boolean(), paths: z.array(z.string()) });

export const PROPOSAL_NEEDS = permissions(['contents', 'write'], ['pull_requests', 'write']);

/** A file that is there as a proposal's `before`. */
export function beforeOf(file: FileContent | null): ProposedFile['before'] {
  return file === null ? null : { blob: file.blob, text: Buffer.from(file.bytes).toString('utf8') };
}

/** A file with new text. */
export function written(path: string, file: FileContent | null, text: string): ProposedFile {
  return { path, before: beforeOf(file), after: text, put: text };
}

/** Plans a pull request with these files on a branch of its own. */
export async function planProposal(github: GitHub, proposal: Proposal, context: ActionContext, notes: readonly string[] = []): Promise<Planned> {
  const files = proposal.files.filter(({ before, after, put }) =>
    typeof put === 'object' && put !== null ? put.blob !== before?.blob : (before?.text ?? null) !== after,
  );
  const branch = branchFor(proposal, context.incident);
  const [open] = files.length === 0 ? [] : await github.pulls({ state: 'open', head: branch, base: proposal.base, limit: 1 });
  const changes = files.length > 0 && open === undefined;
  const same = open === undefined ? 'Nothing to change.' : `Pull request #${open.number} already proposes it.`;
  return {
    summary: changes ? `Opens a pull request into ${proposal.base} of ${github.repository}: ${proposal.title}` : same,
    diff: changes ? files.map((file) => [`  ${file.path}`, diffText(file.before?.text ?? '', file.after ?? '')].join('\n')).join('\n') : null,
    noPlan: changes ? null : 'Nothing would change.',
    notes: [
      ...(proposal.reviewers.length === 0 ? [] : [`Asks ${proposal.reviewers.join(', ')} for a review.`]),
      'Nothing changes until people merge it.',
      ...notes,
    ],
    touches: touchesOf(github, proposal),
    changes,
    scope: { base: proposal.base, branch, own: true, paths: proposal.files.map(({ path }) => path) },
    snapshot: { branch },
  };
}

/**
 * Commits the files to the planned branch and opens the pull request; finds its own when it is called again.
 * @throws UserError `plan-stale` when a file on the base is not what was planned for
 */
export async function applyProposal(github: GitHub, proposal: Proposal, planned: Planned, context: ActionContext): Promise<Reading<ProposalOutput>> {
  const { branch } = proposalScope.parse(planned.scope);
  const there = await github.branch(branch);
  if (there === null) {
    const merged = (await github.pulls({ state: 'closed', head: branch, base: proposal.base, limit: 5 })).find((pull) => pull.merged);
    if (merged !== undefined) return { output: outputOf(merged, true), summary: `Pull request #${merged.number} is merged: ${merged.url}` };
    assertFresh(planned, touchesOf(github, proposal));
    const parent = await headOf({ github }, proposal.base);
    const files = Object.fromEntries(proposal.files.map(({ path, put }) => [path, put]));
    const sha = await github.createCommit({ parent, message: proposal.title, files });
    // Somebody else of us may have been faster, or an answer was lost: the branch of that name has these files.
    await unlessThere(github.createBranch(branch, sha), () => github.branch(branch));
  }
  return await openProposal(github, { ...proposal, branch }, context);
}

/** Opens the pull request of a branch unless there is one, and asks for the reviews that are not asked for yet. */
export async function openProposal(
  github: GitHub,
  { branch, base, title, body, reviewers }: Pick<Proposal, 'base' | 'title' | 'body' | 'reviewers'> & { readonly branch: string },
  context: ActionContext,
): Promise<Reading<ProposalOutput>> {
  const sha = await headOf({ github }, branch);
  const find = async (): Promise<PullRequest | null> =>
    (await github.pulls({ state: 'all', head: branch, base, limit: 10 })).find((pull) => pull.state === 'open' || pull.head.sha === sha) ?? null;
  const known = await find();
  const pull = known ?? (await unlessThere(github.createPull({ title, body: signed(body, context.incident), head: branch, base }), find));
  const refused = pull.state === 'open' ? await askReviewers(github, pull, reviewers) : null;
  const state = pull.state === 'open' ? (known === null ? 'is open' : 'is open already') : pull.merged ? 'is merged' : 'was closed meanwhile';
  return {
    output: outputOf(pull, known !== null),
    summary: `Pull request #${pull.number} ${state}: ${pull.url}${refused === null ? '' : `. Reviewers could not be asked: ${refused}`}`,
  };
}

function outputOf({ number, url, head }: PullRequest, already: boolean): ProposalOutput {
  return { number, url, branch: head.branch, sha: head.sha, already };
}

/** Closes the pull request and deletes its branch when it is ours. What is merged is left: that takes a new pull request. */
export async function revertProposal(github: GitHub, planned: Planned, force: boolean): Promise<Reverted> {
  const { branch, base, own } = proposalScope.parse(planned.scope);
  const [there, pulls] = await Promise.all([github.branch(branch), github.pulls({ state: 'all', head: branch, base, limit: 10 })]);
  const open = pulls.find((pull) => pull.state === 'open');
  const merged = pulls.find((pull) => pull.merged);
  if (open === undefined && merged !== undefined && there !== null && merged.head.sha === there.sha) {
    const summary = `Pull request #${merged.number} is merged: only another pull request undoes it.`;
    return force ? { kind: 'already', summary } : { kind: 'conflict', summary, diff: `  ${merged.url}` };
  }
  if (open === undefined && (there === null || !own)) return { kind: 'already', summary: 'It has no open pull request.' };
  const since = own && there !== null ? await github.compare(base, there.sha) : null;
  if (since !== null && since.ahead > 1 && !force) {
    const lines = since.commits.map((commit) => `- ${short(commit.sha)} ${commit.author}: ${subject(commit.message)}`);
    return { kind: 'conflict', summary: `Other people have added commits to ${branch}, which would be lost.`, diff: lines.join('\n') };
  }
  if (open !== undefined) await github.closePull(open.number);
  if (own) await github.deleteBranch(branch);
  return {
    kind: 'reverted',
    summary: `${open === undefined ? '' : `Pull request #${open.number} is closed. `}${own ? `Branch ${branch} is deleted.` : ''}`.trim(),
  };
}

/** `tocsin/inc-2026-0042-mend-codeowners-1f2e3d4c`: the same for the same plan, so that it is found again. */
function branchFor({ base, title, files }: Proposal, incident: string | null): string {
  const content = files.map(({ path, before, after, put }) => ({
    path,
    before: before?.blob ?? null,
    after: typeof put === 'object' && put !== null ? put.blob : after,
  }));
  const digest = digestOf({ incident, base, title, content }).slice(0, 8);
  const words = [incident ?? '', title]
    .join(' ')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return `tocsin/${words.slice(0, 60).replace(/-$/, '')}-${digest}`;
}

function touchesOf(github: GitHub, { base, files }: Pick<Proposal, 'base' | 'files'>): readonly Touch[] {
  return files.map(({ path, before }) => touch(`${github.repository} ${path}`, base, `its content on ${base}`, before?.blob ?? null));
}

function signed(body: string, incident: string | null): string {
  return `${body.trim()}\n\n---\nOpened by Tocsin${incident === null ? '' : ` for ${incident}`}.\n`.trimStart();
}

/** Why GitHub does not ask them, or `null`. A pull request without reviewers is better than none. */
async function askReviewers(github: GitHub, pull: PullRequest, reviewers: readonly string[]): Promise<string | null> {
  const names = reviewers.map((one) => one.replace(/^@/, ''));
  const owner = github.repository.split('/')[0]?.toLowerCase();
  const teams = names.flatMap((name) => (name.includes('/') && name.split('/')[0]?.toLowerCase() === owner ? [name.split('/')[1] ?? ''] : []));
  const users = names.filter((name) => !name.includes('/') && name !== pull.author);
  const missing = {
    users: users.filter((one) => !pull.requestedUsers.includes(one)),
    teams: teams.filter((one) => !pull.requestedTeams.includes(one)),
  };
  if (missing.users.length + missing.teams.length === 0) return null;
  const reviewed = new Set((await github.reviews(pull.number)).map(({ user }) => user));
  const left = { users: missing.users.filter((one) => !reviewed.has(one)), teams: missing.teams };
  if (left.users.length + left.teams.length === 0) return null;
  try {
    await github.requestReviewers(pull.number, left);
    return null;
  } catch (error) {
    if (error instanceof GitHubError && (error.reason === 'conflict' || error.reason === 'denied' || error.reason === 'not-found'))
      return error.message;
    throw error;
  }
}

/** Does it; when it is there already or nobody knows whether it happened, what is there counts. */
async function unlessThere<T, F>(done: Promise<T>, find: () => Promise<F | null>): Promise<T | F> {
  try {
    return await done;
  } catch (error) {
    if (!(error instanceof GitHubError) || (error.reason !== 'conflict' && error.reason !== 'uncertain')) throw error;
    const there = await find();
    if (there === null) throw error;
    return there;
  }
}

/** @throws UserError `value-missing` when what the plan is made of comes later */
export function known(text: string, what: string): string {
  if (!/⟨[^⟩]*⟩/.test(text)) return text;
  throw new UserError('value-missing', `${what} must be known when this is planned.`);
}
