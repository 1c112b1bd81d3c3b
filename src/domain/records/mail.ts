import { plural } from '../../lib/plural.ts';
import { sayDuration } from '../../lib/time.ts';
import type { EventData } from '../incident/events.ts';
import { MAIL_DATA, type MailKind } from './data/mail.ts';
import type { RecordTypes } from './record-type.ts';

/** What a mail says, as part of a sentence. */
const SAY_MAIL: Readonly<Record<MailKind, string>> = {
  declared: 'the incident was declared',
  raised: 'the severity was raised',
  long: 'the incident is not over yet',
  resolved: 'the incident is resolved',
  merged: 'the incident was merged into another',
  reopened: 'the incident is open again',
  typed: 'the incident has another type',
};

/** Mails to the stakeholders. */
export const MAIL: RecordTypes<keyof typeof MAIL_DATA> = {
  'mail.due': {
    data: MAIL_DATA['mail.due'],
    evolve: (state, { data }) => ({
      ...state,
      mails: [...(state.mails ?? []), data.kind],
      mailed: [...(state.mailed ?? []), { severity: state.severity, type: state.type }],
    }),
    says: ({ data }) => `Tocsin mails the stakeholders that ${SAY_MAIL[data.kind]}`,
  },
  'mail.sent': {
    data: MAIL_DATA['mail.sent'],
    says: ({ data }) => `Tocsin mailed ${plural(data.recipients, 'stakeholder')} that ${SAY_MAIL[data.kind]}${sayLate(data)}`,
  },
  'mail.failed': {
    data: MAIL_DATA['mail.failed'],
    says: ({ data }) => sayFailed(data),
  },
};

function sayLate({ late_ms: late, again = 0 }: EventData['mail.sent']): string {
  const delay = late === undefined ? '' : `, ${sayDuration(late)} late`;
  return again === 0 ? delay : `${delay}; ${again} of them may have it twice, since the mail server’s answer was lost`;
}

function sayFailed({ kind, recipients, error, waits, to }: EventData['mail.failed']): string {
  const what = `that ${SAY_MAIL[kind]}`;
  if (to !== undefined) return `The mail server refused the mail ${what} for ${to.join(', ')}: ${error}. Tell them another way`;
  const who = plural(recipients, 'stakeholder');
  if (waits) return `The mail ${what} could not be sent to ${who} yet: ${error}. Tocsin tries again for a day; tell them another way if it is urgent`;
  return `The mail ${what} was not sent to ${who}: ${error}. Tocsin tries no more; tell them another way`;
}
