import { z } from 'zod';
import { readAction } from '../../ports/action.ts';
import { repositoryField } from './fields.ts';
import { onRepository, permissions, repositoryAt } from './place.ts';

const input = z.strictObject({
  target: repositoryField,
  names: z
    .array(z.string().regex(/^[A-Z_][A-Z0-9_]*$/, 'expected the name of a secret'))
    .min(1)
    .describe('Names of secrets that workflows need'),
});
const output = z.strictObject({
  secrets: z.array(z.strictObject({ name: z.string(), configured: z.boolean(), of: z.enum(['repository', 'organization', 'nobody']) })),
  missing: z.array(z.string()),
  all: z.boolean(),
});

const NEEDS = permissions(['secrets', 'read']);

/** VO-29. GitHub shows names only, never values. */
export const githubSecrets = readAction({
  name: 'github.secrets',
  about: 'Tells whether secrets that workflows need are configured, by name.',
  input,
  output,
  ...onRepository(NEEDS),
  async run({ target, names }, context) {
    const { github } = repositoryAt(context, target);
    const known = new Map((await github.secrets()).toReversed().map(({ name, of }) => [name, of]));
    const secrets = names.map((name) => ({ name, configured: known.has(name), of: known.get(name) ?? ('nobody' as const) }));
    const missing = secrets.filter(({ configured }) => !configured).map(({ name }) => name);
    return {
      state: missing.length === 0 ? 'good' : 'bad',
      output: { secrets, missing, all: missing.length === 0 },
      summary: missing.length === 0 ? `${names.join(', ')}: configured` : `Not configured in ${github.repository}: ${missing.join(', ')}`,
      table: { columns: ['Secret', 'Configured'], rows: secrets.map(({ name, configured, of }) => [name, configured ? `yes, by the ${of}` : 'no']) },
    };
  },
});
