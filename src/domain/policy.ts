import type { Severity } from './severity.ts';

/** Who is in line: one person or a group, by Slack id. */
export type Who = { readonly user: string } | { readonly usergroup: string };

/** One step of the line. `after_ms`: without an acknowledgement, this long after the step before it. */
export interface EscalationStep {
  readonly who: Who;
  readonly after_ms: number | null;
}

/** How often updates are due, when the draft is offered before, and how long after until it is a breach; all ms (VQ-16). */
export interface UpdateCadence {
  readonly every_ms: number;
  readonly draft_before_ms: number;
  readonly grace_ms: number;
}

export interface ChecklistItem {
  readonly id: string;
  readonly text: string;
}

/**
 * What of the configuration an incident lives by. It is written into the declaration, so that a replay needs no
 * configuration and a later change of the file does not rewrite the past.
 */
export interface IncidentPolicy {
  readonly respond_within_ms: Readonly<Record<Severity, number>>;
  readonly updates: Readonly<Record<Severity, UpdateCadence>>;
  readonly responders: readonly Who[];
  readonly escalation: readonly EscalationStep[];
  /** What customer impact raises the severity to at least (VQ-07); `null` when the service does not say. */
  readonly customer_impact_severity: Severity | null;
  readonly checklist: readonly ChecklistItem[];
  readonly time_zone: string;
}
