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

/** How a service of PagerDuty may stand: the last two page nobody. */
export const SERVICE_STATUSES = ['active', 'warning', 'critical', 'maintenance', 'disabled'] as const;

/** Why something could not be read in PagerDuty. `key`: it is not set, or not accepted; `passing`: it may be read later; `odd`: no answer of its API. */
export class PagerDutyReadError extends TocsinError {
  readonly reason: 'key' | 'forbidden' | 'missing' | 'passing' | 'odd';
  /** What to do about it. */
  readonly advice: string;

  constructor(reason: PagerDutyReadError['reason'], message: string, advice: string, options: { cause?: unknown } = {}) {
    super('pagerduty-unread', message, options);
    this.name = 'PagerDutyReadError';
    this.reason = reason;
    this.advice = advice;
  }
}

/** Whom PagerDuty would call, as far as that can be read without a page. Each throws PagerDutyReadError. */
export interface PagerDutyCover {
  /**
   * How a service stands, its escalation policy by its id, and whether one of its integrations has this key of the Events API; `null` where PagerDuty does
   * not show that. No key leaves it.
   */
  service(
    id: string,
    key: string | null,
  ): Promise<{ readonly status: (typeof SERVICE_STATUSES)[number]; readonly policy: string; readonly hasKey: boolean | null }>;
  /** Levels of an escalation policy at which somebody is on call now, each once, the first one first. */
  levels(policy: string): Promise<readonly number[]>;
}
