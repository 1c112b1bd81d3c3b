import { TocsinError } from '../domain/errors.ts';
import type { Stakeholders, WrittenMail } from '../domain/incident/mails.ts';

/** Who gets mail of a service’s incidents, from whom, and how long (ms) an incident lasts until they hear that it is not over. */
export interface MailTerms {
  readonly from: string;
  readonly stakeholders: readonly Stakeholders[];
  readonly afterMs: number;
}

/** A mail without its recipient. Everybody gets the same one, under the same Message-ID. */
export interface Letter extends WrittenMail {
  readonly from: string;
  /** What the sender is called; Tocsin unless told. */
  readonly sender?: string;
  /** `<inc-2026-0042.declared@example.com>`: the same mail, however often it is sent. */
  readonly messageId: string;
  /** The Message-ID of the incident’s first mail, which this one answers; `null` for that one. */
  readonly first: string | null;
  /** When it was written, ms. */
  readonly at: number;
}

/**
 * Why a mail did not go out. `refused`: the server does not take it for this recipient, ever. `later`: not yet, for this recipient. `unsure`: it had
 * the whole mail, and its answer was lost. `away`: the server cannot be used now, for nobody.
 */
export class MailError extends TocsinError {
  readonly reason: 'refused' | 'later' | 'unsure' | 'away';
  /** Whether it may be over by itself: nothing need be corrected, as a login has to be. */
  readonly passes: boolean;

  constructor(
    reason: MailError['reason'],
    message: string,
    { passes = reason !== 'refused', ...options }: { passes?: boolean; cause?: unknown } = {},
  ) {
    super(`mail-${reason}`, message, options);
    this.name = 'MailError';
    this.reason = reason;
    this.passes = passes;
  }
}

/** A mail server. */
export interface MailServer {
  /** Hands one mail over for one recipient. @throws MailError */
  send(letter: Letter, to: string): Promise<void>;
  /** Connects and logs in. @throws MailError */
  verify(): Promise<void>;
}
