import type { MailFacts, WrittenMail } from '../../domain/incident/mails.ts';
import type { MailServer, MailTerms } from '../../ports/mail.ts';
import type { Store } from '../../ports/store.ts';
import type { Incidents } from '../incidents/incidents.ts';

export type WriteMail = (facts: MailFacts) => WrittenMail;

export interface MailDeps {
  readonly store: Store;
  readonly incidents: Incidents;
  /** Who gets mail of a service’s incidents, as it is configured now. */
  readonly termsOf: (service: string) => MailTerms | null;
  /** `null` where none is configured. */
  readonly server: MailServer | null;
  readonly write: WriteMail;
  readonly nameOf: (user: string) => Promise<string | null>;
  /** What tells this installation from others that mail from the same domain. */
  readonly installation: () => Promise<string>;
  /** The address of a channel in a browser. */
  readonly linkTo: (channel: string) => string;
}
