import { maxText, parseContent } from '../content.ts';
import { postAsApp, postEphemeralAsApp, removeMessage, updateMessage } from '../posting.ts';
import { SlackError } from '../slack-error.ts';
import type { Channel, Json, Message } from '../state.ts';
import { isMember, messageIn, needScope, openChannel, visibleChannel } from './access.ts';
import { arg, type MethodContext, method } from './method.ts';
import { changedMessage, messageObject, permalink } from './shapes.ts';

export const content = {
  text: arg.text().optional(),
  blocks: arg.json().optional(),
  attachments: arg.json().optional(),
  markdown_text: arg.text().optional(),
  metadata: arg.json().optional(),
  parse: arg.text().optional(),
  link_names: arg.flag().optional(),
};
const identity = {
  username: arg.text().optional(),
  icon_emoji: arg.text().optional(),
  icon_url: arg.text().optional(),
};
export const scopes = ['chat:write'];

export const chatMethods = [
  method({
    name: 'chat.postMessage',
    scopes,
    args: {
      channel: arg.id(),
      ...content,
      ...identity,
      mrkdwn: arg.flag().optional(),
      reply_broadcast: arg.flag().optional(),
      thread_ts: arg.id().optional(),
      unfurl_links: arg.flag().optional(),
      unfurl_media: arg.flag().optional(),
    },
    run(context, args) {
      const { workspace } = context;
      const long = (args.text ?? '').length > maxText;
      const parsed = parseContent(long ? { ...args, text: args.text?.slice(0, maxText) } : args);
      const channel = postable(context, args.channel);
      const more = { ...asOther(context, args), ...inThread(context, channel, args.thread_ts) };
      if (args.reply_broadcast === true && args.thread_ts !== undefined) more.subtype = 'thread_broadcast';
      const message = postAsApp(workspace, channel, parsed, more);
      const warning = long ? { warning: 'message_truncated', response_metadata: { warnings: ['message_truncated'] } } : {};
      return { channel: channel.id, ts: message.ts, message: messageObject(message, true), ...warning };
    },
  }),
  method({
    name: 'chat.postEphemeral',
    scopes,
    args: { channel: arg.id(), user: arg.id(), ...content, ...identity, thread_ts: arg.id().optional() },
    run(context, args) {
      const parsed = parseContent(args);
      const channel = openChannel(context, args.channel);
      if (!channel.members.includes(args.user)) throw new SlackError('user_not_in_channel');
      const more = { ...asOther(context, args), ...inThread(context, channel, args.thread_ts) };
      return { message_ts: postEphemeralAsApp(context.workspace, channel, args.user, parsed, more) };
    },
  }),
  method({
    name: 'chat.update',
    scopes,
    args: { channel: arg.id(), ts: arg.id(), ...content, reply_broadcast: arg.flag().optional(), file_ids: arg.json().optional() },
    run(context, args) {
      const channel = visibleChannel(context, args.channel);
      const message = ownMessage(context, channel, args.ts, 'cant_update_message');
      if (channel.archived) throw new SlackError('is_archived');
      const parsed = parseContent(args);
      // Text alone replaces the message: Slack drops the blocks and attachments that are not sent again.
      const replaced = { ...parsed, blocks: parsed.blocks ?? [], attachments: parsed.attachments ?? [] };
      updateMessage(context.workspace, channel, message, replaced);
      return { channel: channel.id, ts: message.ts, text: message.text, message: changedMessage(message) };
    },
  }),
  method({
    name: 'chat.delete',
    scopes,
    args: { channel: arg.id(), ts: arg.id(), as_user: arg.flag().optional() },
    run(context, args) {
      const channel = visibleChannel(context, args.channel);
      removeMessage(context.workspace, channel, ownMessage(context, channel, args.ts, 'cant_delete_message'));
      return { channel: channel.id, ts: args.ts };
    },
  }),
  method({
    name: 'chat.getPermalink',
    args: { channel: arg.id(), message_ts: arg.id() },
    run(context, args) {
      const channel = visibleChannel(context, args.channel);
      return { channel: channel.id, permalink: permalink(context.workspace, channel, messageIn(context, channel, args.message_ts)) };
    },
  }),
];

/** Where a message may go: the bot's channels, any public one with `chat:write.public`, a person (their direct message). */
export function postable(context: MethodContext, target: string): Channel {
  const { workspace, provided } = context;
  if (/^[UW]/.test(target)) return directWith(context, target);
  const channel = visibleChannel(context, target);
  if (channel.archived) throw new SlackError('is_archived');
  if (!isMember(context, channel) && !provided.includes('chat:write.public')) throw new SlackError('not_in_channel');
  return workspace.channels.get(channel.id) ?? channel;
}

function directWith(context: MethodContext, user: string): Channel {
  const { workspace } = context;
  const { userId } = workspace.seed.bot;
  if (!workspace.users.has(user)) throw new SlackError('channel_not_found');
  return workspace.direct([userId, user], userId).channel;
}

function asOther(context: MethodContext, args: { [Key in keyof typeof identity]?: string | undefined }): Partial<Message> {
  if (args.username === undefined && args.icon_emoji === undefined && args.icon_url === undefined) return {};
  needScope(context, ['chat:write.customize']);
  const icons: Json = {};
  if (args.icon_emoji !== undefined) icons['emoji'] = args.icon_emoji;
  if (args.icon_url !== undefined) icons['image_48'] = args.icon_url;
  return { icons, ...(args.username === undefined ? {} : { username: args.username }) };
}

/** Replies to a reply go to its parent, as Slack does. Throws `cannot_reply_to_message`. */
function inThread(context: MethodContext, channel: Channel, thread: string | undefined): Partial<Message> {
  if (thread === undefined) return {};
  const target = context.workspace.findMessage(channel, thread);
  if (target === undefined) throw new SlackError('cannot_reply_to_message');
  const parent = context.workspace.findMessage(channel, target.thread_ts ?? target.ts) ?? target;
  return { thread_ts: parent.ts, ...(parent.user === undefined ? {} : { parent_user_id: parent.user }) };
}

function ownMessage(context: MethodContext, channel: Channel, ts: string, refusal: string): Message {
  const message = messageIn(context, channel, ts);
  if (message.bot_id !== context.workspace.seed.bot.botId) throw new SlackError(refusal);
  return message;
}
