import { TocsinError } from '../domain/errors.ts';
import type { WrittenPage } from '../domain/incident/pagerduty.ts';
import type { PagerDutyAction } from '../domain/records/data/pagerduty.ts';

/** Whom PagerDuty pages for a service: the integration key, and the variable that has it. `key`: `null` while the variable is not set. */
export interface PagerDutyTerms {
  readonly variable: string;
  readonly key: string | null;
}

/** One event for PagerDuty. The same `key` is the same page, however often it is sent. */
export interface PagerDutyEvent {
  readonly action: PagerDutyAction;
  readonly key: string;
  /** What a trigger says; `null` for the others. */
  readonly page: (WrittenPage & { readonly at: number; readonly room: string | null }) | null;
}

/**
 * Why PagerDuty did not take an event. `refused`: as it is, ever. `busy`: too many at a time. `away`: it cannot be used now. `unsure`: it may have taken
 * it, and its answer was lost.
 */
export class PagerDutyError extends TocsinError {
  readonly reason: 'refused' | 'busy' | 'away' | 'unsure';
  /** How long (ms) it wants to be left alone; `null` where it does not say. */
  readonly retryAfterMs: number | null;

  constructor(reason: PagerDutyError['reason'], message: string, options: { retryAfterMs?: number | null; cause?: unknown } = {}) {
    super(`pagerduty-${reason}`, message, options);
    this.name = 'PagerDutyError';
    this.reason = reason;
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}

/** PagerDuty, as far as events go to it. */
export interface PagerDuty {
  /** @throws PagerDutyError */
  send(key: string, event: PagerDutyEvent): Promise<void>;
  /** Whether it answers at all; pages nobody. @throws PagerDutyError */
  reach(): Promise<void>;
  /** Whether it takes events under this key; pages nobody and changes nothing. @throws PagerDutyError */
  tryKey(key: string): Promise<void>;
}
