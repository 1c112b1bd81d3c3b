import type { Incident } from '../incident/incident.ts';
import type { NoticePlace } from '../notice/places.ts';
import type { Notice } from '../records/data/notices.ts';
import type { Priority, TrackerKind } from '../records/data/tracking.ts';
import type { Severity } from '../severity.ts';

/** How dangerous a remedy is (docs/how-to/set-up-approvals.md): safe needs a role, change a confirmation, the rest two people. */
export const RISKS = ['safe', 'change', 'destructive', 'emergency'] as const;
export type Risk = (typeof RISKS)[number];

/** Roles that an approval may ask for; `responder` is anybody who answers for the service. */
export const APPROVAL_ROLES = ['incident-commander', 'security', 'communications', 'scribe', 'responder'] as const;

export const PLAN_STATUSES = [
  'waiting',
  'approved',
  'applying',
  'applied',
  'reverting',
  'reverted',
  'kept',
  'failed',
  'rejected',
  'expired',
  'voided',
] as const;
export type PlanStatus = (typeof PLAN_STATUSES)[number];

/** One person's yes: the needed roles they held at that moment. */
export interface Approval {
  readonly user: string;
  readonly roles: readonly string[];
  readonly at: number;
  /** They asked for the plan, and got the role afterwards. */
  readonly byAsking?: true;
}

/** Why nobody can complete a plan as roles are held now. */
export interface Blocked {
  /** The needed roles for which nobody is left: each is filled by a different person. */
  readonly lacking: readonly string[];
  /** Who would make it possible as incident commander. */
  readonly commanders: readonly string[];
  /** Nobody has the command yet. */
  readonly uncommanded?: true;
}

/** What of a service's runbooks may be undone by itself, ms. */
export interface RevertTerms {
  readonly afterMs: number;
  readonly remindMs: number | null;
}

/** Whether what a remedy mended comes back. */
export interface Watch {
  readonly until: number;
  /** `still`: it never went away; `another`: it fails again, otherwise than before; `null` while it is watched. */
  readonly outcome: 'clear' | 'again' | 'another' | 'still' | 'unknown' | null;
  readonly endedAt: number | null;
}

/** A plan as the incident keeps it. Its full text is the artifact of the record `plan.made` at `seq`. */
export interface Plan {
  readonly id: string;
  readonly seq: number;
  /** The durable run that carries it out. */
  readonly run: string;
  /** `change`: a remedy; `extend`: more time for another plan's revert; `notice`: a text for customers. */
  readonly kind: 'change' | 'extend' | 'notice';
  /** The plan whose revert is put off; `null` for a change. */
  readonly of: string | null;
  readonly runbook: string;
  readonly remedy: string;
  readonly title: string;
  readonly risk: Risk;
  /** What was found that it is for; missing where nothing was. */
  readonly isFor?: readonly string[];
  /** What is at stake, where its runbook says it. */
  readonly stake?: string;
  readonly hash: string;
  readonly needs: readonly string[];
  readonly requester: string;
  /** It takes the place of a plan that is void: asking for that one counts for nothing here. */
  readonly again?: true;
  /** It lists more of what it acts on than its card shows (./listed.ts). */
  readonly lists?: true;
  /** The requester may confirm it alone: nobody else has to be asked. */
  readonly confirms?: true;
  /** What it would have done, had it not been approved in a drill. */
  readonly wouldHave?: readonly string[];
  /** Nobody can complete it as roles are held now. */
  readonly blocked?: Blocked;
  readonly approvals: readonly Approval[];
  readonly status: PlanStatus;
  readonly madeAt: number;
  readonly expiresAt: number;
  readonly remindedAt: number | null;
  readonly steps: number;
  /** Indexes of the steps that were applied. */
  readonly applied: readonly number[];
  readonly reverted: readonly number[];
  readonly revert: RevertTerms | null;
  readonly intendedAt: number | null;
  /** `null`: nothing was looked at; `unknown`: it could not be. */
  readonly verified: boolean | 'unknown' | null;
  /** When it was looked, and what was seen. */
  readonly verification: { readonly at: number; readonly says: string } | null;
  /** When the last of its changes was made. */
  readonly appliedAt: number | null;
  readonly watch: Watch | null;
  readonly revertAt: number | null;
  readonly revertReminded: boolean;
  readonly revertFailures: number;
  /** Who asked to put it back, and how long (ms) before its time; `earlyMs` is `null` where it had none, and 0 where that had passed. */
  readonly revertAsked?: { readonly by: string; readonly reason: string; readonly earlyMs: number | null };
  /** How often a person has told the revert something: asked for it or put it off. */
  readonly turns: number;
  /** How often the revert found somebody else's value. */
  readonly conflicts: number;
  /** A revert that found somebody else's value and waits for a person. */
  readonly conflict: { readonly step: number; readonly object: string; readonly askedAt: number } | null;
  /** It stays until a person puts it back. */
  readonly wayBack?: true;
  /** Nothing of it can be put back: why, and what to do instead, where its actions say it. */
  readonly oneWay?: readonly string[];
  /** All that it does is propose something, for people to take or leave: that comes after an incident as well. */
  readonly proposes?: true;
  /** Slack refused its card, or took it as text: nobody reads there what becomes of it. */
  readonly cardless?: true;
  readonly endedAt: number | null;
  /** Why it ended as it did, for people. */
  readonly reason: string | null;
  /** Who rejected or withdrew it; missing for what nobody did, and in what an older release has stored. */
  readonly endedBy?: string;
  /** What customers read, where it is a notice, and of which places it is known that it is there or that it never will be. */
  readonly notice?: Notice;
  readonly sent?: readonly NoticePlace[];
  readonly unsent?: readonly NoticePlace[];
}

/** Whether one person's yes is all that a plan needs: they confirm it. Several people approve. */
export function isConfirmed({ needs }: Pick<Plan, 'needs'>): boolean {
  return needs.length === 1;
}

/** A remedy that somebody asked for and whose plan is being made. */
export interface Requested {
  readonly run: string;
  readonly runbook: string;
  readonly remedy: string;
  readonly title: string;
  readonly risk: Risk;
  readonly by: string;
  /** Of the roles that its approvals need, those the requester held when asking. */
  readonly roles: readonly string[];
  readonly at: number;
  /** All that it does is propose something. */
  readonly proposes?: true;
}

/** An action item: what is to be done after the incident. An emergency change leaves one by itself. */
export interface FollowUp {
  readonly text: string;
  readonly plan: string | null;
  readonly by: string;
  readonly at: number;
  readonly owner?: string;
  /** The day that it is to be done by, `2026-12-10`, in the service's time zone. */
  readonly due?: string;
  readonly priority?: Priority;
  /** `there`: where and by whom its issue was closed, `in GitHub by @ada`; missing for what was said in Slack. */
  readonly done?: { readonly by: string; readonly at: number; readonly there?: string };
  /** How often it was done and opened again; missing for never. */
  readonly turns?: number;
  readonly issue?: Issue;
  /** What was to be done with its issue last could not be done. */
  readonly failing?: true;
  /** Its owner and the room heard that it is overdue. */
  readonly reminded?: true;
}

/** The issue of an action item, where work is tracked. */
export interface Issue {
  readonly tracker: TrackerKind;
  readonly id: string;
  readonly key: string;
  readonly url: string;
  /** What was known last of the issue, and as of when there (ms). */
  readonly done: boolean;
  readonly at: number;
  /** It is not there any more. */
  readonly lost?: true;
}

/** What the last diagnosis of a runbook concluded. */
export interface DiagnosisState {
  readonly run: string;
  readonly runbook: string;
  readonly title: string;
  readonly at: number;
  readonly endedAt: number | null;
  readonly findings: readonly { readonly says: string; readonly suggests: readonly string[] }[];
  /** What it was asked with; missing where with nothing. */
  readonly arguments?: Readonly<Record<string, string>>;
  /** What stands in the forms of its remedies to begin with, by remedy and argument; missing until it has ended. */
  readonly fills?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** What this and earlier ones have said that has to be granted; missing where nothing has. */
  readonly needs?: readonly string[];
  /** What it is called by what was found; missing where that was always the runbook's title. */
  readonly called?: string;
}

/** Plans that a person still has to decide upon, or whose revert has not ended: an incident with one is not closed. */
export function pendingPlans(incident: Incident): readonly Plan[] {
  return Object.values(incident.plans).filter(isPending);
}

export function isPending(plan: Plan): boolean {
  if (plan.status === 'applied') return plan.revertAt !== null;
  return plan.status === 'waiting' || plan.status === 'approved' || plan.status === 'applying' || plan.status === 'reverting';
}

/** Plans that nobody has begun to apply, or that are being applied: what ends with an incident. What is in force stays until its revert. */
export function plansUnderWay(incident: Incident): readonly Plan[] {
  return Object.values(incident.plans).filter(isUnderWay);
}

/** Remedies whose plan, or whose next plan, is being made. */
export function beingPlanned(incident: Incident): readonly Requested[] {
  const standing = new Set(plansUnderWay(incident).map(({ run }) => run));
  return Object.values(incident.requested).filter(({ run }) => !standing.has(run));
}

function isUnderWay({ status }: Plan): boolean {
  return status === 'waiting' || status === 'approved' || status === 'applying';
}

/** Emergency changes that are in force, e.g. a policy bypass. */
export function activeBypasses(incident: Incident): readonly Plan[] {
  return Object.values(incident.plans).filter(
    (plan) =>
      plan.kind === 'change' && plan.risk === 'emergency' && (plan.status === 'applied' || plan.status === 'applying' || plan.status === 'reverting'),
  );
}

/** What stays in force when its incident is over: safeguards that are off, and whatever reverts by itself. */
export function plansInForce(incident: Incident): readonly Plan[] {
  const bypasses = new Set(activeBypasses(incident));
  return Object.values(incident.plans).filter((plan) => bypasses.has(plan) || (plan.status === 'applied' && plan.revertAt !== null));
}

/**
 * The needed roles that nobody fills yet. Roles are filled by different people (ADR 9): a person who holds two fills
 * one, whichever lets the others fill more.
 */
export function missingRoles(needs: readonly string[], approvals: readonly Approval[]): readonly string[] {
  const filled = bestFilling(needs, approvals);
  return needs.filter((_, i) => filled[i] === null);
}

/** Who fills which needed role, in the order of `needs`; `null` where nobody does yet. */
export function bestFilling(needs: readonly string[], approvals: readonly Approval[]): readonly (string | null)[] {
  const people = peopleOf(approvals);
  const fillers: (number | null)[] = needs.map(() => null);
  people.forEach((_, person) => place(person, new Set()));
  return fillers.map((person) => (person === null ? null : (people[person]?.user ?? null)));

  /** Finds a role for a person, moving others to another of their roles where that helps. */
  function place(person: number, tried: Set<number>): boolean {
    for (const [role, name] of needs.entries()) {
      if (tried.has(role) || people[person]?.roles.has(name) !== true) continue;
      tried.add(role);
      const holder = fillers[role] ?? null;
      if (holder === null || place(holder, tried)) {
        fillers[role] = person;
        return true;
      }
    }
    return false;
  }
}

/** Each person once, with every role that they gave: whoever approved twice is still one person. */
function peopleOf(approvals: readonly Approval[]): { readonly user: string; readonly roles: ReadonlySet<string> }[] {
  const found = new Map<string, Set<string>>();
  for (const { user, roles } of approvals) {
    const known = found.get(user) ?? new Set();
    for (const role of roles) known.add(role);
    found.set(user, known);
  }
  return [...found].map(([user, roles]) => ({ user, roles }));
}

/** What a remedy is allowed at all at this severity; `null` when it may be asked for. */
export function severityNeeded(risk: Risk, severity: Severity): Severity | null {
  return risk === 'emergency' && severity !== 'P0' ? 'P0' : null;
}

/** A remedy's name as it is asked for and decided about: a last resort says so before anything else. */
export function remedyTitle({ title, lastResort }: { readonly title: string; readonly lastResort: boolean }): string {
  return lastResort ? `LAST RESORT: ${title}` : title;
}
