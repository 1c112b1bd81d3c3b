import type { ChangeEventData } from '../change/events.ts';
import type { IncidentPolicy, Who } from '../policy.ts';
import type { NewRecord, StoredRecord } from '../record.ts';
import type { Severity } from '../severity.ts';
import type { HandedOver } from './handover.ts';
import type { Role, Status } from './incident.ts';
import type { ReachEventData } from './reach.ts';

/** Every field of the status update template (SK-70). Times are UTC text; `actions_taken` is one line each. */
export interface UpdateFields {
  readonly status: Status;
  readonly severity: Severity;
  readonly start_time: string;
  readonly impact: string;
  readonly current_situation: string;
  readonly actions_taken: readonly string[];
  readonly next_steps: string;
  readonly eta: string;
  /** Changes in force, one line each, with until when; missing where there is none, and in updates of older releases. */
  readonly in_force?: readonly string[];
}

/** What each record type of an incident's stream carries. Keys are the stored names. */
export interface EventData extends ChangeEventData, ReachEventData {
  'incident.declared': {
    title: string;
    service: string;
    service_name: string;
    type: string | null;
    component: string | null;
    severity: Severity;
    impact: string | null;
    customer_impact: boolean;
    private: boolean;
    detected: string | null;
    status_page: string | null;
    policy: IncidentPolicy;
    /** Incidents of the service that were open already; missing where there was none, and in older records. */
    beside?: readonly string[];
  };
  'incident.acknowledged': { within_ms: number; target_ms: number };
  /** `approves`: false for a commander who is not in the configured group. `handed_over`: what was unfinished when the command moved; missing where nothing was. */
  'role.assigned': {
    role: Role;
    user: string;
    previous: string | null;
    handoff: boolean;
    note: string | null;
    approves?: boolean;
    handed_over?: HandedOver;
  };
  'severity.changed': { from: Severity; to: Severity; reason: string };
  'impact.changed': { impact: string | null; customer_impact: boolean; data_exposure: boolean };
  'status.changed': { from: Status; to: Status; note: string | null };
  'note.added': { text: string };
  'message.pinned': { channel: string; ts: string; author: string | null; text: string; permalink: string | null };
  'update.offered': { due: string };
  'update.reminded': { due: string };
  'update.posted': UpdateFields & { automatic: boolean; due: string | null; late_ms: number };
  'update.snoozed': { until: string; reason: string; due: string; late_ms: number };
  'acknowledgement.reminded': { due: string };
  'breach.recorded': { target: 'acknowledgement' | 'update'; due: string; late_ms: number };
  'incident.escalated': {
    level: number;
    who: Who;
    reason: string;
    cause: 'person' | 'acknowledgement' | 'update' | 'time' | 'unreached';
    last: boolean;
  };
  /** `text`: the item's words; records of older releases have none. */
  'checklist.ticked': { item: string; done: boolean; text?: string };
  /** `room`: where the other incident met at that moment. `hidden`: the other one is private and this one is not, so no text of this one names it. */
  'incident.merged': { into: string; room?: string; hidden?: boolean };
  /** `private`: records of older releases do not say whether the other one is; of a private one there is no title. */
  'incident.absorbed': { from: string; title?: string; private?: boolean };
  'incident.resolved': { summary: string };
  /** `paged`: the responders are paged and asked to acknowledge again, as at the declaration; records of older releases paged nobody. */
  'incident.reopened': { reason: string; paged?: boolean };
  /** Of how many items of the checklist (`items`) how many were open. */
  'incident.closed': { open_items: number; items?: number };
  /** `note`: why it is not where it would be expected, or was before. */
  'room.created': { channel: string; thread_ts: string | null; note?: string | null };
  'card.posted': { channel: string; ts: string };
  'message.failed': { key: string; template: string; error: string };
  /** An alert belongs to this incident: who declared it from the alert, or Tocsin, because the service's incident was open already. */
  'alert.attached': { alert: string; title: string; source: string; summary: string };
  'command.refused': { command: string; code: string; reason: string };
}

export type EventType = keyof EventData;
export type IncidentEvent = { [T in EventType]: NewRecord<T, EventData[T]> }[EventType];
export type IncidentRecord = { [T in EventType]: StoredRecord<T, EventData[T]> }[EventType];
