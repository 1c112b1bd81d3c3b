import { z } from 'zod';
import type { GitHub } from '../../ports/github.ts';
import type { Actors, BranchRules, Protection } from '../../ports/protection.ts';
import type { Requests } from './client.ts';
import { anything, login } from './shapes.ts';

const REPO = '/repos/{owner}/{repo}';
const PROTECTION = `${REPO}/branches/{branch}/protection`;

const slug = z.object({ slug: z.string() }).transform((one) => one.slug);
const actors = z.object({ users: z.array(login).default([]), teams: z.array(slug).default([]), apps: z.array(slug).default([]) });
const flag = z
  .object({ enabled: z.boolean() })
  .nullish()
  .transform((one) => one?.enabled ?? false);

const protectionShape: z.ZodType<Protection> = z
  .object({
    required_status_checks: z
      .object({
        strict: z.boolean().default(false),
        contexts: z.array(z.string()).default([]),
        checks: z.array(z.object({ context: z.string(), app_id: z.number().int().nullish() })).optional(),
      })
      .nullish(),
    enforce_admins: flag,
    required_pull_request_reviews: z
      .object({
        required_approving_review_count: z.number().int().default(0),
        require_code_owner_reviews: z.boolean().default(false),
        dismiss_stale_reviews: z.boolean().default(false),
        require_last_push_approval: z.boolean().default(false),
        dismissal_restrictions: actors.nullish(),
        bypass_pull_request_allowances: actors.nullish(),
      })
      .nullish(),
    restrictions: actors.nullish(),
    required_linear_history: flag,
    allow_force_pushes: flag,
    allow_deletions: flag,
    block_creations: flag,
    required_conversation_resolution: flag,
    lock_branch: flag,
    allow_fork_syncing: flag,
  })
  .transform((answer): Protection => {
    const { required_status_checks: checks, required_pull_request_reviews: reviews } = answer;
    const required = checks?.checks?.map(({ context, app_id }) => ({ context, app: app_id ?? null }));
    return {
      checks: checks == null ? null : { strict: checks.strict, required: required ?? checks.contexts.map((context) => ({ context, app: null })) },
      enforceAdmins: answer.enforce_admins,
      reviews:
        reviews == null
          ? null
          : {
              count: reviews.required_approving_review_count,
              codeOwners: reviews.require_code_owner_reviews,
              dismissStale: reviews.dismiss_stale_reviews,
              lastPushApproval: reviews.require_last_push_approval,
              dismissal: reviews.dismissal_restrictions ?? null,
              bypass: reviews.bypass_pull_request_allowances ?? null,
            },
      restrictions: answer.restrictions ?? null,
      linearHistory: answer.required_linear_history,
      forcePushes: answer.allow_force_pushes,
      deletions: answer.allow_deletions,
      blockCreations: answer.block_creations,
      conversationResolution: answer.required_conversation_resolution,
      lockBranch: answer.lock_branch,
      allowForkSyncing: answer.allow_fork_syncing,
    };
  });

const rule = z.object({
  type: z.string(),
  parameters: z
    .object({
      required_status_checks: z.array(z.object({ context: z.string() })).default([]),
      require_code_owner_review: z.boolean().default(false),
      required_approving_review_count: z.number().int().default(0),
    })
    .optional(),
});

/** Protection of branches, rulesets, and what GitHub finds wrong in CODEOWNERS. */
export function protectionOf({ ask, find, list }: Requests): Pick<GitHub, 'protection' | 'protect' | 'rules' | 'ownersErrors'> {
  return {
    protection: (branch) => find(`read the protection of ${branch}`, protectionShape, `GET ${PROTECTION}`, { branch }),
    async protect(branch, protection) {
      if (protection === null) await find(`take the protection off ${branch}`, anything, `DELETE ${PROTECTION}`, { branch });
      else await ask(`protect ${branch}`, anything, `PUT ${PROTECTION}`, { branch, ...bodyOf(protection) });
    },
    async rules(branch) {
      const rules = await list(`read the rules of ${branch}`, rule, `GET ${REPO}/rules/branches/{branch}`, 100, { branch });
      return rules.reduce<BranchRules>(
        (all, { parameters }) => ({
          checks: [...all.checks, ...(parameters?.required_status_checks ?? []).map(({ context }) => context)],
          codeOwners: all.codeOwners || (parameters?.require_code_owner_review ?? false),
          approvals: Math.max(all.approvals, parameters?.required_approving_review_count ?? 0),
        }),
        { checks: [], codeOwners: false, approvals: 0 },
      );
    },
    async ownersErrors(ref) {
      const shape = z.object({ errors: z.array(z.object({ line: z.number().int(), kind: z.string(), message: z.string() })) });
      return (await find('check CODEOWNERS', shape, `GET ${REPO}/codeowners/errors`, { ref }))?.errors ?? [];
    },
  };
}

/**
 * The whole protection, as `PUT` takes it: what is left out would be switched off. A check that any app may report is read as `null` and
 * written as -1; without a number it would be tied to the app that reported it last.
 */
function bodyOf(protection: Protection): Record<string, unknown> {
  const { checks, reviews } = protection;
  const listed = ({ users, teams, apps }: Actors) => ({ users, teams, apps });
  return {
    required_status_checks:
      checks === null ? null : { strict: checks.strict, checks: checks.required.map(({ context, app }) => ({ context, app_id: app ?? -1 })) },
    enforce_admins: protection.enforceAdmins,
    required_pull_request_reviews:
      reviews === null
        ? null
        : {
            required_approving_review_count: reviews.count,
            require_code_owner_reviews: reviews.codeOwners,
            dismiss_stale_reviews: reviews.dismissStale,
            require_last_push_approval: reviews.lastPushApproval,
            ...(reviews.dismissal === null ? {} : { dismissal_restrictions: listed(reviews.dismissal) }),
            ...(reviews.bypass === null ? {} : { bypass_pull_request_allowances: listed(reviews.bypass) }),
          },
    restrictions: protection.restrictions === null ? null : listed(protection.restrictions),
    required_linear_history: protection.linearHistory,
    allow_force_pushes: protection.forcePushes,
    allow_deletions: protection.deletions,
    block_creations: protection.blockCreations,
    required_conversation_resolution: protection.conversationResolution,
    lock_branch: protection.lockBranch,
    allow_fork_syncing: protection.allowForkSyncing,
  };
}
