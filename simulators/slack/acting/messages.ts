import { addMember, removeMember } from '../api/conversations.ts';
import { homeOpened, messagePosted } from '../events.ts';
import { secretId } from '../ids.ts';
import { typedMessage } from '../mentions.ts';
import { viewObject } from '../modals.ts';
import { shortcut } from '../payloads.ts';
import type { Outcome, PersonActions } from '../person.ts';
import { pinMessage, unpinMessage } from '../pinning.ts';
import { addReaction, removeReaction } from '../reacting.ts';
import { SlackError } from '../slack-error.ts';
import type { Channel, Message, User } from '../state.ts';
import { channelFor, fromAnswer, type Stage, writeRefusal } from './actor.ts';

/** A person writes a message, in a channel or a thread. */
export function writeMessage(stage: Stage, user: User, args: PersonActions['message']): Outcome {
  const { workspace } = stage;
  const channel = channelFor(stage, user, args.channel);
  const refusal = writeRefusal(channel, user);
  if (refusal !== undefined) return { status: 'refused', error: refusal };
  const parent = args.thread_ts === undefined ? undefined : seenMessage(stage, channel, args.thread_ts);
  const message: Message = {
    type: 'message',
    ts: workspace.nextTs(),
    team: user.team_id,
    user: user.id,
    text: typedMessage(workspace, user, args.text),
    client_msg_id: secretId(),
    ...(parent === undefined ? {} : { thread_ts: parent.thread_ts ?? parent.ts }),
    ...(parent?.user === undefined ? {} : { parent_user_id: parent.user }),
  };
  workspace.addMessage(channel, message);
  messagePosted(workspace, channel, message);
  return { status: 'ok', ts: message.ts };
}

export function react(stage: Stage, user: User, args: PersonActions['react'], add: boolean): Outcome {
  const channel = channelFor(stage, user, args.channel);
  const message = seenMessage(stage, channel, args.ts);
  const change = add ? addReaction : removeReaction;
  return attempt(() => change(stage.workspace, channel, message, user.id, args.name));
}

export function pin(stage: Stage, user: User, args: PersonActions['pin'], add: boolean): Outcome {
  const channel = channelFor(stage, user, args.channel);
  const message = seenMessage(stage, channel, args.ts);
  return attempt(() => (add ? pinMessage : unpinMessage)(stage.workspace, channel, message, user.id));
}

export function dismiss(stage: Stage, user: User, args: PersonActions['dismiss']): Outcome {
  const entry = stage.workspace.findEphemeral(user.id, channelFor(stage, user, args.channel).id, args.ts);
  if (entry === undefined) throw new Error(`${user.name} has no message ${args.ts} of their own in ${args.channel}.`);
  stage.workspace.deleteEphemeral(entry);
  return { status: 'ok' };
}

/** A shortcut from the menu of a message, or a global one. */
export async function useShortcut(stage: Stage, user: User, args: PersonActions['shortcut']): Promise<Outcome> {
  const { workspace } = stage;
  const type = args.on === undefined ? 'global' : 'message';
  const known = workspace.seed.shortcuts.some((entry) => entry.callback_id === args.callback_id && entry.type === type);
  if (!known) throw new Error(`There is no ${type} shortcut ${args.callback_id}.`);
  const channel = args.on === undefined ? undefined : channelFor(stage, user, args.on.channel);
  const trigger_id = stage.triggers.issue({ user: user.id, channel: channel?.id });
  const action_ts = workspace.nextTs();
  const payload = shortcut(workspace, { user, callback_id: args.callback_id, trigger_id, action_ts, on: target() });
  const { id, answer } = await stage.deliveries.send('interactive', payload);
  return fromAnswer(answer, id);

  function target() {
    if (channel === undefined || args.on === undefined) return undefined;
    const message = seenMessage(stage, channel, args.on.ts);
    const origin = { channel: channel.id, user: user.id, ts: message.ts };
    return { channel, message, response_url: stage.responseUrls.issue('actions', origin) };
  }
}

/** A person opens the app's Home tab: the app hears of it. */
export function openHome(stage: Stage, user: User): Outcome {
  const { workspace } = stage;
  const { channel } = workspace.direct([workspace.seed.bot.userId, user.id], user.id);
  const open = workspace.views.get(workspace.homes.get(user.id) ?? '');
  homeOpened(workspace, channel, user.id, open === undefined ? undefined : viewObject(workspace, open));
  return { status: 'ok', channel: channel.id };
}

export function openDirect(stage: Stage, user: User, args: PersonActions['openDirect']): Outcome {
  const { workspace } = stage;
  const others = args.users ?? [workspace.seed.bot.userId];
  for (const id of others) if (!workspace.users.has(id)) throw new Error(`There is no user ${id}.`);
  return { status: 'ok', channel: workspace.direct([user.id, ...others], user.id).channel.id };
}

export function joinChannel(stage: Stage, user: User, args: PersonActions['join']): Outcome {
  const channel = channelFor(stage, user, args.channel);
  if (channel.members.includes(user.id)) return { status: 'ok' };
  if (channel.archived) return { status: 'refused', error: 'You are viewing an archived channel.' };
  addMember(stage, channel, user.id);
  return { status: 'ok' };
}

export function leaveChannel(stage: Stage, user: User, args: PersonActions['leave']): Outcome {
  const channel = channelFor(stage, user, args.channel);
  if (channel.members.includes(user.id)) removeMember(stage, channel, user.id);
  return { status: 'ok' };
}

/** Throws when there is no such message. */
export function seenMessage(stage: Stage, channel: Channel, ts: string): Message {
  const message = stage.workspace.findMessage(channel, ts);
  if (message === undefined) throw new Error(`There is no message ${ts} in ${channel.name || channel.id}.`);
  return message;
}

function attempt(work: () => void): Outcome {
  try {
    work();
    return { status: 'ok' };
  } catch (error) {
    if (!(error instanceof SlackError)) throw error;
    return { status: 'refused', error: error.code };
  }
}
