import { z } from 'zod';
import { readAction } from '../../ports/action.ts';
import type { Comparison } from '../../ports/github.ts';
import { ago, branchField, fileField, integer, iso, minutesSince, repositoryField, sayTime, short, subject } from './fields.ts';
import { fileAt, headOf, onRepository, permissions, repositoryAt } from './place.ts';

const input = z.strictObject({
  target: repositoryField,
  sha: z.string().nullable().default(null).describe('The commit to compare with, such as git_sha of drift evidence; null when it is not known'),
  branch: branchField.optional(),
  file: fileField.optional().describe('A target that is a file: was it touched between?'),
});
const output = z.strictObject({
  branch: z.string(),
  head: z.string(),
  sha: z.string(),
  relation: z.enum(['same', 'ahead', 'behind', 'diverged', 'missing', 'unknown']).describe('How the head of the branch relates to the commit'),
  same: z.boolean(),
  ahead: integer.describe('Commits that the branch has and the commit has not'),
  behind: integer,
  head_at: z.string(),
  age_minutes: integer.describe('Minutes since the newest commit of the branch'),
  author: z.string(),
  message: z.string(),
  file_touched: z.boolean(),
});

const NEEDS = permissions(['contents', 'read']);

/** VO-04. */
export const githubHead = readAction({
  name: 'github.head',
  about: 'Compares the head of a branch with a commit: the same, or what came between.',
  input,
  output,
  targets: ({ target, file }) => (file === undefined ? [target] : [target, file]),
  ...onRepository(NEEDS),
  async run({ target, sha, branch: asked, file }, context) {
    const place = repositoryAt(context, target);
    const { github } = place;
    const branch = asked ?? (await place.branch());
    const path = file === undefined ? null : fileAt(context, file).path;
    const [now, head, base] = await Promise.all([context.now(), headOf(place, branch), sha === null ? null : github.commit(sha)]);
    const [commit, between] = await Promise.all([github.commit(head), base === null || base.sha === head ? null : github.compare(base.sha, head)]);
    const relation = relationOf(sha, base?.sha ?? null, head, between);
    const at = commit?.at ?? 0;
    const touched = path !== null && (between?.files ?? []).some((one) => one.path === path || one.previousPath === path);
    const what = { same: 'is', ahead: 'is ahead of', behind: 'is behind', diverged: 'has left', missing: 'does not know', unknown: '' }[relation];
    const summary =
      relation === 'unknown'
        ? `${branch} is at ${short(head)}, ${ago(at, now)} old; there is no commit to compare with`
        : `${branch} (${short(head)}, ${ago(at, now)} old) ${what} ${short(sha ?? '')}${between === null ? '' : sayCounts(between)}${sayTouched(path, touched, between)}`;
    const rows = (between?.commits ?? []).toReversed().map((one) => [short(one.sha), sayTime(one.at), one.author, subject(one.message)]);
    return {
      output: {
        branch,
        head,
        sha: base?.sha ?? sha ?? '',
        relation,
        same: relation === 'same',
        ahead: between?.ahead ?? 0,
        behind: between?.behind ?? 0,
        head_at: iso(at),
        age_minutes: minutesSince(at, now),
        author: commit?.author ?? '',
        message: commit?.message ?? '',
        file_touched: touched,
      },
      summary,
      ...(rows.length === 0 ? {} : { table: { columns: ['Commit', 'When', 'By', 'What'], rows } }),
    };
  },
});

function relationOf(asked: string | null, base: string | null, head: string, between: Comparison | null): z.infer<typeof output>['relation'] {
  if (asked === null) return 'unknown';
  if (base === null) return 'missing';
  if (base === head || between?.status === 'identical') return 'same';
  return between?.status ?? 'diverged';
}

function sayCounts({ ahead, behind }: Comparison): string {
  const parts = [...(ahead > 0 ? [`${ahead} ahead`] : []), ...(behind > 0 ? [`${behind} behind`] : [])];
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

function sayTouched(path: string | null, touched: boolean, between: Comparison | null): string {
  if (path === null || between === null) return '';
  return touched ? `; ${path} changed between` : `; ${path} did not change`;
}
