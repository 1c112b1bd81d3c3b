import type { AlertSource, Link } from '../../domain/records/data/alerts.ts';

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
    };

/** A signal, matched: an alert to fire or the recovery of one. */
export type Matched =
  | { readonly kind: 'fire'; readonly key: string; readonly service: string; readonly hit: Hit | null; readonly told: Told }
  | { readonly kind: 'recover'; readonly key: string; readonly summary: string };

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
}
