import type { KnownBlock } from '@slack/types';
import type { Contact } from '../src/domain/contacts.ts';
import { plural } from '../src/lib/plural.ts';
import { context, header, type Message, message, section } from './kit.ts';
import { safe } from './outside.ts';

/** Contacts on a page; the others are counted. */
const ON_A_PAGE = 5;
const IN_A_SECTION = 5;

/** The list of a service's contacts, for one person alone. */
export function contactList(service: string, contacts: readonly Contact[]): Message {
  const title = `Contacts of ${service}`;
  return message(title, [
    header(title),
    ...sections(contacts),
    context('Only you see this. Phone numbers and addresses belong in no channel and no note.'),
  ]);
}

/** As many in one section as fit, whatever is said of them. */
function sections(contacts: readonly Contact[]): KnownBlock[] {
  const rows = Array.from({ length: Math.ceil(contacts.length / IN_A_SECTION) }, (_, i) => contacts.slice(i * IN_A_SECTION, (i + 1) * IN_A_SECTION));
  return rows.map((row) => section(row.map(sayContact).join('\n')));
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
