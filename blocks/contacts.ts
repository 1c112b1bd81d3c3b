import type { KnownBlock } from '@slack/types';
import type { Contact } from '../src/domain/contacts.ts';
import { plural } from '../src/lib/plural.ts';
import { context, header, type Message, message, section } from './kit.ts';
import { safe } from './outside.ts';

/** Contacts on a page; the others are counted. */
const ON_A_PAGE = 5;

/** The list of a service's contacts, for one person alone. */
export function contactList(service: string, contacts: readonly Contact[]): Message {
  const title = `Contacts of ${service}`;
  return message(title, [
    header(title),
    section(contacts.map(sayContact).join('\n')),
    context('Only you see this. Phone numbers and addresses belong in no channel and no note.'),
  ]);
}

/** Below the call of a person, in their direct message. */
export function contactsBelow(contacts: readonly Contact[]): KnownBlock[] {
  if (contacts.length === 0) return [];
  const left = contacts.length - ON_A_PAGE;
  const more = left <= 0 ? [] : [`And ${plural(left, 'more contact', 'more contacts')}: \`/incident contacts\`.`];
  return [context([':telephone_receiver: *Contacts*', ...contacts.slice(0, ON_A_PAGE).map(sayContact), ...more].join('\n'))];
}

function sayContact({ name, phone, email, for: purpose }: Contact): string {
  const ways = [phone, email].filter((way) => way !== undefined).map(safe);
  return `*${safe(name)}*: ${ways.join(', ')}  ·  ${safe(purpose)}`;
}
