import { z } from 'zod';
import type { Json } from '../../domain/record.ts';
import { type ActionContext, changeAction, type Touch } from '../../engine/ports/action.ts';
import type { GitHub, Protection } from '../../engine/ports/github.ts';
import { diffObjects } from '../diff.ts';
import { digestOf } from '../digest.ts';
import { assertFresh, touch } from '../net/stale.ts';
import { wantedFields } from './branch-protection.ts';
import { resultsAt, unlessDenied } from './checks.ts';
import { githubPreflight, headOf, type Place, permissions, repositoryAt } from './place.ts';
import { mergedProtection, picture } from './protection.ts';

const input = z.strictObject(wantedFields);
type Input = z.infer<typeof input>;
const output = z.strictObject({ branch: z.string(), checks: z.array(z.string()), code_owners: z.boolean(), already: z.boolean() });
const scopeSchema = z.strictObject({ branch: z.string() });
/** The port's own shape; what was stored is what this action has read. */
const snapshotSchema = z.strictObject({
  before: z.custom<Protection | null>((value) => value === null || typeof value === 'object'),
  after: z.string(),
});

const NEEDS = permissions(['administration', 'write'], ['contents', 'read']);

/** VO-30. Setting a protection replaces all of it: it is read, merged and written whole. */
export const githubProtectBranch = changeAction<Input, z.infer<typeof output>>({
  name: 'github.protect-branch',
  about: 'Requires checks and the review of code owners on a branch, beside everything that is set there.',
  effect: 'destructive',
  input,
  output,
  targets: ({ target }) => [target],
  rights: () => [],
  permissions: () => NEEDS,
  preflight: async ({ target }, context) => githubPreflight(repositoryAt(context, target), NEEDS),

  async plan(asked, context) {
    const { place, branch } = await placeFor(asked, context);
    const { github } = place;
    const before = await github.protection(branch);
    const after = wantedFor(before, asked);
    const changes = !same(before, after);
    return {
      summary: changes
        ? `Protects ${branch} of ${github.repository}: ${sayWanted(asked)}`
        : `${branch} of ${github.repository} is protected so already.`,
      diff: changes ? diffObjects(picture(before), picture(after)) : null,
      noPlan: changes ? null : 'Nothing would change.',
      notes: [
        ...(before === null ? [`${branch} is not protected now: from then on nobody pushes to it without a pull request.`] : []),
        ...(after.enforceAdmins ? [] : ['Administrators can still merge without.']),
        ...(await notesOnChecks(github, await headOf(place, branch), asked.checks)),
      ],
      touches: [touchOf(github, branch, before)],
      changes,
      scope: { branch },
      snapshot: { before: before as unknown as Json, after: digestOf(after) },
    };
  },

  async apply(asked, planned, context) {
    const { github } = repositoryAt(context, asked.target);
    const { branch } = scopeSchema.parse(planned.scope);
    const before = await github.protection(branch);
    const after = wantedFor(before, asked);
    const done = { branch, checks: (after.checks?.required ?? []).map(({ context }) => context), code_owners: after.reviews?.codeOwners ?? false };
    if (same(before, after)) return { output: { ...done, already: true }, summary: `${branch} is protected as planned.` };
    assertFresh(planned, [touchOf(github, branch, before)]);
    await github.protect(branch, after);
    return { output: { ...done, already: false }, summary: `${branch} is protected now: ${sayWanted(asked)}.` };
  },

  async revert(asked, planned, context, force) {
    const { github } = repositoryAt(context, asked.target);
    const { branch } = scopeSchema.parse(planned.scope);
    const { before, after } = snapshotSchema.parse(planned.snapshot);
    const now = await github.protection(branch);
    if (same(now, before)) return { kind: 'already', summary: `${branch} is protected as it was before.` };
    if (digestOf(now) !== after && !force) {
      const summary = `Somebody changed the protection of ${branch} meanwhile.`;
      return { kind: 'conflict', summary, diff: diffObjects(picture(now), picture(before)) };
    }
    await github.protect(branch, before);
    return { kind: 'reverted', summary: before === null ? `${branch} is not protected any more, as before.` : `${branch} is protected as before.` };
  },
});

async function placeFor({ target, branch }: Input, context: ActionContext): Promise<{ readonly place: Place; readonly branch: string }> {
  const place = repositoryAt(context, target);
  const name = branch ?? (await place.branch());
  await headOf(place, name);
  return { place, branch: name };
}

function wantedFor(before: Protection | null, { checks, code_owners, approvals }: Input): Protection {
  return mergedProtection(before, { checks, codeOwners: code_owners, approvals });
}

function same(one: Protection | null, other: Protection | null): boolean {
  return digestOf(one) === digestOf(other);
}

function touchOf(github: GitHub, branch: string, protection: Protection | null): Touch {
  return touch(`${github.repository} branch ${branch}`, branch, 'its protection', protection);
}

function sayWanted({ checks, code_owners, approvals }: Input): string {
  const parts = [
    ...(checks.length === 0 ? [] : [`required ${checks.join(', ')}`]),
    ...(code_owners ? ['review of code owners'] : []),
    ...(approvals === undefined ? [] : [`${approvals} approvals`]),
  ];
  return parts.join(', ') || 'as it is';
}

/** A check that never reports would hold up every merge: its name is that of the job, not of the workflow. */
async function notesOnChecks(github: GitHub, head: string, wanted: readonly string[]): Promise<readonly string[]> {
  if (wanted.length === 0) return [];
  const [newest] = (await unlessDenied(github.pulls({ state: 'all', limit: 1 }))) ?? [];
  const seen = await Promise.all([head, ...(newest === undefined ? [] : [newest.head.sha])].map((sha) => resultsAt(github, sha)));
  if (!seen.some(({ checksSeen }) => checksSeen))
    return ['Whether checks of these names report cannot be seen: the credentials may not read checks.'];
  return wanted
    .filter((name) => !seen.some(({ checks }) => checks.some((one) => one.name === name)))
    .map((name) => {
      const workflow = seen.some(({ workflows }) => workflows.some((one) => one.name === name));
      const why = workflow ? `${name} is a workflow; its check has the name of its job.` : `No check ${name} has reported lately.`;
      return `${why} A required check that never reports holds up every merge.`;
    });
}
