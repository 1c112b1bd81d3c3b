import { TocsinError } from '../domain/errors.ts';
import type { WrittenIssue } from '../domain/incident/tracking.ts';
import type { Priority, TrackerKind } from '../domain/records/data/tracking.ts';

/** Which action item an issue is of: written into the issue, so that it is found again. */
export interface ItemMark {
  readonly incident: string;
  readonly number: number;
  /** The id of the record that added the item, which nobody outside can know before the issue is there. */
  readonly record: string;
}

/** An issue where work is tracked. */
export interface TrackedIssue {
  /** Its own, which never changes, and what people call it. */
  readonly id: string;
  readonly key: string;
  readonly url: string;
  readonly done: boolean;
  /** As of when it is so, ms by the tracker. */
  readonly at: number;
}

/** An issue that is to be created. */
export interface NewIssue extends WrittenIssue {
  readonly mark: ItemMark;
  readonly priority: Priority | null;
  /** A day, `2026-12-10`. */
  readonly due: string | null;
  /** Who owns the item, by their id in Slack. */
  readonly owner: string | null;
}

/** A moment until now, both ms of the one clock. */
export interface Span {
  readonly since: number;
  readonly now: number;
}

/** From this moment (ms) until now, as the clock says it (ms) whenever it is asked. */
export interface Look {
  readonly since: number;
  readonly clock: () => Promise<number>;
}

/** What a look at a tracker found. */
export interface Changes {
  readonly issues: readonly (TrackedIssue & { readonly mark: ItemMark })[];
  /** What people call the issues that could not be understood. They keep no other from being seen. */
  readonly odd: readonly string[];
  /** Up to when (ms) all was read where there is more; `null` where there is not. */
  readonly through: number | null;
}

/**
 * Why a tracker did not do what it was asked. `refused`: something has to be changed there or here, and the message says what; `gone`: the issue is not
 * there any more; `busy`: it was asked too often; `away`: it cannot be used now; `odd`: it answered what its API does not have;
 * `unsure`: it may have done it, and its answer was lost.
 */
export class TrackerError extends TocsinError {
  readonly reason: 'refused' | 'gone' | 'busy' | 'away' | 'odd' | 'unsure';
  /** How long (ms) it wants to be left alone; `null` where it does not say. */
  readonly retryAfterMs: number | null;

  constructor(reason: TrackerError['reason'], message: string, options: { retryAfterMs?: number | null; cause?: unknown } = {}) {
    super(`tracker-${reason}`, message, options);
    this.name = 'TrackerError';
    this.reason = reason;
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}

/** Where the action items of a service become issues. Every method throws TrackerError. */
export interface Tracker {
  readonly kind: TrackerKind;
  /** The same for services whose items become issues of one place. */
  readonly place: string;
  /** How long (ms) it may take until an issue that was created is found. */
  readonly settlesMs: number;
  /** An item's issue, if one was created in this time; `null` otherwise. */
  find(mark: ItemMark, span: Span): Promise<TrackedIssue | null>;
  create(issue: NewIssue): Promise<TrackedIssue>;
  /** Closes or reopens an issue; one that is so already stays as it is. */
  set(issue: Pick<TrackedIssue, 'id' | 'key'>, done: boolean): Promise<TrackedIssue>;
  /** Issues of items that were changed in this time, the oldest changes first, some thousand at most. One may come twice. */
  changed(look: Look): Promise<Changes>;
  /** Who closed or reopened an issue last, as the tracker calls them; `null` where nobody is known. */
  setBy(issue: Pick<TrackedIssue, 'id' | 'key'>): Promise<string | null>;
  /** Whether issues can be created there; changes nothing. `says` what was found. */
  check(): Promise<{ readonly says: string }>;
}
