import { stakeholderMail } from '../../blocks/mail.ts';
import { pageMail } from '../../blocks/page-mail.ts';
import { smtpServer } from '../adapters/mail/smtp.ts';
import type { Config } from '../config/load.ts';
import { mailOf, mailSenderOf } from '../config/mail.ts';
import type { ConfigFile } from '../config/schema.ts';
import { OPTED_OUT } from '../domain/page-path/words.ts';
import type { Incidents } from '../engine/incidents/incidents.ts';
import { mailRun } from '../engine/mail/run.ts';
import { pageMailRun } from '../engine/reach/page-mail.ts';
import type { Found } from '../engine/reach/page-path/ports.ts';
import { own } from '../lib/own.ts';
import type { MailServer } from '../ports/mail.ts';
import type { Run } from '../ports/runs.ts';
import type { Store } from '../ports/store.ts';
import type { People } from '../slack/people.ts';
import { refusable } from '../slack/workspace.ts';
import { installationOf } from './installation.ts';
import type { WhoIsWho } from './people.ts';

/** Of whoever is in `opt_out`: no mail goes to them, as they wish. */
const OUT: Found = { unseen: OPTED_OUT, tried: false };

/** The run that mails the stakeholders, with the server as it is configured. */
export function stakeholderMails(config: Config, { people, home }: WhoIsWho, store: Store, incidents: Incidents): Run {
  return mailRun({
    store,
    incidents,
    termsOf: (service) => mailOf(config.file, service),
    server: mailServerOf(config),
    write: stakeholderMail,
    nameOf: people.nameOf,
    installation: installationOf(store),
    linkTo: slackLink(home),
  });
}

/** The run that mails whoever is called and not reached by Slack: at the address of their contact, or of their profile. */
export function pageMails(config: Config, { people, home }: WhoIsWho, store: Store, incidents: Incidents): Run {
  const { file } = config;
  return pageMailRun({
    store,
    incidents,
    server: mailServerOf(config),
    senderOf: (service) => mailSenderOf(file, service),
    addressOf: async (service, user) => contactAddress(file, service, user) ?? (await people.mailOf(user)),
    write: pageMail,
    names: people.names,
    installation: installationOf(store),
    linkTo: slackLink(home),
  });
}

/**
 * Whether somebody who is called for a service could be mailed, which never gives the address; `no_address` where not. Whoever opted out is so by choice:
 * that is said, and is no fault. What may pass is thrown.
 */
export async function findAddress(
  file: Pick<ConfigFile, 'mail' | 'services'>,
  people: Pick<People, 'hasMail' | 'mailOf'>,
  service: string,
  user: string,
): Promise<Found> {
  const { isOut } = mailSenderOf(file, service);
  const ofContact = contactAddress(file, service, user);
  if (ofContact !== null) return isOut(ofContact) ? OUT : null;
  const found = await refusable(() => people.hasMail(user));
  if ('error' in found) return { unseen: found.error, tried: true };
  if (found.answer === 'hidden') return { unseen: 'Slack does not tell addresses without the scope users:read.email', tried: false };
  if (found.answer === 'no') return 'no_address';
  const ofProfile = await people.mailOf(user);
  return ofProfile !== null && isOut(ofProfile) ? OUT : null;
}

function contactAddress({ services }: Pick<ConfigFile, 'services'>, service: string, user: string): string | null {
  return own(services, service)?.contacts.find((one) => one.user === user && one.email !== undefined)?.email ?? null;
}

/** The address of a channel in a browser. */
export function slackLink({ teams: [team] }: WhoIsWho['home']): (channel: string) => string {
  return (channel) => `https://slack.com/app_redirect?channel=${channel}${team === undefined ? '' : `&team=${team}`}`;
}

/** The mail server; `null` where none is configured. */
export function mailServerOf({ environment: { SMTP_URL: address } }: Config): MailServer | null {
  return address === undefined ? null : smtpServer(address);
}
