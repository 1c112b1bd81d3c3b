export interface Restrictions {
  readonly users: readonly string[];
  readonly teams: readonly string[];
  readonly apps: readonly string[];
}

/** A branch's protection. `PUT` replaces all of it but the required signatures, which have a route of their own. */
export interface Protection {
  checks: { strict: boolean; checks: { context: string; app_id: number | null }[] } | null;
  enforceAdmins: boolean;
  reviews: {
    dismiss_stale_reviews: boolean;
    require_code_owner_reviews: boolean;
    required_approving_review_count: number;
    require_last_push_approval: boolean;
    dismissal: Restrictions | null;
    bypass: Restrictions | null;
  } | null;
  restrictions: Restrictions | null;
  signatures: boolean;
  flags: Record<Flag, boolean>;
}

export const FLAGS = [
  'required_linear_history',
  'allow_force_pushes',
  'allow_deletions',
  'block_creations',
  'required_conversation_resolution',
  'lock_branch',
  'allow_fork_syncing',
] as const;
export type Flag = (typeof FLAGS)[number];

export function noFlags(): Record<Flag, boolean> {
  return Object.fromEntries(FLAGS.map((flag) => [flag, false])) as Record<Flag, boolean>;
}
