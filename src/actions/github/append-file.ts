import { z } from 'zod';
import { fileField, reviewersField } from './fields.ts';
import { fileAt, fileOf, headOf, onFile } from './place.ts';
import { PROPOSAL_NEEDS, written } from './proposal.ts';
import { type Proposed, proposalAction } from './proposal-action.ts';

const input = z.strictObject({
  target: fileField,
  section: z.string().min(1).describe('What is added at the end of the file, after an empty line'),
  title: z.string().min(1).max(250),
  body: z.string().default(''),
  reviewers: reviewersField,
});
type Input = z.infer<typeof input>;

/** VQ-20. */
export const githubAppendFile = proposalAction({
  name: 'github.append-file',
  about: 'Opens a pull request that adds a section to the end of a file.',
  input,
  ...onFile(PROPOSAL_NEEDS),
  place: fileAt,
  propose,
});

async function propose(place: ReturnType<typeof fileAt>, { section, title, body, reviewers }: Input, base: string): Promise<Proposed> {
  const file = await fileOf(place, place.path, await headOf(place, base));
  const text = Buffer.from(file.bytes).toString('utf8');
  const added = section.trim();
  const after = text.includes(added) ? text : `${text.trimEnd()}${text.trim() === '' ? '' : '\n\n'}${added}\n`;
  return { proposal: { base, title, body, reviewers, files: [written(place.path, file, after)] } };
}
