import { parseContent } from '../content.ts';
import { newId } from '../ids.ts';
import { SlackError } from '../slack-error.ts';
import type { ScheduledMessage } from '../state.ts';
import { visibleChannel } from './access.ts';
import { content, postable, scopes } from './chat.ts';
import { arg, type MethodContext, method } from './method.ts';

/** docs.slack.dev/reference/methods/chat.scheduleMessage: seconds. */
const FARTHEST = 120 * 24 * 60 * 60;
/** So many messages to one channel within so many seconds. */
const MOST = 30;
const NEAR = 5 * 60;
/** What is due within this time (s) is not taken back any more. */
const TOO_LATE = 60;

/** Messages that are to be posted later. This workspace only keeps them: nothing is posted when its clock passes their time. */
export const scheduledMethods = [
  method({
    name: 'chat.scheduleMessage',
    scopes,
    args: {
      channel: arg.id(),
      post_at: arg.whole(),
      ...content,
      thread_ts: arg.id().optional(),
      unfurl_links: arg.flag().optional(),
      unfurl_media: arg.flag().optional(),
    },
    run(context, args) {
      const { workspace } = context;
      const now = workspace.nowSeconds();
      if (args.post_at <= now) throw new SlackError('time_in_past');
      if (args.post_at > now + FARTHEST) throw new SlackError('time_too_far');
      const { text } = parseContent(args);
      const channel = postable(context, args.channel);
      const near = workspace.scheduled.filter((one) => one.channel === channel.id && Math.abs(one.post_at - args.post_at) < NEAR);
      if (near.length >= MOST) throw new SlackError('restricted_too_many');
      const scheduled: ScheduledMessage = { id: newId('Q'), channel: channel.id, post_at: args.post_at, date_created: now, text };
      workspace.scheduled.push(scheduled);
      return { channel: channel.id, scheduled_message_id: scheduled.id, post_at: scheduled.post_at, message: { type: 'message', text } };
    },
  }),
  method({
    name: 'chat.deleteScheduledMessage',
    scopes,
    args: { channel: arg.id(), scheduled_message_id: arg.id(), as_user: arg.flag().optional() },
    run(context, args) {
      const channel = visibleChannel(context, args.channel);
      const { workspace } = context;
      const at = workspace.scheduled.findIndex((one) => one.id === args.scheduled_message_id && one.channel === channel.id);
      const found = workspace.scheduled[at];
      if (found === undefined || found.post_at < workspace.nowSeconds() + TOO_LATE) throw new SlackError('invalid_scheduled_message_id');
      workspace.scheduled.splice(at, 1);
      return {};
    },
  }),
  method({
    name: 'chat.scheduledMessages.list',
    args: {
      channel: arg.id().optional(),
      cursor: arg.text().optional(),
      latest: arg.text().optional(),
      limit: arg.whole().optional(),
      oldest: arg.text().optional(),
    },
    run: (context, args) => ({
      scheduled_messages: listed(context, args.channel).map(({ id, channel, post_at, date_created, text }) => ({
        id,
        channel_id: channel,
        post_at,
        date_created,
        text,
      })),
      response_metadata: { next_cursor: '' },
    }),
  }),
];

function listed(context: MethodContext, channel: string | undefined): readonly ScheduledMessage[] {
  const { scheduled, channels } = context.workspace;
  if (channel !== undefined && !channels.has(channel)) throw new SlackError('invalid_channel');
  return scheduled.filter((one) => channel === undefined || one.channel === channel);
}
