import { z } from 'zod';
import { changeAction } from '../../ports/action.ts';
import { fileField, reviewersField } from './fields.ts';
import { fileAt, fileCheck, fileOf, githubPreflight, headOf } from './place.ts';
import {
  applyProposal,
  PROPOSAL_NEEDS,
  type Proposal,
  type ProposalOutput,
  planProposal,
  proposalOutput,
  proposalScope,
  revertProposal,
  written,
} from './proposal.ts';

const input = z.strictObject({
  target: fileField,
  section: z.string().min(1).describe('What is added at the end of the file, after an empty line'),
  title: z.string().min(1).max(250),
  body: z.string().default(''),
  reviewers: reviewersField,
});
type Input = z.infer<typeof input>;

/** VQ-20. */
export const githubAppendFile = changeAction<Input, ProposalOutput>({
  name: 'github.append-file',
  about: 'Opens a pull request that adds a section to the end of a file.',
  effect: 'change',
  input,
  output: proposalOutput,
  targets: ({ target }) => [target],
  rights: () => [],
  permissions: () => PROPOSAL_NEEDS,
  preflight: async ({ target }, context) => {
    const place = fileAt(context, target);
    return githubPreflight(place, PROPOSAL_NEEDS, () => fileCheck(place));
  },
  async plan(asked, context) {
    const place = fileAt(context, asked.target);
    return await planProposal(place.github, await proposalFor(place, asked, await place.branch()), context);
  },
  async apply(asked, planned, context) {
    const place = fileAt(context, asked.target);
    const { base } = proposalScope.parse(planned.scope);
    return await applyProposal(place.github, await proposalFor(place, asked, base), planned, context);
  },
  revert: async ({ target }, planned, context, force) => revertProposal(fileAt(context, target).github, planned, force),
});

async function proposalFor(place: ReturnType<typeof fileAt>, { section, title, body, reviewers }: Input, base: string): Promise<Proposal> {
  const file = await fileOf(place, place.path, await headOf(place, base));
  const text = Buffer.from(file.bytes).toString('utf8');
  const added = section.trim();
  const after = text.includes(added) ? text : `${text.trimEnd()}${text.trim() === '' ? '' : '\n\n'}${added}\n`;
  return { base, title, body, reviewers, files: [written(place.path, file, after)] };
}
