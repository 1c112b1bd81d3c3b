import { z } from 'zod';
import { UserError } from '../../domain/errors.ts';
import { asJson } from '../../domain/json.ts';
import { plural } from '../../lib/plural.ts';
import { type ActionContext, changeAction, type Touch } from '../../ports/action.ts';
import type { GitHub } from '../../ports/github.ts';
import type { Protection } from '../../ports/protection.ts';
import { diffObjects } from '../shared/diff.ts';
import { digestOf } from '../shared/digest.ts';
import { assertFresh, touch } from '../shared/stale.ts';
import { wantedFields } from './branch-protection.ts';
import { headOf, onRepository, type Place, permissions, repositoryAt } from './place.ts';
import { mergedProtection, picture } from './protection.ts';
import { reportedChecks, type WantedCheck } from './reported-checks.ts';

const input = z.strictObject(wantedFields);
type Input = z.infer<typeof input>;
const output = z.strictObject({ branch: z.string(), checks: z.array(z.string()), code_owners: z.boolean(), already: z.boolean() });
/** `checks`: the names that are asked for, which are those that have reported. Missing in plans of a release before. */
const scopeSchema = z.strictObject({ branch: z.string(), checks: z.array(z.string()).optional() });
/** The port's own shape; what was stored is what this action has read. */
const snapshotSchema = z.strictObject({
  before: z.custom<Protection | null>((value) => value === null || typeof value === 'object'),
  after: z.string(),
});

const NEEDS = permissions(['administration', 'write'], ['contents', 'read'], ['actions', 'read'], ['checks', 'read'], ['pull_requests', 'read']);

/** VO-30. Setting a protection replaces all of it: it is read, merged and written whole. */
export const githubProtectBranch = changeAction({
  name: 'github.protect-branch',
  about:
    'Requires checks, by the names under which they have reported, and the review of code owners on a branch, beside everything that is set there.',
  effect: 'destructive',
  input,
  output,
  ...onRepository(NEEDS),

  async plan(asked, context) {
    const { place, branch } = await placeFor(asked, context);
    const { github } = place;
    const before = await github.protection(branch);
    const reported = await reportedChecks(place, branch, await headOf(place, branch), asked.checks);
    const checks = namesToRequire(github, reported);
    const wanted = { ...asked, checks };
    const after = wantedFor(before, wanted);
    const changes = !same(before, after);
    return {
      summary: changes
        ? `Protects ${branch} of ${github.repository}: ${sayWanted(wanted)}`
        : `${branch} of ${github.repository} is already protected this way.`,
      diff: changes ? diffObjects(picture(before), picture(after)) : null,
      noPlan: changes ? null : 'Nothing would change.',
      notes: [
        ...(before === null ? [`${branch} is not protected now: from then on nobody pushes to it without a pull request.`] : []),
        ...(after.enforceAdmins ? [] : ['Administrators can still merge without these checks.']),
        ...notesOnChecks(reported),
      ],
      touches: [touchOf(github, branch, before)],
      changes,
      scope: { branch, checks },
      snapshot: { before: asJson(before), after: digestOf(after) },
    };
  },

  async apply(asked, planned, context) {
    const { github } = repositoryAt(context, asked.target);
    const { branch, checks = asked.checks } = scopeSchema.parse(planned.scope);
    const before = await github.protection(branch);
    const wanted = { ...asked, checks };
    const after = wantedFor(before, wanted);
    const done = { branch, checks: (after.checks?.required ?? []).map(({ context }) => context), code_owners: after.reviews?.codeOwners ?? false };
    if (same(before, after)) return { output: { ...done, already: true }, summary: `${branch} is protected as planned.` };
    assertFresh(planned, [touchOf(github, branch, before)]);
    await github.protect(branch, after);
    return { output: { ...done, already: false }, summary: `${branch} is protected now: ${sayWanted(wanted)}.` };
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
    return { kind: 'reverted', summary: before === null ? `${branch} is unprotected again, as before.` : `${branch} is protected as before.` };
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
    ...(approvals === undefined ? [] : [plural(approvals, 'approval')]),
  ];
  return parts.join(', ') || 'as it is';
}

/**
 * Names that a protection may ask for: a required check that never reports blocks every pull request. Where it is not known what reports, the
 * name that is wanted. @throws UserError `check-never-reported`
 */
function namesToRequire(github: GitHub, reported: readonly WantedCheck[]): string[] {
  const never = reported.filter(({ names }) => names?.length === 0).map(({ wanted }) => wanted);
  if (never.length === 0) return reported.flatMap(({ wanted, names }) => names ?? [wanted]);
  throw new UserError(
    'check-never-reported',
    `Nothing called ${never.join(', ')} has reported on ${github.repository} recently, neither a check nor a workflow. Requiring it would block every pull request. Let it run once, or correct its name in the runbook.`,
    { refusal: true },
  );
}

/** What else may hold up a merge. */
function notesOnChecks(reported: readonly WantedCheck[]): readonly string[] {
  return reported.flatMap(({ wanted, names, notFor }) => [
    ...noteOnNames(wanted, names),
    ...(notFor === null ? [] : [`${notFor}. A required check that does not run blocks pull requests forever: remove the filter first.`]),
  ]);
}

function noteOnNames(wanted: string, names: WantedCheck['names']): readonly string[] {
  if (names === null)
    return [
      `Under which names ${wanted} reports is not known: not all checks, runs and jobs could be read. ${wanted} itself is required; if no check has that name, every pull request is blocked.`,
    ];
  return names.includes(wanted) ? [] : [`${wanted} reports as ${names.join(', ')}: that is what is required.`];
}
