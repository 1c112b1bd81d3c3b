import { z } from 'zod';
import type { AlertSource, Labels, Link } from '../../domain/records/data/alerts.ts';
import { PAGERDUTY_ANSWERS } from '../../domain/records/data/pagerduty.ts';
import { SEVERITIES, type Severity } from '../../domain/severity.ts';
import { headOf } from '../../lib/clamp.ts';

/** What a system told, once its signature was checked: neutral, whatever it came by. */
export type Signal =
  | {
      readonly source: 'cloudwatch';
      /** The ARN of the topic that it came by. */
      readonly topic: string;
      readonly alarm: string;
      readonly state: 'ALARM' | 'OK' | 'INSUFFICIENT_DATA';
      readonly reason: string;
      readonly links: readonly Link[];
    }
  | { readonly source: 'sns'; readonly topic: string; readonly subject: string; readonly message: string }
  | {
      readonly source: 'github';
      readonly repository: string;
      /** The name of the workflow's file: `guardrail-drift.yml`. */
      readonly workflow: string;
      readonly name: string;
      readonly branch: string;
      readonly isDefaultBranch: boolean;
      readonly failed: boolean;
      readonly summary: string;
      readonly links: readonly Link[];
    }
  | LabelledSignal;

/** Senders that say by themselves what is the same, which state it is in, and what it is about. */
const LABELLED_SOURCES = ['alertmanager', 'pagerduty', 'webhook', 'guard-trip'] as const satisfies readonly AlertSource[];

/** A signal of a sender that labels what it says, as it is stored until it is worked on. */
export const labelledSignalSchema = z.object({
  source: z.enum(LABELLED_SOURCES),
  /** The configured sender: `alertmanager`, `kafka`, the name of a generic webhook. */
  from: z.string(),
  /** What is the same when the same thing is told again, also by another way. */
  key: z.string(),
  state: z.enum(['firing', 'resolved']),
  title: z.string(),
  summary: z.string(),
  severity: z.enum(SEVERITIES).nullable(),
  /** The service that the event itself names: only its runbooks are asked. */
  service: z.string().nullable(),
  /** The service that it is about when no trigger and no label says so: the sender's setting. */
  otherwise: z.string().nullable(),
  labels: z.record(z.string(), z.string()).readonly(),
  /** When it happened, by the event itself (ms); what is told late is recognised by it. */
  at: z.number().nullable(),
  links: z.array(z.object({ title: z.string(), url: z.string() }).readonly()).readonly(),
  /**
   * Of a page that Tocsin itself sent for an incident: what a person did with it there; `what` is `null` for what says nothing of that.
   * `installation`: which Tocsin sent it; `null`, or missing, where that is not known.
   */
  answers: z
    .object({ incident: z.string(), installation: z.string().nullable().default(null), what: z.enum(PAGERDUTY_ANSWERS).nullable(), by: z.string() })
    .readonly()
    .exactOptional(),
});
export type LabelledSignal = z.output<typeof labelledSignalSchema>;

/** Whether a signal came from a sender that labels what it says. */
export function isLabelled(signal: Signal): signal is LabelledSignal {
  return 'labels' in signal;
}

/** What the inbox keeps of labelled senders, under the kind `signals`. One request may tell of several things. */
export const signalsSchema = z.object({ signals: z.array(labelledSignalSchema).readonly() });

/** Signals that are kept and worked on together. */
export const SIGNALS_AT_ONCE = 20;

/** How many labels are kept of one thing, and how long (characters) one is. */
const MAX_LABELS = 30;
const MAX_LABEL = 200;

/** Labels as they are kept: texts, bounded in number and length, the first ones. */
export function boundLabels(labels: Readonly<Record<string, unknown>>): Labels {
  return Object.fromEntries(
    Object.entries(labels)
      .flatMap(([name, value]) => (isLabel(value) ? [[headOf(name, 60), headOf(String(value), MAX_LABEL)] as const] : []))
      .slice(0, MAX_LABELS),
  );
}

function isLabel(value: unknown): value is string | number | boolean {
  return (typeof value === 'string' && value !== '') || typeof value === 'number' || typeof value === 'boolean';
}

/** A signal, matched: an alert to fire or the recovery of one. `at`: when it happened, by the event itself. */
export type Matched = { readonly key: string; readonly at?: number | null } /** `goesOn`: its sender says `at` again for as long as it goes on. */ & (
  | { readonly kind: 'fire'; readonly service: string; readonly hit: Hit | null; readonly told: Told; readonly goesOn?: boolean }
  | { readonly kind: 'recover'; readonly summary: string }
);

/** The trigger that a signal has met. */
export interface Hit {
  readonly runbook: string;
  readonly trigger: number;
}

export interface Told {
  readonly source: AlertSource;
  readonly title: string;
  readonly summary: string;
  readonly links: readonly Link[];
  readonly labels?: Labels;
  readonly severity?: Severity | null;
}
