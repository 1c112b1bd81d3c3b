import { z } from 'zod';
import { UserError } from '../../domain/errors.ts';
import { plural } from '../../lib/plural.ts';
import { type ActionContext, changeAction, type Planned, type Touch } from '../../ports/action.ts';
import type { GitHub } from '../../ports/github.ts';
import { assertFresh, touch } from '../shared/stale.ts';
import { branchField, repositoryField, reviewersField, short } from './fields.ts';
import { headOf, onRepository, repositoryAt } from './place.ts';
import {
  applyProposal,
  known,
  openProposal,
  PROPOSAL_NEEDS,
  type Proposal,
  planProposal,
  proposalOutput,
  proposalScope,
  revertProposal,
  written,
} from './proposal.ts';

const input = z.strictObject({
  target: repositoryField,
  title: z.string().min(1).max(250),
  body: z.string().default(''),
  branch: branchField.optional().describe('A branch that has the changes already'),
  files: z.record(z.string().min(1), z.string().nullable()).optional().describe('Or: content by path, on a new branch; null removes a file'),
  base: branchField.optional().describe('The branch to merge into; that of the target, or the default one, unless told'),
  reviewers: reviewersField,
});
type Input = z.infer<typeof input>;

/** VO-12. */
export const githubOpenPullRequest = changeAction({
  name: 'github.open-pull-request',
  about: 'Opens a pull request, from a branch that has the changes or with files on a new branch, and asks for reviews.',
  effect: 'change',
  input,
  output: proposalOutput,
  ...onRepository(PROPOSAL_NEEDS),

  async plan(asked, context) {
    const { github, base } = await placeFor(asked, context);
    if (asked.branch === undefined) return await planProposal(github, await proposalFor(github, asked, base), context);
    return await planBranch(github, asked, known(asked.branch, 'The branch'), base);
  },

  async apply(asked, planned, context) {
    const { github } = repositoryAt(context, asked.target);
    const { base, branch, own } = proposalScope.parse(planned.scope);
    if (own) return await applyProposal(github, await proposalFor(github, asked, base), planned, context);
    const [open] = await github.pulls({ state: 'open', head: branch, base, limit: 1 });
    if (open === undefined) assertFresh(planned, [touchOf(github, branch, (await github.branch(branch))?.sha ?? null)]);
    return await openProposal(github, { ...asked, base, branch }, context);
  },

  revert: async ({ target }, planned, context, force) => revertProposal(repositoryAt(context, target).github, planned, force),
});

async function placeFor(asked: Input, context: ActionContext): Promise<{ readonly github: GitHub; readonly base: string }> {
  if ((asked.branch === undefined) === (asked.files === undefined))
    throw new UserError('wrong-input', 'github.open-pull-request takes either a branch or files: name one of both.');
  const place = repositoryAt(context, asked.target);
  const base = asked.base ?? (await place.branch());
  await headOf(place, base);
  return { github: place.github, base };
}

async function proposalFor(github: GitHub, { title, body, reviewers, files = {} }: Input, base: string): Promise<Proposal> {
  const head = await headOf({ github }, base);
  const proposed = await Promise.all(
    Object.entries(files).map(async ([path, content]) => {
      const file = await github.file(path, head);
      return content === null ? { ...written(path, file, ''), after: null, put: null } : written(path, file, content);
    }),
  );
  return { base, title, body, reviewers, files: proposed };
}

/** A branch that somebody has pushed: shown as GitHub compares it. */
async function planBranch(github: GitHub, { title, reviewers }: Input, branch: string, base: string): Promise<Planned> {
  const [head, [open]] = await Promise.all([headOf({ github }, branch), github.pulls({ state: 'open', head: branch, base, limit: 1 })]);
  const since = await github.compare(base, head);
  if (since === null || since.ahead === 0)
    throw new UserError(
      'github-no-changes',
      `${branch} has no commits that ${base} lacks: there is nothing to propose. Name the branch that has the changes.`,
    );
  const authors = [...new Set(since.commits.map(({ author }) => author))].join(', ');
  return {
    summary:
      open === undefined
        ? `Opens a pull request of ${branch} into ${base} of ${github.repository}: ${title}`
        : `Pull request #${open.number} proposes ${branch} already.`,
    diff: open === undefined ? since.files.flatMap(({ path, status, patch }) => [`  ${path} (${status})`, ...linesOf(patch)]).join('\n') : null,
    noPlan: open === undefined ? null : 'Nothing would change.',
    notes: [
      `${plural(since.ahead, 'commit')} by ${authors}, up to ${short(head)}.`,
      ...(reviewers.length === 0 ? [] : [`Asks ${reviewers.join(', ')} for a review.`]),
      ...(since.behind === 0 ? [] : [`${base} is ${since.behind} ahead of it: it may have to be brought up to date.`]),
      'Nothing changes until people merge it.',
    ],
    touches: [touchOf(github, branch, head)],
    changes: open === undefined,
    scope: { base, branch, own: false, paths: since.files.map(({ path }) => path) },
    snapshot: { branch },
  };
}

/** A patch as plans show it: the sign, a blank, the line. */
function linesOf(patch: string): readonly string[] {
  return patch.split('\n').map((line) => (line.startsWith('@@') ? `  ${line}` : `${line.slice(0, 1) || ' '} ${line.slice(1)}`));
}

function touchOf(github: GitHub, branch: string, sha: string | null): Touch {
  return touch(`${github.repository} branch ${branch}`, branch, 'its newest commit', sha);
}
