import type { KnownBlock } from '@slack/types';
import type { Contact } from '../src/domain/contacts.ts';
import { sayWho } from '../src/domain/mentions.ts';
import type { HANDOVER_BOARD, ROTA_SOURCE_BOARD, ShownOf } from '../src/domain/messages/messages.ts';
import type { Who } from '../src/domain/policy.ts';
import type { RotaSource, Swap } from '../src/domain/rota/rota.ts';
import { TYPED } from '../src/lib/typed.ts';
import { contactsBelow } from './contacts.ts';
import { context, header, type Message, message, section } from './kit.ts';
import { safe } from './outside.ts';
import { user, when } from './text.ts';

/**
 * Who is on call by a rota now, and who comes next; `null` for nobody, ms. `for`: in whose place somebody stands in. `missing`: who has the turn and is not in
 * Slack. `kept`: where it is kept, if not here, and how old the copy is.
 */
export interface RotaShown {
  readonly name: string;
  readonly user: string | null;
  readonly for: string | null;
  readonly holiday: string | null;
  readonly missing: string | null;
  readonly next: { readonly user: string | null; readonly from: number } | null;
  readonly kept: {
    readonly source: RotaSource;
    readonly readAt: number | null;
    readonly away: { readonly since: number; readonly why: string } | null;
  } | null;
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

/** How one person takes the place of another. */
const SWAP = 'To put somebody else on call: `/oncall swap @person until tomorrow 09:00`.';

/** Services on a page: a message has room for no more. */
const LISTED = 40;

/** Who is on call now and next for each service, for one person alone. */
export function onCallList(services: readonly ServiceOnCall[]): Message {
  const shown = services.slice(0, LISTED);
  const withContacts = services.find(({ contacts }) => contacts);
  const more = services.length > shown.length ? [`${services.length - shown.length} more: \`/oncall service\` shows one.`] : [];
  const hints = [...more, ...(withContacts === undefined ? [] : [`Whom to call outside of Slack: \`/oncall ${withContacts.id}\`.`]), SWAP];
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

function sayRota({ name, user: now, for: instead, holiday, missing, next, kept }: RotaShown): string {
  const lead = `${now === null ? ':warning:' : ':telephone_receiver:'} ${safe(name)}:`;
  if (kept !== null && kept.readAt === null) return `${lead} not known yet. ${sayKept(kept)}`;
  const why = instead === null ? (holiday === null ? '' : ` (${safe(holiday)})`) : ` (for ${user(instead)})`;
  const until = next === null ? '' : ` until ${when(next.from, 'in-sentence')}, then ${someone(next.user)}`;
  const said = `${lead} ${now === null ? 'nobody is on call' : user(now)}${why}${until}`;
  return [said, ...sayMissing(missing), ...(kept === null ? [] : [sayKept(kept)])].join('. ');
}

/** How old the copy is of a rota that is kept elsewhere. */
function sayKept({ source, readAt, away }: NonNullable<RotaShown['kept']>): string {
  const read = readAt === null ? 'It has never been read.' : `This is the copy of ${when(readAt, 'in-sentence')}.`;
  if (away !== null) return `${FROM[source]} cannot be read (since ${when(away.since, 'in-sentence')}): ${safe(away.why)} ${read}`;
  return readAt === null ? `${FROM[source]} has not been read yet.` : `${FROM[source]} was last read at ${when(readAt, 'in-sentence')}.`;
}

const FROM: Readonly<Record<RotaSource, string>> = { calendar: 'Its calendar', pagerduty: 'Its schedule in PagerDuty' };

function sayMissing(missing: string | null): readonly string[] {
  return missing === null ? [] : [`It is the turn of “${safe(missing)}”, whom Slack does not know`];
}

function someone(who: string | null): string {
  return who === null ? 'nobody' : user(who);
}

/** Somebody else is on call, or nobody: said where the rota's services talk. */
export function handover({ rota, user: now, before, until, missing }: ShownOf<typeof HANDOVER_BOARD>): Message {
  const how = until === null ? '' : ` until ${when(until, 'in-sentence')}`;
  const lead = now === null ? ':warning: Nobody' : `:telephone_receiver: ${user(now)}`;
  const hint =
    now === null
      ? 'A page goes to the next step of the line. Put somebody on call: `/oncall swap @person until tomorrow 09:00`.'
      : `\`/oncall\` shows who is on call for each service. ${SWAP}`;
  return message(`On call for ${safe(rota)}: ${someone(now)}`, [
    section([`${lead} is on call for *${safe(rota)}*${how}`, ...sayMissing(missing), `Before: ${someone(before)}.`].join('. ')),
    context(hint),
  ]);
}

/** Where a rota is kept cannot be read, or not all of it; once it is back, that it was away and since when it is read again. */
export function rotaSource(shown: ShownOf<typeof ROTA_SOURCE_BOARD>): Message {
  const { id, rota, away, readAt, problems, back } = shown;
  if (away !== null && back !== null) return rotaBack(rota, away, back);
  const copy =
    readAt === null
      ? 'Until it can be read, it pages nobody: a page goes to the next step of the line.'
      : `Pages follow the copy of ${when(readAt, 'in-sentence')}.`;
  const said =
    away === null
      ? [`:warning: Parts of the rota *${safe(rota)}* cannot be used:`, ...problems.map((problem) => `• ${safe(problem)}.`)].join('\n')
      : `:warning: The rota *${safe(rota)}* cannot be read (since ${when(away.since, 'in-sentence')}): ${safe(away.why)} ${copy}`;
  const hint =
    away === null
      ? `Correct them where the rota is kept. \`${TYPED} doctor\` checks \`rotas.${id}\` again.`
      : `\`${TYPED} doctor\` checks \`rotas.${id}\` again. Until then, put somebody on call: \`/oncall swap @person until tomorrow 09:00\`.`;
  const title = away === null ? `Parts of the rota ${safe(rota)} cannot be used` : `The rota ${safe(rota)} cannot be read`;
  return message(title, [section(said), context(hint)]);
}

function rotaBack(rota: string, away: NonNullable<ShownOf<typeof ROTA_SOURCE_BOARD>['away']>, back: number): Message {
  const since = `It could not be read from ${when(away.since, 'in-sentence')} on: ${safe(away.why)}`;
  return message(`The rota ${safe(rota)} can be read again`, [
    section(`:white_check_mark: The rota *${safe(rota)}* has been read again since ${when(back, 'in-sentence')}. Pages follow it.`),
    context(since),
  ]);
}

/** What is said when a swap is taken back. */
export function takenBack(rota: string, swap: Swap | undefined): Message {
  const what = swap === undefined ? 'The swap' : `The swap to ${user(swap.user)} until ${when(swap.until, 'in-sentence')}`;
  const text = `:white_check_mark: ${what} is taken back in *${safe(rota)}*. \`/oncall\` shows who is on call.`;
  return message(text, [section(text)]);
}

/** The answer to a swap. */
export function swapped(rota: string, standIn: string, from: number | null, until: number): Message {
  const begins = from === null ? '' : ` from ${when(from, 'in-sentence')}`;
  const text = `:white_check_mark: ${user(standIn)} is on call for *${safe(rota)}*${begins} until ${when(until, 'in-sentence')}. \`/oncall swap off\` takes it back.`;
  return message(text, [section(text)]);
}
