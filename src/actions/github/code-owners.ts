import { z } from 'zod';
import { plural } from '../../lib/plural.ts';
import { readAction } from '../../ports/action.ts';
import type { GitHub } from '../../ports/github.ts';
import { unlessDenied } from './checks.ts';
import { branchField, integer, ownersField, repositoryField } from './fields.ts';
import { type Gap, gapsIn, OWNERS_PLACES, parseOwners, type Wanted } from './owners.ts';
import { headOf, onRepository, permissions, repositoryAt } from './place.ts';

const input = z.strictObject({ target: repositoryField, wanted: ownersField, branch: branchField.optional() });
const output = z.strictObject({
  branch: z.string(),
  file: z.string().describe('The CODEOWNERS that counts; empty when there is none'),
  covered: z.boolean().describe('Whether everything wanted holds'),
  missing: z.array(z.strictObject({ pattern: z.string(), owners: z.array(z.string()), owned_by: z.array(z.string()), line: integer })),
  errors: z.array(z.string()).describe('What GitHub finds wrong in the file'),
  review_known: z.boolean().describe('False when the credentials may not see the protection of the branch'),
  review_required: z.boolean().describe('Whether a merge needs the review of a code owner'),
  enforced: z.boolean().describe('Both: covered, and the review required'),
});

const NEEDS = permissions(['contents', 'read'], ['administration', 'read']);

/** VO-10, VO-30. */
export const githubCodeOwners = readAction({
  name: 'github.code-owners',
  about: 'Tells whether CODEOWNERS gives files the owners that they must have, and whether the review of owners is required.',
  input,
  output,
  ...onRepository(NEEDS),
  async run({ target, wanted, branch: asked }, context) {
    const place = repositoryAt(context, target);
    const { github } = place;
    const branch = asked ?? (await place.branch());
    const [{ file, gaps }, errors, required] = await Promise.all([
      ownersGaps(github, await headOf(place, branch), wanted),
      github.ownersErrors(branch),
      reviewRequired(github, branch),
    ]);
    const covered = gaps.length === 0;
    const byPattern = new Map(gaps.map((gap) => [gap.pattern, gap]));
    const sayOwners =
      file === null
        ? 'There is no CODEOWNERS'
        : covered
          ? `${file} covers everything required`
          : `${file} lacks owners for ${gaps.map(({ pattern }) => pattern).join(', ')}`;
    const sayReview =
      required === null ? 'whether their review is required is not known' : required ? 'their review is required' : 'their review is not required';
    return {
      output: {
        branch,
        file: file ?? '',
        covered,
        missing: gaps.map(({ pattern, missing, ownedBy, line }) => ({ pattern, owners: [...missing], owned_by: [...ownedBy], line })),
        errors: errors.map(({ line, kind }) => `line ${line}: ${kind}`),
        review_known: required !== null,
        review_required: required ?? false,
        enforced: covered && required === true && errors.length === 0,
      },
      summary: `${sayOwners}; on ${branch} ${sayReview}${errors.length === 0 ? '' : `; GitHub finds ${plural(errors.length, 'error')} in the file`}`,
      table: {
        columns: ['Files', 'Must be owned by', 'Are owned by'],
        rows: wanted.map(({ pattern, owners }) => {
          const gap = byPattern.get(pattern);
          return [pattern, owners.join(' '), gap === undefined ? owners.join(' ') : gap.ownedBy.length === 0 ? 'nobody' : gap.ownedBy.join(' ')];
        }),
      },
    };
  },
});

/** The CODEOWNERS of a commit and what it lacks. */
export async function ownersGaps(
  github: GitHub,
  sha: string,
  wanted: readonly Wanted[],
): Promise<{ readonly file: string | null; readonly text: string; readonly blob: string | null; readonly gaps: readonly Gap[] }> {
  const [places, { files }] = await Promise.all([Promise.all(OWNERS_PLACES.map((path) => github.file(path, sha))), github.tree(sha)]);
  const found = places.find((one) => one !== null) ?? null;
  const text = found === null ? '' : Buffer.from(found.bytes).toString('utf8');
  const gaps = gapsIn(
    parseOwners(text),
    wanted,
    files.map(({ path }) => path),
  );
  return { file: found?.path ?? null, text, blob: found?.blob ?? null, gaps };
}

/** By the protection or by a ruleset; `null` when the protection may not be seen. */
async function reviewRequired(github: GitHub, branch: string): Promise<boolean | null> {
  const [protection, rules] = await Promise.all([unlessDenied(github.protection(branch).then((found) => ({ found }))), github.rules(branch)]);
  if (rules.codeOwners) return true;
  return protection === null ? null : (protection.found?.reviews?.codeOwners ?? false);
}
