import type { WebClient } from '@slack/web-api';
import type { ModalContext } from '../../../blocks/modals.ts';
import type { Among } from '../../../blocks/replies.ts';
import type { Handler, PointedMessage, SlashCommand, View } from '../../../commands/command.ts';
import { UserError } from '../../domain/errors.ts';
import { clamp } from '../../lib/clamp.ts';
import { own } from '../../lib/own.ts';
import { nearest } from '../../lib/suggest.ts';
import type { EphemeralDestination } from '../deliver/ephemeral.ts';
import { patiently } from '../patience.ts';
import { nameOf, type Origin } from './origin.ts';
import { type EventPayload, inputsOf, type Payload, userOf } from './payload.ts';

const INCIDENT_ID = /^(?:INC|DRL)-\d{4}-\d{4,8}$/i;
/** What is meant as one, mistyped or not: it must not become a part of the text. */
const MEANT_AS_ID = /^(?:INC|DRL)-[\d-]{1,20}$/i;

/** A payload made plain: who asks what, where, and who handles it. */
export interface Asked {
  readonly user: string;
  readonly channel: string | null;
  readonly threadTs: string | null;
  readonly origin: Origin;
  /** What is logged and recorded of it (`nameOf`). */
  readonly name: string;
  readonly handler: Handler;
  /** How the incident is found. */
  readonly incident: 'needed' | 'other' | 'none';
  /** Which ones a picker offers. */
  readonly among: Among;
  /** The payload that this answers, which asked for an incident. */
  readonly picks: string | null;
  /** Named in the text, in the button's value or in the modal. */
  readonly incidentId: string | null;
  readonly text: string;
  /** Pressed in a list of what waits: the answer takes its place. */
  readonly inList: boolean;
  readonly value: string | null;
  readonly remember: ModalContext;
  readonly message: PointedMessage | null;
  readonly triggerId: string | null;
  readonly reply: EphemeralDestination;
}

/** Finds what a payload asks. `null` when it asks nothing of Tocsin. @throws UserError when it cannot be understood. */
export async function understand(payload: Payload, commands: readonly SlashCommand[], client: WebClient): Promise<Asked | null> {
  if (payload.kind === 'command') return fromCommand(payload, commands);
  if (payload.kind === 'action') return fromAction(payload, commands);
  if (payload.kind === 'view') return fromView(payload, commands);
  if (payload.kind === 'shortcut') return fromShortcut(payload, commands);
  return fromEvent(payload.body, commands, client);
}

/** Where an answer goes even when the payload cannot be understood. */
export function replyTo(payload: Payload): EphemeralDestination {
  const user = userOf(payload) ?? '';
  const { body } = payload;
  const responseUrl = 'response_url' in body && typeof body.response_url === 'string' ? body.response_url : null;
  return { kind: 'ephemeral', user, channel: channelOf(payload), responseUrl };
}

function fromCommand(payload: Extract<Payload, { kind: 'command' }>, commands: readonly SlashCommand[]): Asked {
  const { body } = payload;
  const command = commands.find((one) => one.name === body.command);
  if (command === undefined) throw new UserError('unknown-command', `Tocsin does not know ${body.command}. Try \`/incident help\`.`);
  const typed = withSubcommand(command, asHelp(unescape(body.text).trim()));
  const [word = '', ...words] = typed.split(/\s+/);
  const name = word === '' ? (command.defaultSubcommand ?? 'help') : word === '--help' ? 'help' : word.toLowerCase();
  const subcommand = command.subcommands.find((one) => one.name === name);
  if (subcommand === undefined) throw unknown(command, word);
  const rest = typed.slice(word.length).trim();
  const [first = '', second = ''] = words;
  const named = MEANT_AS_ID.test(first) && (subcommand.incident !== 'other' || MEANT_AS_ID.test(second)) ? first : null;
  return {
    ...common(payload),
    ...originated({ kind: 'command', command: command.name, subcommand: name }),
    handler: subcommand.run,
    incident: subcommand.incident,
    among: subcommand.among ?? 'open',
    incidentId: named?.toUpperCase() ?? null,
    text: named === null ? rest : rest.slice(named.length).trim(),
    triggerId: body.trigger_id,
  };
}

/** Help as people ask for it in a shell; a phone makes one dash of two. */
function asHelp(text: string): string {
  return /^(?:--|[–—])help$/i.test(text) ? 'help' : text;
}

/** Where a command has one subcommand that needs not be named, its name is put before what is that one's. */
function withSubcommand({ subcommands, otherwise }: SlashCommand, text: string): string {
  if (otherwise === undefined || text === '') return text;
  const [word = ''] = text.split(/\s+/);
  return word === '--help' || subcommands.some(({ name }) => name === word.toLowerCase()) ? text : `${otherwise} ${text}`;
}

/** A mistyped subcommand gets the nearest one suggested. */
function unknown(command: SlashCommand, word: string): UserError {
  const near = nearest(
    word,
    command.subcommands.map((one) => one.name),
  );
  const meant = near === null ? '' : ` Did you mean \`${command.name} ${near}\`?`;
  return new UserError(
    'unknown-subcommand',
    `There is no \`${command.name} ${clamp(word, 40).replaceAll(/[`<>&]/g, '')}\`.${meant} \`${command.name} help\` lists all.`,
  );
}

function fromAction(payload: Extract<Payload, { kind: 'action' }>, commands: readonly SlashCommand[]): Asked | null {
  const [action] = payload.body.actions;
  if (action === undefined) return null;
  const handler = commands.map((command) => own(command.actions, action.action_id)).find((found) => found !== undefined);
  if (handler === undefined)
    throw new UserError('unknown-action', 'That button belongs to another version of Tocsin. `/incident help` lists the commands.');
  const given = action.value ?? action.selected_option?.value ?? '';
  const [id, value] = splitOnce(given);
  const named = INCIDENT_ID.test(id);
  return {
    ...common(payload),
    ...originated({ kind: 'button', action: action.action_id }),
    handler,
    incident: named ? 'needed' : 'none',
    incidentId: named ? id.toUpperCase() : null,
    inList: action.block_id.startsWith('approve:') && payload.body.container.type === 'message',
    value: named ? value : given,
    triggerId: payload.body.trigger_id,
  };
}

function fromView(payload: Extract<Payload, { kind: 'view' }>, commands: readonly SlashCommand[]): Asked {
  const { view } = payload.body;
  const definition = commands.map((command) => own(command.views, view.callback_id)).find((found) => found !== undefined);
  if (definition === undefined) throw new UserError('unknown-view', 'That form belongs to another version of Tocsin. Open it again.');
  const remember = readContext(view.private_metadata);
  const channel = typeof remember.asked_in === 'string' ? remember.asked_in : null;
  const incident = typeof remember.incident === 'string' && INCIDENT_ID.test(remember.incident) ? remember.incident : null;
  return {
    ...common(payload),
    channel,
    ...originated({ kind: 'form', callback: view.callback_id }),
    handler: submitOf(definition, inputsOf(view.state)),
    incident: incident === null ? 'none' : 'needed',
    incidentId: incident,
    remember,
    triggerId: payload.body.trigger_id ?? null,
    reply: { ...replyTo(payload), channel },
  };
}

function submitOf(view: View<never>, inputs: Record<string, unknown>): Handler {
  return (request, look) => {
    const parsed = view.schema.safeParse(inputs);
    if (!parsed.success) throw new UserError('invalid-form', `That form was not complete: ${parsed.error.issues[0]?.message ?? 'check its fields'}`);
    return view.submit(request, parsed.data, look);
  };
}

function fromShortcut(payload: Extract<Payload, { kind: 'shortcut' }>, commands: readonly SlashCommand[]): Asked {
  const { body } = payload;
  const shortcut = commands.map((command) => own(command.shortcuts, body.callback_id)).find((found) => found !== undefined);
  if (shortcut === undefined) throw new UserError('unknown-shortcut', 'That shortcut belongs to another version of Tocsin.');
  const message =
    body.message === undefined || body.channel === undefined
      ? null
      : { channel: body.channel.id, ts: body.message.ts, author: body.message.user ?? null, text: unescape(body.message.text), permalink: null };
  return {
    ...common(payload),
    ...originated({ kind: 'shortcut', callback: body.callback_id }),
    handler: shortcut.run,
    incident: 'none',
    message,
    triggerId: body.trigger_id,
  };
}

async function fromEvent(body: EventPayload, commands: readonly SlashCommand[], client: WebClient): Promise<Asked | null> {
  const { event } = body;
  const payload: Payload = { kind: 'event', body };
  if (event.type === 'app_home_opened') {
    const home = commands.map((command) => command.actions['incident.home']).find((found) => found !== undefined);
    if (home === undefined || event.tab !== 'home') return null;
    return { ...common(payload), ...originated({ kind: 'home' }), channel: null, handler: home, incident: 'none' };
  }
  if (event.type !== 'reaction_added' || typeof event.reaction !== 'string') return null;
  const { reaction } = event;
  const handler = commands.map((command) => own(command.reactions, reaction)).find((found) => found !== undefined);
  const item = event.item as { type?: unknown; channel?: unknown; ts?: unknown } | undefined;
  if (handler === undefined || item?.type !== 'message' || typeof item.channel !== 'string' || typeof item.ts !== 'string') return null;
  const message = await messageAt(client, item.channel, item.ts);
  if (message === null) return null;
  return {
    ...common(payload),
    channel: item.channel,
    threadTs: message.threadTs,
    ...originated({ kind: 'reaction', emoji: reaction }),
    handler,
    incident: 'none',
    message: message.pointed,
  };
}

async function messageAt(client: WebClient, channel: string, ts: string): Promise<{ pointed: PointedMessage; threadTs: string | null } | null> {
  const { messages } = await patiently(() => client.conversations.replies({ channel, ts, limit: 10, inclusive: true, latest: ts, oldest: ts }));
  const found = messages?.find((message) => message.ts === ts);
  if (found === undefined) return null;
  const { permalink } = await patiently(() => client.chat.getPermalink({ channel, message_ts: ts }));
  const threadTs = 'thread_ts' in found && typeof found.thread_ts === 'string' ? found.thread_ts : null;
  return { pointed: { channel, ts, author: found.user ?? null, text: unescape(found.text ?? ''), permalink: permalink ?? null }, threadTs };
}

function common(payload: Payload) {
  return {
    user: userOf(payload) ?? '',
    channel: channelOf(payload),
    threadTs: threadOf(payload),
    incidentId: null,
    among: 'open' as const,
    picks: null,
    inList: false,
    text: '',
    value: null,
    remember: {},
    message: null,
    triggerId: null,
    reply: replyTo(payload),
  };
}

function originated(origin: Origin): Pick<Asked, 'origin' | 'name'> {
  return { origin, name: nameOf(origin) };
}

function channelOf(payload: Payload): string | null {
  if (payload.kind === 'command') return payload.body.channel_id;
  if (payload.kind === 'action') return payload.body.channel?.id ?? payload.body.container.channel_id ?? null;
  if (payload.kind === 'shortcut') return payload.body.channel?.id ?? null;
  return null;
}

/** The thread a button or shortcut stands in: in thread mode that says which incident is meant. */
function threadOf(payload: Payload): string | null {
  const body = payload.body as { message?: { thread_ts?: unknown; ts?: unknown } };
  const { thread_ts, ts } = body.message ?? {};
  return typeof thread_ts === 'string' ? thread_ts : typeof ts === 'string' ? ts : null;
}

function readContext(text: string): ModalContext {
  try {
    const parsed: unknown = JSON.parse(text === '' ? '{}' : text);
    return typeof parsed === 'object' && parsed !== null ? (parsed as ModalContext) : {};
  } catch {
    return {};
  }
}

function splitOnce(text: string): readonly [string, string | null] {
  const colon = text.indexOf(':');
  return colon === -1 ? [text, null] : [text.slice(0, colon), text.slice(colon + 1)];
}

/** Slack escapes these three in what people type (docs.slack.dev, Formatting message text). */
function unescape(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
