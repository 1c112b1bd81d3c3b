/** People, teams and apps by login or slug. */
export interface Actors {
  readonly users: readonly string[];
  readonly teams: readonly string[];
  readonly apps: readonly string[];
}

/** All of a branch's protection that can be set, as it is written back whole. */
export interface Protection {
  readonly checks: {
    readonly strict: boolean;
    /** `app` is the app that must report the check; `null`: any. */
    readonly required: readonly { readonly context: string; readonly app: number | null }[];
  } | null;
  readonly enforceAdmins: boolean;
  readonly reviews: {
    readonly count: number;
    readonly codeOwners: boolean;
    readonly dismissStale: boolean;
    readonly lastPushApproval: boolean;
    /** Who may dismiss reviews; `null`: everybody with write access. */
    readonly dismissal: Actors | null;
    /** Who may merge without; `null`: nobody. */
    readonly bypass: Actors | null;
  } | null;
  /** Who may push; `null`: everybody with write access. */
  readonly restrictions: Actors | null;
  readonly linearHistory: boolean;
  readonly forcePushes: boolean;
  readonly deletions: boolean;
  readonly blockCreations: boolean;
  readonly conversationResolution: boolean;
  readonly lockBranch: boolean;
  readonly allowForkSyncing: boolean;
}

/** What rulesets demand of a branch, beside its protection. */
export interface BranchRules {
  readonly checks: readonly string[];
  readonly codeOwners: boolean;
  readonly approvals: number;
}

export interface OwnersError {
  readonly line: number;
  readonly kind: string;
  readonly message: string;
}
