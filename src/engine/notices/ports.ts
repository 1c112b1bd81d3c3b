import type { Notice } from '../../domain/records/data/notices.ts';
import type { StatusPage } from '../../ports/status-page.ts';
import type { MailDeps } from '../mail/ports.ts';

/** Who of a service's customers gets its notices by mail, and from whom. */
export interface CustomerTerms {
  readonly from: string;
  /** What the sender is called. */
  readonly sender: string;
  readonly to: readonly string[];
}

export interface NoticeDeps extends Pick<MailDeps, 'store' | 'incidents' | 'server' | 'installation'> {
  /** Who gets the notices of a service's incidents, as it is configured now; `null` where nobody does. */
  readonly customersOf: (service: string) => CustomerTerms | null;
  /** The status page of a service, as it is configured now; `null` where there is none. */
  readonly pageOf: (service: string) => StatusPage | null;
  /** A notice's text for mailboxes that show HTML. */
  readonly html: (notice: Pick<Notice, 'subject' | 'text'>) => string;
}
