import type { KnownBlock } from '@slack/types';
import type { Contact } from '../src/domain/contacts.ts';
import { sayWho } from '../src/domain/mentions.ts';
import type { HANDOVER_BOARD, ShownOf } from '../src/domain/messages/messages.ts';
import type { Who } from '../src/domain/policy.ts';
import type { Swap } from '../src/domain/rota/rota.ts';
import { contactsBelow } from './contacts.ts';
import { context, header, type Message, message, section } from './kit.ts';
import { safe } from './outside.ts';
import { user, when } from './text.ts';

/** Who is on call by a rota now, and who comes next. `for`: in whose place somebody stands in; ms. */
export interface RotaShown {
  readonly name: string;
  readonly user: string;
  readonly for: string | null;
  readonly holiday: string | null;
  readonly next: { readonly user: string; readonly from: number } | null;
}

/** Who is on call for a service: by its rotas, or whoever is called at once where it names none. */
export interface ServiceOnCall {
  readonly id: string;
  readonly name: string;
  readonly rotas: readonly RotaShown[];
  readonly responders: readonly Who[];
  /** Whether it has contacts outside of Slack. */
  readonly contacts: boolean;
}

/** Services on a page: a message has room for no more. */
const LISTED = 40;

/** Who is on call now and next for each service, for one person alone. */
export function onCallList(services: readonly ServiceOnCall[]): Message {
  const shown = services.slice(0, LISTED);
  const withContacts = services.find(({ contacts }) => contacts);
  const more = services.length > shown.length ? [`${services.length - shown.length} more: \`/oncall service\` shows one.`] : [];
  const hints = [
    ...more,
    ...(withContacts === undefined ? [] : [`Whom to call outside of Slack: \`/oncall ${withContacts.id}\`.`]),
    'Somebody stands in: `/oncall swap @person until tomorrow 09:00`.',
  ];
  return message('Who is on call', [header('Who is on call'), ...shown.map((one) => section(saying(one))), context(hints.join(' '))]);
}

/** The same for one service, with its contacts for who may see them. */
export function onCallOf(service: ServiceOnCall, contacts: readonly Contact[]): Message {
  const hidden = service.contacts && contacts.length === 0 ? [context('Its contacts outside of Slack are for those who hold a role.')] : [];
  return message(`Who is on call for ${service.name}`, [section(saying(service)), ...below(contacts), ...hidden]);
}

function below(contacts: readonly Contact[]): KnownBlock[] {
  return contacts.length === 0 ? [] : [...contactsBelow(contacts), context('Only you see this.')];
}

function saying({ id, name, rotas, responders }: ServiceOnCall): string {
  const lead = `*${safe(name)}* (\`${id}\`)`;
  if (rotas.length === 0) return `${lead}\n${responders.map(sayWho).join(', ')}, whoever acknowledges first. It has no rota.`;
  return [lead, ...rotas.map(sayRota)].join('\n');
}

function sayRota({ name, user: now, for: instead, holiday, next }: RotaShown): string {
  const why = instead === null ? (holiday === null ? '' : ` (${safe(holiday)})`) : ` (for ${user(instead)})`;
  const until = next === null ? '' : ` until ${when(next.from, 'in-sentence')}, then ${user(next.user)}`;
  return `:telephone_receiver: ${safe(name)}: ${user(now)}${why}${until}`;
}

/** Somebody else is on call: said where the rota's services talk. */
export function handover({ rota, user: now, before, until }: ShownOf<typeof HANDOVER_BOARD>): Message {
  const how = until === null ? '' : ` until ${when(until, 'in-sentence')}`;
  return message(`On call for ${safe(rota)}: ${user(now)}`, [
    section(`:telephone_receiver: ${user(now)} is on call for *${safe(rota)}*${how}. Before: ${user(before)}.`),
    context('`/oncall` shows who is on call for each service. Somebody stands in: `/oncall swap @person until tomorrow 09:00`.'),
  ]);
}

/** What is said when a swap is taken back. */
export function takenBack(rota: string, swap: Swap | undefined): Message {
  const what = swap === undefined ? 'The swap' : `That ${user(swap.user)} is on call until ${when(swap.until, 'in-sentence')}`;
  const text = `:white_check_mark: ${what} is taken back in *${safe(rota)}*. \`/oncall\` shows who is on call.`;
  return message(text, [section(text)]);
}

/** The answer to a swap. */
export function swapped(rota: string, standIn: string, from: number | null, until: number): Message {
  const begins = from === null ? '' : ` from ${when(from, 'in-sentence')}`;
  const text = `:white_check_mark: ${user(standIn)} is on call for *${safe(rota)}*${begins} until ${when(until, 'in-sentence')}. \`/oncall swap off\` takes it back.`;
  return message(text, [section(text)]);
}
