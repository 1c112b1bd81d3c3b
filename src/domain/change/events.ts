import type { ArtifactRef, Outcome } from '../record.ts';
import type { Risk } from './plans.ts';

/** One step of a plan as its record shows it; the whole plan is the record's artifact. */
export interface PlannedStep {
  readonly uses: string;
  readonly summary: string;
  /** Clipped for the record; `null` when no plan is possible, and then `no_plan` says why. */
  readonly diff: string | null;
  readonly no_plan: string | null;
  /** What an approver has to know comes first: a card shows the first ones. */
  readonly notes: readonly string[];
  /** The expressions that stand as `⟨expression⟩` in its words, since they have no value yet; missing where there are none, and in older records. */
  readonly late?: readonly string[];
  /** SHA-256 of the snapshot that a revert needs; the snapshot itself is kept encrypted in the database. */
  readonly snapshot_sha256: string | null;
}

/** What each record of diagnosis, change and approval carries. Keys are the stored names. */
export interface ChangeEventData {
  'diagnosis.requested': { run: string; runbook: string; title: string; arguments?: Readonly<Record<string, string>> };
  /** `files`: what its artifacts are, the last ones in this order. */
  'diagnosis.step': { run: string; runbook: string; step: string; uses: string; summary: string; ms: number; files?: readonly string[] };
  'diagnosis.finished': {
    run: string;
    runbook: string;
    revision: string;
    /** `exact`: parts of `says` that people copy; missing where there are none, and in older records. */
    findings: readonly { says: string; exact?: readonly string[]; suggests: readonly string[] }[];
    failed: readonly string[];
    /** What stands in the forms of its remedies to begin with, by remedy and argument. */
    fills?: Readonly<Record<string, Readonly<Record<string, string>>>>;
    /** What has to be granted so that all of it can be read; missing where nothing has. */
    needs?: readonly string[];
    /** The alert that it was made for before there was this incident, when it had looked, and the runbook's title; missing in older records. */
    alert?: string;
    as_of?: string;
    title?: string;
  };
  'remedy.requested': {
    run: string;
    runbook: string;
    revision: string;
    remedy: string;
    title: string;
    risk: Risk;
    needs: readonly string[];
    roles: readonly string[];
    arguments: Readonly<Record<string, string>>;
    reason: string;
  };
  'plan.made': {
    plan: string;
    run: string;
    kind: 'change' | 'extend';
    of: string | null;
    runbook: string;
    revision: string;
    remedy: string;
    title: string;
    risk: Risk;
    /** What is at stake, where the runbook says it. */
    stake?: string;
    plan_hash: string;
    needs: readonly string[];
    requester: string;
    requester_roles: readonly string[];
    expires: string;
    steps: readonly PlannedStep[];
    reason: string;
    revert_after_ms: number | null;
    revert_remind_ms: number | null;
    /** What the plan before was voided for; `null` for a first plan. */
    replaces: string | null;
  };
  /** `final`: no other plan is made in its place. */
  'plan.voided': { plan: string; reason: string; final?: boolean };
  /** `by_asking`: the requester got the role after they had asked, which counts as it does the other way round. */
  'approval.given': { plan: string; plan_hash: string; roles: readonly string[]; missing: readonly string[]; by_asking?: boolean };
  /** Nobody can complete it as roles are held now. `lacking`: roles for which nobody is left; `commanders`: who would make it possible as commander. */
  'approval.blocked': { plan: string; lacking: readonly string[]; commanders: readonly string[] };
  'approval.possible': { plan: string };
  'approval.rejected': { plan: string; plan_hash: string; reason: string };
  'approval.withdrawn': { plan: string; reason: string };
  'approval.reminded': { plan: string; missing: readonly string[] };
  'approval.expired': { plan: string; missing: readonly string[] };
  'evidence.captured': { plan: string; phase: 'before' | 'during' | 'after'; step: string; uses: string; summary: string };
  'change.intended': { plan: string; plan_hash: string; approvers: readonly { role: string; user: string }[]; steps: readonly string[] };
  'change.applied': { plan: string; step: number; uses: string; summary: string };
  'change.failed': { plan: string; step: number; uses: string; error: string };
  /** `unknown`: it could not be looked. */
  'change.verified': { plan: string; passed: boolean; summary: string; unknown?: boolean };
  /** `way_back`: nothing reverts by itself, and a person can put it back. */
  'remedy.applied': { plan: string; revert_at: string | null; way_back?: boolean };
  /** `requester`: who has to be told, when it is not of their own doing; `title`: what was asked for, where no plan says it. */
  'remedy.failed': { plan: string | null; run: string; reason: string; applied: number; requester?: string; title?: string };
  'revert.reminded': { plan: string; revert_at: string };
  'revert.extended': { plan: string; by_plan: string; until: string };
  'revert.requested': { plan: string; reason: string };
  'revert.started': { plan: string; because: string; late_ms: number };
  'revert.failed': { plan: string; step: number; error: string; attempt: number };
  'revert.conflict': { plan: string; step: number; object: string; summary: string; diff: string };
  'revert.waiting': { plan: string; object: string };
  'revert.settled': { plan: string; keep: boolean; reason: string };
  'change.reverted': { plan: string; step: number; uses: string; summary: string };
  'remedy.reverted': { plan: string; late_ms: number; verified: boolean | null; kept: number; summary: string };
  'recurrence.watched': { plan: string; until: string };
  /** `again: false`: it never went away. `reverted`, here and below: the look after the revert, of whether the cause is gone. */
  'recurrence.seen': { plan: string; summary: string; again?: boolean; reverted?: boolean };
  'recurrence.clear': { plan: string; summary: string; reverted?: boolean };
  /** Nobody could see whether it came back. */
  'recurrence.unknown': { plan: string; summary: string; reverted?: boolean };
  'follow-up.added': { text: string; plan: string | null };
}

export type ChangeEventType = keyof ChangeEventData;

/** An event of a durable run, before the decider has allowed it. */
export type ChangeEvent = {
  [T in ChangeEventType]: {
    readonly type: T;
    readonly data: ChangeEventData[T];
    readonly outcome?: Outcome;
    readonly artifacts?: readonly ArtifactRef[];
  };
}[ChangeEventType];

/** `data.plan` of an event that is about one; `null` for the others. */
export function planOf(event: { readonly data: object }): string | null {
  return 'plan' in event.data && typeof event.data.plan === 'string' ? event.data.plan : null;
}
