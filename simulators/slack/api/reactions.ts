import { addReaction, removeReaction } from '../reacting.ts';
import { SlackError } from '../slack-error.ts';
import type { Channel } from '../state.ts';
import { isMember, messageIn, visibleChannel } from './access.ts';
import { arg, type MethodContext, method } from './method.ts';
import { messageObject, permalink } from './shapes.ts';

const target = { channel: arg.id(), timestamp: arg.id() };

export const reactionMethods = [
  method({
    name: 'reactions.add',
    scopes: ['reactions:write'],
    args: { ...target, name: arg.id() },
    run(context, args) {
      const channel = reachable(context, args.channel);
      if (channel.archived) throw new SlackError('is_archived');
      const message = messageIn(context, channel, args.timestamp);
      addReaction(context.workspace, channel, message, context.workspace.seed.bot.userId, args.name);
      return {};
    },
  }),
  method({
    name: 'reactions.remove',
    scopes: ['reactions:write'],
    args: { ...target, name: arg.id() },
    run(context, args) {
      const channel = reachable(context, args.channel);
      if (channel.archived) throw new SlackError('no_access');
      const message = messageIn(context, channel, args.timestamp);
      removeReaction(context.workspace, channel, message, context.workspace.seed.bot.userId, args.name);
      return {};
    },
  }),
  method({
    name: 'reactions.get',
    scopes: ['reactions:read'],
    args: { channel: arg.id().optional(), timestamp: arg.id().optional(), full: arg.flag().optional() },
    run(context, args) {
      if (args.channel === undefined || args.timestamp === undefined) throw new SlackError('no_item_specified');
      const channel = visibleChannel(context, args.channel);
      const message = messageIn(context, channel, args.timestamp);
      const shown = { ...messageObject(message, false), permalink: permalink(context.workspace, channel, message) };
      return { type: 'message', channel: channel.id, message: shown };
    },
  }),
];

/** Slack has no other word for a channel that the bot is not in. */
function reachable(context: MethodContext, id: string): Channel {
  const channel = visibleChannel(context, id);
  if (!isMember(context, channel)) throw new SlackError('channel_not_found');
  return channel;
}
