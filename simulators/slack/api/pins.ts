import { pinMessage, unpinMessage } from '../pinning.ts';
import { SlackError } from '../slack-error.ts';
import { isMember, memberChannel, messageIn, visibleChannel } from './access.ts';
import { arg, method } from './method.ts';
import { messageObject, permalink } from './shapes.ts';

const args = { channel: arg.id(), timestamp: arg.id().optional() };

export const pinMethods = [
  method({
    name: 'pins.add',
    scopes: ['pins:write'],
    args,
    run(context, { channel: id, timestamp }) {
      const channel = memberChannel(context, id);
      if (timestamp === undefined) throw new SlackError('no_item_specified');
      pinMessage(context.workspace, channel, messageIn(context, channel, timestamp), context.workspace.seed.bot.userId);
      return {};
    },
  }),
  method({
    name: 'pins.remove',
    scopes: ['pins:write'],
    args,
    run(context, { channel: id, timestamp }) {
      const channel = visibleChannel(context, id);
      if (!isMember(context, channel)) throw new SlackError('channel_not_found');
      if (timestamp === undefined) throw new SlackError('no_item_specified');
      unpinMessage(context.workspace, channel, messageIn(context, channel, timestamp), context.workspace.seed.bot.userId);
      return {};
    },
  }),
  method({
    name: 'pins.list',
    scopes: ['pins:read'],
    args: { channel: arg.id() },
    run(context, { channel: id }) {
      const channel = visibleChannel(context, id);
      const items = channel.pins.map(({ ts, created, created_by }) => {
        const message = messageIn(context, channel, ts);
        const link = permalink(context.workspace, channel, message);
        return { type: 'message', created, created_by, channel: channel.id, message: { ...messageObject(message, false), permalink: link } };
      });
      return { items };
    },
  }),
];
