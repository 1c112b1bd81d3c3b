import { z } from 'zod';
import { ownersGaps } from './code-owners.ts';
import { branchField, ownersField, repositoryField, reviewersField } from './fields.ts';
import { type Gap, mended } from './owners.ts';
import { headOf, onRepository, type Place, repositoryAt } from './place.ts';
import { PROPOSAL_NEEDS } from './proposal.ts';
import { type Proposed, proposalAction } from './proposal-action.ts';

/** Where CODEOWNERS is made when there is none. */
const NEW_FILE = '.github/CODEOWNERS';

const input = z.strictObject({ target: repositoryField, wanted: ownersField, base: branchField.optional(), reviewers: reviewersField });
type Input = z.infer<typeof input>;

/** VO-31. */
export const githubMendCodeOwners = proposalAction({
  name: 'github.mend-code-owners',
  about: 'Opens a pull request that adds the owners to CODEOWNERS which files must have and have not.',
  input,
  ...onRepository(PROPOSAL_NEEDS),
  place: repositoryAt,
  base: ({ base }) => base,
  propose,
});

async function propose({ github }: Place, { wanted, reviewers }: Input, base: string): Promise<Proposed> {
  const { file, text, blob, gaps } = await ownersGaps(github, await headOf({ github }, base), wanted);
  const after = gaps.length === 0 ? text : mended(text, gaps);
  const body = `These files have no owners who must review them:\n\n${gaps.map(({ pattern, owners }) => `- \`${pattern}\`: ${owners.join(', ')}`).join('\n')}`;
  const path = file ?? NEW_FILE;
  const files = [{ path, before: blob === null ? null : { blob, text }, after, put: after }];
  return { proposal: { base, title: 'Fix CODEOWNERS', body, reviewers, files }, notes: gaps.flatMap(noteOn) };
}

/** The last rule that matches counts alone: who owned the files until now does not any more. */
function noteOn({ pattern, ownedBy, owners, line }: Gap): readonly string[] {
  const lost = ownedBy.filter((one) => !owners.includes(one));
  return lost.length === 0
    ? []
    : [`For ${pattern} the new line counts instead of line ${line}: ${lost.join(', ')} will not own these files any more.`];
}
