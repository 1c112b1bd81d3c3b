import { TocsinError } from '../domain/errors.ts';
import type { Notice } from '../domain/records/data/notices.ts';

/** What a status page shows of an incident: words that people wrote for everybody, and nothing else. */
export interface PublicNotice extends Pick<Notice, 'subject' | 'text' | 'status' | 'state'> {
  /** Which incident it is about: its notices are one entry of the page. */
  readonly incident: string;
  /** The same for the same notice, however often it is published. */
  readonly notice: string;
  /** When it was approved, ms. */
  readonly at: number;
}

/** Why a notice is not on the page. `refused`: something has to be corrected; `later`: it was asked too often; `away`: the page cannot be used now. */
export class StatusPageError extends TocsinError {
  readonly reason: 'refused' | 'later' | 'away';

  constructor(reason: StatusPageError['reason'], message: string, options: { cause?: unknown } = {}) {
    super(`status-page-${reason}`, message, options);
    this.name = 'StatusPageError';
    this.reason = reason;
  }
}

/** A status page. */
export interface StatusPage {
  /** Shows a notice, once, however often it is asked; where people read it, if that is known. @throws StatusPageError */
  publish(notice: PublicNotice): Promise<{ readonly url: string | null }>;
  /** Looks whether it can be published there. @throws StatusPageError */
  verify(): Promise<void>;
}
