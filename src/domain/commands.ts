import type { Role, Status } from './incident.ts';
import type { IncidentPolicy } from './policy.ts';
import type { Severity } from './severity.ts';

/** A person as the workspace knows them now. `roles` were looked up for this request; none are remembered. */
export interface Person {
  readonly id: string;
  readonly roles: readonly string[];
  /** Guests, bots, deactivated people and people of other workspaces change nothing (DESIGN, Approvals). */
  readonly trusted: boolean;
}

/** What a person asks of an incident. */
export type PersonCommand =
  | {
      readonly type: 'declare';
      readonly title: string;
      readonly service: string;
      readonly serviceName: string;
      readonly severity: Severity;
      readonly incidentType?: string | null;
      readonly component?: string | null;
      readonly impact?: string | null;
      readonly customerImpact?: boolean;
      readonly private?: boolean;
      readonly detected?: number | null;
      readonly statusPage?: string | null;
      readonly policy: IncidentPolicy;
    }
  | { readonly type: 'acknowledge' }
  | { readonly type: 'assign'; readonly role: Role; readonly user: string; readonly handoff: boolean; readonly note?: string | null }
  | { readonly type: 'change-severity'; readonly severity: Severity; readonly reason: string }
  | { readonly type: 'change-impact'; readonly impact?: string; readonly customerImpact?: boolean; readonly dataExposure?: boolean }
  | { readonly type: 'change-status'; readonly status: Extract<Status, 'investigating' | 'identified' | 'monitoring'>; readonly note?: string | null }
  | { readonly type: 'add-note'; readonly text: string }
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
  | { readonly type: 'tick'; readonly item: string; readonly done: boolean }
  | { readonly type: 'merge'; readonly into: string }
  | { readonly type: 'absorb'; readonly from: string; readonly title: string }
  | { readonly type: 'resolve'; readonly summary: string }
  | { readonly type: 'reopen'; readonly reason: string }
  | { readonly type: 'close' };

/** The waits an incident may have; names are stored. */
export const TIMERS = [
  'acknowledgement-reminder',
  'acknowledgement-breach',
  'escalation',
  'update-offer',
  'update-reminder',
  'update-breach',
  'update-automatic',
] as const;
export type TimerName = (typeof TIMERS)[number];

/** What Tocsin itself tells an incident. */
export type SystemCommand =
  | { readonly type: 'timer'; readonly name: TimerName }
  | { readonly type: 'room-created'; readonly channel: string; readonly threadTs: string | null }
  | { readonly type: 'card-posted'; readonly channel: string; readonly ts: string }
  | { readonly type: 'message-failed'; readonly key: string; readonly template: string; readonly error: string };

/** `at` is ms of the one clock. */
export type Command =
  | { readonly at: number; readonly by: Person; readonly ask: PersonCommand }
  | { readonly at: number; readonly by: null; readonly ask: SystemCommand };
