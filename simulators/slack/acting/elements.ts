import type { Block } from '../blocks/blocks.ts';
import { blocksOf } from '../content.ts';
import { type FieldInput, findInteractive, type Interactive, put, valueFrom } from '../form.ts';
import { messageAction, suggestion, viewAction } from '../payloads.ts';
import type { Outcome, PersonActions, Surface } from '../person.ts';
import type { Channel, Json, Message, OpenView, StateValue, StateValues, User } from '../state.ts';
import { channelFor, failureCode, fromAnswer, type Stage } from './actor.ts';
import { seenMessage } from './messages.ts';

/** What a person sees where they act. */
type Seen =
  | { kind: 'message'; channel: Channel; message: Message; blocks: readonly Block[]; values: StateValues }
  | { kind: 'view'; open: OpenView; blocks: readonly Block[]; values: StateValues };

/** A person clicks a button or chooses in a menu. */
export async function click(stage: Stage, user: User, args: PersonActions['click']): Promise<Outcome> {
  const seen = look(stage, user, args.surface);
  const found = findInteractive(seen.blocks, args.element);
  if (found.element['confirm'] !== undefined && args.confirm === false) return { status: 'cancelled' };
  const action = act(stage, user, seen, found, args);
  if (found.block.type === 'input' && found.block.dispatch_action !== true) return { status: 'ok' };
  const { id, answer } = await stage.deliveries.send('interactive', payloadFor(stage, user, seen, action));
  if (answer.status === 'acked') return fromAnswer(answer, id);
  const error = `This app responded with Status Code ${failureCode(answer)}`;
  stage.workspace.notice(user.id, error, seen.kind === 'message' ? seen.channel.id : undefined);
  return { ...fromAnswer(answer, id), error };
}

/** A person types into an external select: the app is asked for options. */
export async function suggest(stage: Stage, user: User, args: PersonActions['suggest']): Promise<Outcome> {
  const seen = look(stage, user, args.surface);
  const { block, element } = findInteractive(seen.blocks, args.element);
  const where = seen.kind === 'view' ? { open: seen.open } : { channel: seen.channel, message: seen.message };
  const ids = { block_id: block.block_id ?? '', action_id: element.action_id };
  const payload = suggestion(stage.workspace, { user, ...ids, value: args.query, ...where });
  const { id, answer } = await stage.deliveries.send('interactive', payload);
  if (answer.status !== 'acked') return { ...fromAnswer(answer, id), error: failureCode(answer) };
  const groups = (answer.body['option_groups'] as { options: Json[] }[] | undefined) ?? [];
  const options = (answer.body['options'] as Json[] | undefined) ?? groups.flatMap((group) => group.options);
  if (options.length > 100) return { status: 'invalid_answer', error: 'no more than 100 options', ack: answer.body, delivery: id };
  stage.offered.set(offerKey(seen, element, user), options);
  return { status: 'ok', options, ack: answer.body, delivery: id };
}

/** Puts values into a view without submitting it. Keys are block ids or action ids. */
export function fill(stage: Stage, user: User, open: OpenView, values: Record<string, FieldInput>): void {
  for (const [key, input] of Object.entries(values)) {
    const { block, element } = fieldOf(open.view.blocks, key);
    put(open.values, block, element, valueFrom(element, input, offers(stage, { kind: 'view', open }, element, user)));
  }
}

/** A view that is in front of this person. */
export function viewOf(stage: Stage, user: User, id: string): OpenView {
  const open = stage.workspace.views.get(id);
  if (open === undefined || open.user !== user.id) throw new Error(`${user.name} has no view ${id} open.`);
  return open;
}

function fieldOf(blocks: readonly Block[], key: string): Interactive {
  const byBlock = blocks.find((block) => block.block_id === key);
  return findInteractive(blocks, byBlock === undefined ? { action_id: key } : { block_id: key });
}

function look(stage: Stage, user: User, surface: Surface): Seen {
  if ('view' in surface) {
    const open = viewOf(stage, user, surface.view);
    return { kind: 'view', open, blocks: open.view.blocks, values: open.values };
  }
  const channel = channelFor(stage, user, surface.channel);
  const ephemeral = stage.workspace.findEphemeral(user.id, channel.id, surface.ts);
  const message = ephemeral?.message ?? seenMessage(stage, channel, surface.ts);
  const key = `${channel.id}/${message.ts}/${user.id}`;
  const values = stage.workspace.messageStates.get(key) ?? {};
  stage.workspace.messageStates.set(key, values);
  return { kind: 'message', channel, message, blocks: blocksOf(message), values };
}

/** Does it, and describes it as `actions[0]` of a block_actions payload. */
function act(stage: Stage, user: User, seen: Seen, found: Interactive, args: PersonActions['click']): Json {
  const { block, element } = found;
  const common = { type: element.type, action_id: element.action_id, block_id: block.block_id, action_ts: stage.workspace.nextTs() };
  if (element.type === 'button') {
    const { text, value, style, url, confirm } = element;
    return { ...common, text, ...defined({ value, style, url, confirm }) };
  }
  const { placeholder, confirm } = element;
  if (element.type === 'overflow') {
    const chosen = valueFrom({ ...element, type: 'static_select' }, args.input ?? null);
    return { ...common, selected_option: chosen['selected_option'], ...defined({ confirm }) };
  }
  const value: StateValue = valueFrom(element, args.input ?? null, offers(stage, seen, element, user));
  put(seen.values, block, element, value);
  if (seen.kind === 'view') stage.workspace.changed({ kind: seen.open.type === 'home' ? 'home' : 'views', user: user.id });
  return { ...common, ...value, ...defined({ placeholder, confirm }) };
}

function payloadFor(stage: Stage, user: User, seen: Seen, action: Json): Json {
  const { workspace } = stage;
  if (seen.kind === 'view') {
    const { open } = seen;
    const view = open.type === 'modal' ? open.id : undefined;
    const trigger_id = stage.triggers.issue({ user: user.id, view, channel: open.channel });
    return viewAction(workspace, { user, open, action, trigger_id });
  }
  const { channel, message, values } = seen;
  const origin = { channel: channel.id, user: user.id, ts: message.ts, thread_ts: message.thread_ts === message.ts ? undefined : message.thread_ts };
  const trigger_id = stage.triggers.issue({ user: user.id, channel: channel.id });
  const response_url = stage.responseUrls.issue('actions', origin);
  return messageAction(workspace, { user, channel, message, action, values, trigger_id, response_url });
}

function offerKey(seen: Pick<Seen, 'kind'>, element: Interactive['element'], user: User): string {
  return `${seen.kind}/${element.action_id}/${user.id}`;
}

function offers(stage: Stage, seen: { kind: Seen['kind']; open?: OpenView }, element: Interactive['element'], user: User): Json[] {
  return stage.offered.get(offerKey(seen, element, user)) ?? [];
}

function defined(parts: Json): Json {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined));
}
