import { z } from 'zod';
import { UserError } from '../../domain/errors.ts';
import { clamp } from '../../lib/clamp.ts';
import type { ChangedFile, Commit, GitHub } from '../../ports/github.ts';
import { fileField, reviewersField, sayTime, short, subject } from './fields.ts';
import { fileAt, headOf, onFile } from './place.ts';
import { beforeOf, PROPOSAL_NEEDS, type ProposedFile } from './proposal.ts';
import { type Proposed, proposalAction } from './proposal-action.ts';

const input = z.strictObject({
  target: fileField,
  sha: z.string().nullable().optional().describe('This commit instead of the newest that touched the file'),
  reviewers: reviewersField,
});
type Input = z.infer<typeof input>;

/** VQ-09. GitHub's REST API reverts nothing: the files are put back as they were before the commit, where nobody changed them since. */
export const githubRevertCommit = proposalAction({
  name: 'github.revert-commit',
  about: 'Opens a pull request that undoes the newest commit which touched a file.',
  input,
  ...onFile(PROPOSAL_NEEDS),
  place: fileAt,
  async propose(place, asked, base, branch) {
    // Once the branch is there, what is on the base does not matter any more.
    const sha = asked.sha ?? (branch === null ? null : await commitUndone(place.github, branch));
    return await proposalFor(place, { ...asked, sha }, base);
  },
});

/** The commit that an earlier try has undone on the branch; `null` when there was none. */
async function commitUndone(github: GitHub, branch: string): Promise<string | null> {
  if ((await github.branch(branch)) === null) return null;
  const [newest] = await github.commits({ ref: branch, limit: 1 });
  return /^Revert "[^]*" \(([0-9a-f]{40})\)/.exec(newest?.message ?? '')?.[1] ?? null;
}

async function proposalFor({ github, path }: ReturnType<typeof fileAt>, { sha, reviewers }: Input, base: string): Promise<Proposed> {
  const head = await headOf({ github }, base);
  const commit = sha == null ? ((await github.commits({ ref: head, path, limit: 1 }))[0] ?? null) : await github.commit(sha);
  if (commit === null) throw new UserError('github-no-commit', `No commit on ${base} has touched ${path}. Check the path in tocsin.yml.`);
  const [parent] = commit.parents;
  if (parent === undefined)
    throw new UserError(
      'github-does-not-apply',
      `${short(commit.sha)} is the first commit of ${github.repository}: nothing was there before. Change the file instead.`,
    );
  const changed = await github.commitFiles(commit.sha);
  const proposed = await Promise.all(changed.map((file) => undone(github, file, parent, head)));
  const later = proposed.flat().filter((one) => 'conflict' in one);
  if (later.length > 0) {
    const paths = later.map((one) => one.conflict).join(', ');
    throw new UserError(
      'github-does-not-apply',
      `${short(commit.sha)} cannot be undone by itself: ${paths} changed since. Revert the later commits first, or run git revert ${short(commit.sha)} and resolve the conflict by hand.`,
    );
  }
  const files = proposed.flat().filter((one) => 'path' in one);
  const title = `Revert "${clamp(subject(commit.message), 120)}" (${commit.sha})`;
  const body = `Undoes ${commit.sha} by ${commit.author}.`;
  return { proposal: { base, title, body, reviewers, files }, notes: notesOn(commit, files.length) };
}

function notesOn(commit: Commit, files: number): readonly string[] {
  return [
    `Undoes ${short(commit.sha)} by ${commit.author} of ${sayTime(commit.at)}: ${subject(commit.message)}`,
    ...(files > 1 ? [`The commit changed ${files} files; all of them go back.`] : []),
  ];
}

type Undone = ProposedFile | { readonly conflict: string };

/** A file as it was before the commit, when it still is as the commit left it or is back already. */
async function undone(github: GitHub, { path, previousPath, status, blob }: ChangedFile, parent: string, head: string): Promise<readonly Undone[]> {
  const [now, old] = await Promise.all([github.file(path, head), github.file(path, parent)]);
  const left = status === 'removed' ? null : blob;
  if ((now?.blob ?? null) !== left && now?.blob !== old?.blob) return [{ conflict: path }];
  const back: ProposedFile = { path, before: beforeOf(now), after: beforeOf(old)?.text ?? null, put: old === null ? null : { blob: old.blob } };
  if (previousPath === null) return [back];
  const [moved, origin] = await Promise.all([github.file(previousPath, head), github.file(previousPath, parent)]);
  if (moved !== null) return [{ conflict: previousPath }];
  return [back, { path: previousPath, before: null, after: beforeOf(origin)?.text ?? null, put: origin === null ? null : { blob: origin.blob } }];
}
