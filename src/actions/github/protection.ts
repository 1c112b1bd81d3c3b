import type { Actors, Protection } from '../../ports/protection.ts';

/** What a branch must have at least. */
export interface WantedProtection {
  readonly checks: readonly string[];
  readonly codeOwners: boolean;
  /** Approvals; unset: those that are there, one where there are none. */
  readonly approvals?: number | undefined;
}

/** What a branch has that is protected, but by nothing. */
const BARE: Protection = {
  checks: null,
  enforceAdmins: false,
  reviews: null,
  restrictions: null,
  linearHistory: false,
  forcePushes: false,
  deletions: false,
  blockCreations: false,
  conversationResolution: false,
  lockBranch: false,
  allowForkSyncing: false,
};

/** What is there with what is wanted added (VO-30). Nothing that is there is lost or loosened. */
export function mergedProtection(current: Protection | null, wanted: WantedProtection): Protection {
  const base = current ?? BARE;
  const known = base.checks?.required ?? [];
  const added = wanted.checks.filter((context) => !known.some((one) => one.context === context)).map((context) => ({ context, app: null }));
  const required = [...known, ...added];
  const needsReviews = wanted.codeOwners || wanted.approvals !== undefined;
  return {
    ...base,
    checks: base.checks === null && added.length === 0 ? null : { strict: base.checks?.strict ?? false, required },
    reviews:
      base.reviews === null && !needsReviews
        ? null
        : {
            ...(base.reviews ?? { count: 1, dismissStale: false, lastPushApproval: false, dismissal: null, bypass: null, codeOwners: false }),
            count: Math.max(base.reviews?.count ?? 1, wanted.approvals ?? 0),
            codeOwners: (base.reviews?.codeOwners ?? false) || wanted.codeOwners,
          },
  };
}

/** A protection for people, one line a setting. */
export function picture(protection: Protection | null): Readonly<Record<string, unknown>> | null {
  if (protection === null) return null;
  const { checks, reviews, restrictions } = protection;
  return {
    'required checks': checks === null ? 'none' : checks.required.map(({ context, app }) => (app === null ? context : `${context} (of app ${app})`)),
    ...(checks === null ? {} : { 'branch must be up to date': yes(checks.strict) }),
    approvals: reviews?.count ?? 'none',
    ...(reviews === null
      ? {}
      : {
          'review of code owners': yes(reviews.codeOwners),
          'new commits dismiss approvals': yes(reviews.dismissStale),
          'approval of the last push': yes(reviews.lastPushApproval),
          'who dismisses reviews': sayActors(reviews.dismissal, 'whoever may write'),
          'who merges without review': sayActors(reviews.bypass, 'nobody'),
        }),
    'holds for administrators': yes(protection.enforceAdmins),
    'who pushes': sayActors(restrictions, 'whoever may write'),
    'linear history': yes(protection.linearHistory),
    'conversations resolved': yes(protection.conversationResolution),
    'force pushes': protection.forcePushes ? 'allowed' : 'refused',
    deletion: protection.deletions ? 'allowed' : 'refused',
    'creations blocked': yes(protection.blockCreations),
    locked: yes(protection.lockBranch),
    'forks may sync': yes(protection.allowForkSyncing),
  };
}

function yes(on: boolean): string {
  return on ? 'yes' : 'no';
}

function sayActors(actors: Actors | null, nobody: string): string {
  if (actors === null) return nobody;
  return [...actors.users, ...actors.teams.map((slug) => `team ${slug}`), ...actors.apps.map((slug) => `app ${slug}`)].join(', ') || 'nobody';
}
