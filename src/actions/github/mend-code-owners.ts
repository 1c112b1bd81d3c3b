import { z } from 'zod';
import { type ActionContext, changeAction } from '../../ports/action.ts';
import type { GitHub } from '../../ports/github.ts';
import { ownersGaps } from './code-owners.ts';
import { branchField, ownersField, repositoryField, reviewersField } from './fields.ts';
import { type Gap, mended } from './owners.ts';
import { githubPreflight, headOf, repositoryAt } from './place.ts';
import {
  applyProposal,
  PROPOSAL_NEEDS,
  type Proposal,
  type ProposalOutput,
  planProposal,
  proposalOutput,
  proposalScope,
  revertProposal,
} from './proposal.ts';

/** Where CODEOWNERS is made when there is none. */
const NEW_FILE = '.github/CODEOWNERS';

const input = z.strictObject({ target: repositoryField, wanted: ownersField, base: branchField.optional(), reviewers: reviewersField });
type Input = z.infer<typeof input>;

/** VO-31. */
export const githubMendCodeOwners = changeAction<Input, ProposalOutput>({
  name: 'github.mend-code-owners',
  about: 'Opens a pull request that adds the owners to CODEOWNERS which files must have and have not.',
  effect: 'change',
  input,
  output: proposalOutput,
  targets: ({ target }) => [target],
  rights: () => [],
  permissions: () => PROPOSAL_NEEDS,
  preflight: async ({ target }, context) => githubPreflight(repositoryAt(context, target), PROPOSAL_NEEDS),
  async plan(asked, context) {
    const { github, base } = await placeFor(asked, context);
    const { proposal, gaps } = await proposalFor(github, asked, base);
    return await planProposal(github, proposal, context, gaps.flatMap(noteOn));
  },
  async apply(asked, planned, context) {
    const { github } = repositoryAt(context, asked.target);
    const { proposal } = await proposalFor(github, asked, proposalScope.parse(planned.scope).base);
    return await applyProposal(github, proposal, planned, context);
  },
  revert: async ({ target }, planned, context, force) => revertProposal(repositoryAt(context, target).github, planned, force),
});

async function placeFor({ target, base }: Input, context: ActionContext): Promise<{ readonly github: GitHub; readonly base: string }> {
  const place = repositoryAt(context, target);
  return { github: place.github, base: base ?? (await place.branch()) };
}

async function proposalFor(
  github: GitHub,
  { wanted, reviewers }: Input,
  base: string,
): Promise<{ readonly proposal: Proposal; readonly gaps: readonly Gap[] }> {
  const { file, text, blob, gaps } = await ownersGaps(github, await headOf({ github }, base), wanted);
  const after = gaps.length === 0 ? text : mended(text, gaps);
  const body = `These files have no owners who must review them:\n\n${gaps.map(({ pattern, owners }) => `- \`${pattern}\`: ${owners.join(', ')}`).join('\n')}`;
  const path = file ?? NEW_FILE;
  const files = [{ path, before: blob === null ? null : { blob, text }, after, put: after }];
  return { proposal: { base, title: 'Fix CODEOWNERS', body, reviewers, files }, gaps };
}

/** The last rule that matches counts alone: who owned the files until now does not any more. */
function noteOn({ pattern, ownedBy, owners, line }: Gap): readonly string[] {
  const lost = ownedBy.filter((one) => !owners.includes(one));
  return lost.length === 0
    ? []
    : [`For ${pattern} the new line counts instead of line ${line}: ${lost.join(', ')} will not own these files any more.`];
}
