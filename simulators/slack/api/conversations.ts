import { memberChanged } from '../events.ts';
import { postSystemLine } from '../posting.ts';
import { SlackError } from '../slack-error.ts';
import type { Channel, ChannelKind, Json, Message } from '../state.ts';
import { isMember, knownUser, memberChannel, needKindScope, needScope, scopesFor, visibleChannel } from './access.ts';
import { arg, type MethodContext, method } from './method.ts';
import { page } from './pages.ts';
import { channelObject, countedChannel, messageObject } from './shapes.ts';

const paging = { cursor: arg.text().optional(), limit: arg.whole().optional() };
const history = {
  ...paging,
  include_all_metadata: arg.flag().optional(),
  inclusive: arg.flag().optional(),
  latest: arg.text().optional(),
  oldest: arg.text().optional(),
};
const typeNames: Record<string, ChannelKind> = { public_channel: 'public', private_channel: 'private', im: 'im', mpim: 'mpim' };

/** Reading conversations, and being in them. */
export const conversationMethods = [
  method({
    name: 'conversations.info',
    scopes: scopesFor('read'),
    args: { channel: arg.id(), include_locale: arg.flag().optional(), include_num_members: arg.flag().optional() },
    run(context, args) {
      const channel = visibleChannel(context, args.channel);
      needKindScope(context, channel.kind, 'read');
      const shown = args.include_num_members === true ? countedChannel : channelObject;
      return { channel: { ...shown(context.workspace, channel), ...tabsOf(channel) } };
    },
  }),
  method({
    name: 'conversations.list',
    scopes: scopesFor('read'),
    args: { ...paging, exclude_archived: arg.flag().optional(), types: arg.list().optional() },
    run: (context, args) => listChannels(context, args, () => true, countedChannel),
  }),
  method({
    name: 'users.conversations',
    scopes: scopesFor('read'),
    args: { ...paging, exclude_archived: arg.flag().optional(), types: arg.list().optional(), user: arg.id().optional() },
    run(context, args) {
      const user = context.workspace.users.get(args.user ?? context.workspace.seed.bot.userId);
      if (user === undefined) throw SlackError.withMessages('invalid_arguments', ['[ERROR] user: no such user']);
      return listChannels(context, args, (channel) => channel.members.includes(user.id), ofSomebody);
    },
  }),
  method({
    name: 'conversations.members',
    scopes: scopesFor('read'),
    args: { channel: arg.id(), ...paging },
    run(context, args) {
      const channel = visibleChannel(context, args.channel);
      needKindScope(context, channel.kind, 'read');
      const { items, response_metadata } = page(channel.members, args, { byDefault: 100, max: 1000 });
      return { members: items, response_metadata };
    },
  }),
  method({
    name: 'conversations.history',
    scopes: scopesFor('history'),
    args: { channel: arg.id(), ...history },
    run(context, args) {
      const channel = memberChannel(context, args.channel);
      needKindScope(context, channel.kind, 'history');
      const inChannel = channel.messages.filter((message) => !isReply(message) || message.subtype === 'thread_broadcast');
      const newestFirst = between(inChannel, args).toReversed();
      const { items, response_metadata } = page(newestFirst, args, { byDefault: 100, max: 999, refusal: 'invalid_arguments' });
      const messages = items.map((message) => messageObject(message, args.include_all_metadata === true));
      return { messages, has_more: response_metadata['next_cursor'] !== '', pin_count: channel.pins.length, response_metadata };
    },
  }),
  method({
    name: 'conversations.replies',
    scopes: scopesFor('history'),
    args: { channel: arg.id(), ts: arg.id(), ...history },
    run(context, args) {
      const channel = visibleChannel(context, args.channel);
      if (!isMember(context, channel)) throw new SlackError('channel_not_found');
      needKindScope(context, channel.kind, 'history');
      const target = context.workspace.findMessage(channel, args.ts);
      if (target === undefined) throw new SlackError('thread_not_found');
      const parentTs = target.thread_ts ?? target.ts;
      const parent = channel.messages.filter((message) => message.ts === parentTs);
      const replies = channel.messages.filter((message) => message.thread_ts === parentTs && message.ts !== parentTs);
      const { items, response_metadata } = page([...parent, ...between(replies, args)], args, {
        byDefault: 1000,
        max: 1000,
        refusal: 'invalid_arguments',
      });
      const messages = items.map((message) => messageObject(message, args.include_all_metadata === true));
      return { messages, has_more: response_metadata['next_cursor'] !== '', response_metadata };
    },
  }),
  method({
    name: 'conversations.join',
    scopes: ['channels:join'],
    args: { channel: arg.id() },
    run(context, args) {
      const channel = visibleChannel(context, args.channel);
      if (channel.kind !== 'public') throw new SlackError('method_not_supported_for_channel_type');
      if (channel.archived) throw new SlackError('is_archived');
      const already = isMember(context, channel);
      if (!already) addMember(context, channel, context.workspace.seed.bot.userId);
      const warning = already ? { warning: 'already_in_channel', response_metadata: { warnings: ['already_in_channel'] } } : {};
      return { channel: channelObject(context.workspace, channel), ...warning };
    },
  }),
  method({
    name: 'conversations.open',
    scopes: ['im:write', 'mpim:write', 'channels:manage', 'groups:write'],
    args: {
      channel: arg.id().optional(),
      users: arg.list().optional(),
      return_im: arg.flag().optional(),
      prevent_creation: arg.flag().optional(),
    },
    run(context, args) {
      const { workspace } = context;
      if (args.channel !== undefined) return { channel: { id: visibleChannel(context, args.channel).id } };
      if (args.users === undefined || args.users.length === 0) throw new SlackError('users_list_not_supplied');
      if (args.users.length > 8) throw new SlackError('too_many_users');
      const users = args.users.map((id) => knownUser(context, id));
      if (users.some((user) => user.deleted)) throw new SlackError('user_disabled');
      if (users.length === 1 && users.some((user) => user.is_bot)) throw new SlackError('cannot_dm_bot');
      needScope(context, [users.length > 1 ? 'mpim:write' : 'im:write']);
      const { userId } = workspace.seed.bot;
      const { channel, created } = workspace.direct([userId, ...users.map((user) => user.id)], userId);
      const shape = args.return_im === true ? channelObject(workspace, channel) : { id: channel.id };
      return { ...(created ? {} : { no_op: true, already_open: true }), channel: shape };
    },
  }),
];

/** Puts a person into a conversation and says so there. */
export function addMember(context: Pick<MethodContext, 'workspace'>, channel: Channel, user: string, inviter?: string): void {
  const { workspace } = context;
  channel.members.push(user);
  postSystemLine(workspace, channel, user, 'channel_join', `<@${user}> has joined the channel`, inviter === undefined ? {} : { inviter });
  workspace.changed({ kind: 'channel', channel: channel.id });
  const by = inviter === undefined ? {} : { inviter };
  memberChanged(workspace, channel, { type: 'member_joined_channel', user, ...by });
}

/** Takes a person out of a conversation and says so there. */
export function removeMember(context: Pick<MethodContext, 'workspace'>, channel: Channel, user: string): void {
  const { workspace } = context;
  channel.members = channel.members.filter((id) => id !== user);
  postSystemLine(workspace, channel, user, 'channel_leave', `<@${user}> has left the channel`);
  workspace.changed({ kind: 'channel', channel: channel.id });
  memberChanged(workspace, channel, { type: 'member_left_channel', user });
}

function listChannels(
  context: MethodContext,
  args: { cursor?: string | undefined; limit?: number | undefined; types?: string[] | undefined; exclude_archived?: boolean | undefined },
  include: (channel: Channel) => boolean,
  shown: typeof channelObject,
) {
  const kinds = (args.types ?? ['public_channel']).map((name) => {
    const kind = typeNames[name];
    if (kind === undefined) throw new SlackError('invalid_types');
    needKindScope(context, kind, 'read');
    return kind;
  });
  const channels = [...context.workspace.channels.values()].filter(
    (channel) =>
      kinds.includes(channel.kind) &&
      (channel.kind === 'public' || isMember(context, channel)) &&
      !(args.exclude_archived === true && channel.archived) &&
      include(channel),
  );
  const { items, response_metadata } = page(channels, args, { byDefault: 100, max: 1000 });
  return { channels: items.map((channel) => shown(context.workspace, channel)), response_metadata };
}

/** A conversation among somebody's: nothing is said of the bot's own membership. */
/** The tabs of a channel with a canvas, as Slack answers today (github.com/slack-go/slack/issues/1423); `properties.canvas` was before. */
function tabsOf({ canvas, tabs = [] }: Channel): Json {
  const all = [...(canvas === undefined ? [] : [canvas]), ...tabs];
  if (all.length === 0) return {};
  return { properties: { tabs: all.map(({ id }) => ({ id: `Ct${id.slice(1)}`, label: '', type: 'canvas', data: { file_id: id, shared_ts: '' } })) } };
}

function ofSomebody(...[workspace, channel]: Parameters<typeof channelObject>): Json {
  const { is_member: _, ...shape } = channelObject(workspace, channel);
  return shape;
}

function isReply(message: Message): boolean {
  return message.thread_ts !== undefined && message.thread_ts !== message.ts;
}

/** Messages in a span of time, ends excluded unless `inclusive`. Throws `invalid_ts_latest`, `invalid_ts_oldest`. */
function between(
  messages: readonly Message[],
  args: { latest?: string | undefined; oldest?: string | undefined; inclusive?: boolean | undefined },
): Message[] {
  const latest = micros(args.latest, 'invalid_ts_latest') ?? Number.POSITIVE_INFINITY;
  const oldest = micros(args.oldest, 'invalid_ts_oldest') ?? Number.NEGATIVE_INFINITY;
  return messages.filter((message) => {
    const at = Number(message.ts.replace('.', ''));
    return args.inclusive === true ? at >= oldest && at <= latest : at > oldest && at < latest;
  });
}

/** A timestamp in whole microseconds, which a float of seconds cannot tell apart. */
function micros(ts: string | undefined, error: string): number | undefined {
  if (ts === undefined || ts === '') return undefined;
  const match = /^(\d+)(?:\.(\d{1,6}))?$/.exec(ts);
  if (match === null) throw new SlackError(error);
  return Number(match[1]) * 1e6 + Number((match[2] ?? '').padEnd(6, '0'));
}
