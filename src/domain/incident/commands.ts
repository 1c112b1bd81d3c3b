import type { ChangeEvent } from '../change/events.ts';
import type { Risk } from '../change/plans.ts';
import type { Mark } from '../conditions.ts';
import type { DrillTerms } from '../drill/drill.ts';
import type { IncidentType } from '../incident-type.ts';
import type { IncidentPolicy, Who } from '../policy.ts';
import type { Priority } from '../records/data/tracking.ts';
import type { Severity } from '../severity.ts';
import type { ReviewTold } from './decide-review.ts';
import type { EventData } from './events.ts';
import type { Role, Status } from './incident.ts';
import type { MailTold } from './mails.ts';
import type { PagerDutyTold } from './pagerduty.ts';
import type { ReachTold } from './reach.ts';
import type { Timer } from './timer.ts';
import type { ItemTold } from './tracking.ts';

/** A person as the workspace knows them now. `roles` were looked up for this request; none are remembered. */
export interface Person {
  readonly id: string;
  readonly roles: readonly string[];
  /** Guests, bots, deactivated people and people of other workspaces change nothing (docs/explanation/security.md#approvals). */
  readonly trusted: boolean;
}

/** What an incident begins with. */
export interface Declaration {
  readonly type: 'declare';
  readonly title: string;
  readonly service: string;
  readonly serviceName: string;
  readonly severity: Severity;
  readonly incidentType?: string | null;
  readonly component?: string | null;
  readonly impact?: string | null;
  readonly customerImpact?: boolean;
  /** Unless told, a security breach is private and nothing else. */
  readonly private?: boolean | undefined;
  readonly detected?: number | null;
  readonly statusPage?: string | null;
  /** Ids of the service's incidents that were open already. */
  readonly beside?: readonly string[];
  readonly policy: IncidentPolicy;
  /** It is a drill: nobody is called, and it is kept apart from incidents. */
  readonly drill?: DrillTerms;
}

/** What a person asks of an incident. */
export type PersonCommand =
  | Declaration
  | { readonly type: 'acknowledge' }
  /** `approves`: false for a commander who is not in the configured group, and so approves nothing. */
  | {
      readonly type: 'assign';
      readonly role: Role;
      readonly user: string;
      readonly handoff: boolean;
      readonly note?: string | null;
      readonly approves?: boolean;
    }
  | { readonly type: 'change-severity'; readonly severity: Severity; readonly reason: string }
  | {
      readonly type: 'change-impact';
      readonly impact?: string;
      readonly customerImpact?: boolean;
      readonly dataExposure?: boolean;
      /** What is marked or not from now on; the others stay. */
      readonly marks?: Readonly<Partial<Record<Mark, boolean>>>;
    }
  | { readonly type: 'change-type'; readonly incidentType: IncidentType; readonly reason?: string | null }
  /** `url`: the link to its call; `null`: it has none. */
  | { readonly type: 'change-call'; readonly url: string | null }
  | { readonly type: 'change-status'; readonly status: Extract<Status, 'investigating' | 'identified' | 'monitoring'>; readonly note?: string | null }
  | { readonly type: 'add-note'; readonly text: string }
  /** `number`: which note, counted from 1. */
  | { readonly type: 'edit-note'; readonly number: number; readonly text: string }
  | { readonly type: 'strike-note'; readonly number: number; readonly why?: string | null }
  | {
      readonly type: 'pin-message';
      readonly channel: string;
      readonly ts: string;
      readonly author: string | null;
      readonly text: string;
      readonly permalink: string | null;
    }
  | {
      readonly type: 'post-update';
      readonly situation?: string;
      readonly nextSteps?: string;
      readonly eta?: string;
      readonly impact?: string;
      readonly actions?: readonly string[];
      readonly status?: Extract<Status, 'investigating' | 'identified' | 'monitoring'>;
      /** The due time (ms) the draft was offered for; a draft for another due time is stale. */
      readonly forDue?: number;
    }
  | { readonly type: 'snooze'; readonly ms: number; readonly reason: string }
  | { readonly type: 'escalate'; readonly reason: string }
  /** Calls anybody, whoever is in line. */
  | { readonly type: 'page'; readonly who: Who; readonly reason: string }
  /** PagerDuty pages its on-call of the service. */
  | { readonly type: 'page-on-call'; readonly reason: string }
  | { readonly type: 'tick'; readonly item: string; readonly done: boolean }
  /** `room`: where the other incident meets, for those who look for it. */
  /** `private`: whether the other one is. */
  | { readonly type: 'merge'; readonly into: string; readonly room?: string; readonly private?: boolean }
  | { readonly type: 'absorb'; readonly from: string; readonly title: string; readonly private: boolean }
  /** `voids`: the person was told what is under way, and that resolving ends it. */
  /** `cancels`: it was none, as the summary says. */
  | { readonly type: 'resolve'; readonly summary: string; readonly voids?: boolean; readonly cancels?: boolean }
  | { readonly type: 'reopen'; readonly reason: string }
  | { readonly type: 'close' }
  | {
      readonly type: 'request-remedy';
      /** The durable run's id: the request happens once. */
      readonly run: string;
      readonly runbook: string;
      readonly revision: string;
      readonly remedy: string;
      readonly title: string;
      readonly risk: Risk;
      /** Roles that its approvals need. */
      readonly needs: readonly string[];
      readonly arguments: Readonly<Record<string, string>>;
      readonly reason: string;
      /** All that it does is propose something, such as a pull request. */
      readonly proposes?: true;
    }
  | { readonly type: 'request-extension'; readonly plan: string; readonly id: string; readonly ms: number; readonly reason: string }
  /** What customers are to hear. `id`: the plan's; `exposes`: they hear of it although the incident is private. */
  | {
      readonly type: 'request-notice';
      readonly id: string;
      readonly status?: Extract<Status, 'investigating' | 'identified' | 'monitoring'>;
      readonly subject: string;
      readonly facts: string;
      readonly impact?: string;
      readonly doing: string;
      readonly eta?: string;
      readonly exposes?: boolean;
    }
  /** Somebody sent a notice by hand, and says where. */
  | { readonly type: 'notice-sent'; readonly plan: string; readonly where: string }
  /** `givers`: who has approved before, with the roles that they hold now. */
  | { readonly type: 'approve'; readonly plan: string; readonly givers?: readonly Person[] }
  | { readonly type: 'reject'; readonly plan: string; readonly reason: string }
  | { readonly type: 'withdraw'; readonly plan: string; readonly reason: string }
  | { readonly type: 'revert'; readonly plan: string; readonly reason: string }
  | { readonly type: 'settle-conflict'; readonly plan: string; readonly keep: boolean; readonly reason: string }
  | {
      readonly type: 'request-diagnosis';
      readonly run: string;
      readonly runbook: string;
      readonly title: string;
      readonly arguments?: Readonly<Record<string, string>>;
      /** Why arguments that an alert fills are left at their defaults, for people. */
      readonly unfilled?: readonly string[];
    }
  /** `due`: a day, `2026-12-10`, in the service's time zone. */
  | { readonly type: 'add-follow-up'; readonly text: string; readonly owner?: string; readonly due?: string; readonly priority?: Priority }
  /** `number`: which one, counted from 1. */
  | { readonly type: 'finish-follow-up'; readonly number: number }
  | { readonly type: 'reopen-follow-up'; readonly number: number }
  /** `when`: ms; `who` runs it. */
  | { readonly type: 'schedule-review'; readonly when: number; readonly who: string }
  | { readonly type: 'finish-review' }
  /** `option`: the index of the answer. */
  | { readonly type: 'answer-drill'; readonly question: string; readonly option: number }
  | { readonly type: 'sign-off-drill' }
  | { readonly type: 'finish-drill' };

/** What Tocsin itself tells an incident. */
export type SystemCommand =
  /** A rule opens it. */
  | Declaration
  /** A rule starts a diagnosis. */
  | Extract<PersonCommand, { readonly type: 'request-diagnosis' }>
  | { readonly type: 'timer'; readonly timer: Timer }
  | { readonly type: 'room-created'; readonly channel: string; readonly threadTs: string | null; readonly note?: string | null }
  | ReachTold
  | ReviewTold
  | MailTold
  | PagerDutyTold
  | ItemTold
  /** Of those who were paged nobody could be told: it is escalated to the next in line. */
  | { readonly type: 'nobody-reached'; readonly reason: string }
  | { readonly type: 'card-posted'; readonly channel: string; readonly ts: string }
  /** Success of a remedy that says so resolves the incident. */
  | { readonly type: 'resolved-by-remedy'; readonly summary: string }
  /** An evidence pack was made and stored. */
  | { readonly type: 'packed'; readonly number: number; readonly records: number }
  | { readonly type: 'attach-alert'; readonly by: string | null; readonly data: EventData['alert.attached'] }
  | { readonly type: 'message-failed'; readonly key: string; readonly template: string; readonly error: string }
  /** Who could approve a plan, with the roles that they hold now: all who may, or enough of them. */
  | { readonly type: 'completion'; readonly plan: string; readonly people: readonly Person[] }
  /** What a durable run did. It is refused when the plan's state does not allow it, and left out when it is recorded already. */
  | { readonly type: 'change'; readonly event: ChangeEvent };

/** `at` is ms of the one clock. */
export type Command =
  | { readonly at: number; readonly by: Person; readonly ask: PersonCommand }
  | { readonly at: number; readonly by: null; readonly ask: SystemCommand };
