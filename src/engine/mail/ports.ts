import type { Incident } from '../../domain/incident/incident.ts';
import type { MailKind } from '../../domain/records/data/mail.ts';
import type { Letter, MailServer, MailTerms } from '../../ports/mail.ts';
import type { Store } from '../../ports/store.ts';
import type { Incidents } from '../incidents/incidents.ts';

/** What a mail is written from. */
export interface MailFacts {
  readonly incident: Incident;
  readonly kind: MailKind;
  /** When it is written, ms. */
  readonly at: number;
  /** What the commander is called; `null` while nobody has the command. */
  readonly leader: string | null;
  /** Where people meet, for a browser; `null` while there is no room. */
  readonly room: string | null;
}

export type WriteMail = (facts: MailFacts) => Pick<Letter, 'subject' | 'text' | 'html'>;

export interface MailDeps {
  readonly store: Store;
  readonly incidents: Incidents;
  /** Who gets mail of a service’s incidents, as it is configured now. */
  readonly termsOf: (service: string) => MailTerms | null;
  /** `null` where none is configured. */
  readonly server: MailServer | null;
  readonly write: WriteMail;
  readonly nameOf: (user: string) => Promise<string | null>;
  /** The address of a channel in a browser. */
  readonly linkTo: (channel: string) => string;
}
