import { channelChanged } from '../events.ts';
import { postSystemLine } from '../posting.ts';
import { SlackError } from '../slack-error.ts';
import type { Channel } from '../state.ts';
import { knownUser, memberChannel, needKindScope, openChannel, visibleChannel } from './access.ts';
import { addMember, removeMember } from './conversations.ts';
import { arg, type MethodContext, method } from './method.ts';
import { channelObject } from './shapes.ts';

const write = ['channels:manage', 'channels:write', 'groups:write', 'im:write', 'mpim:write'];
const changing = ['channels:manage', 'groups:write', 'im:write', 'mpim:write'];
const invites = ['channels:write.invites', 'groups:write.invites', ...changing];
const topics = ['channels:write.topic', 'groups:write.topic', 'im:write.topic', 'mpim:write.topic', ...changing];

/** Making and changing conversations. */
export const channelAdminMethods = [
  method({
    name: 'conversations.create',
    scopes: write,
    args: { name: arg.text(), is_private: arg.flag().optional() },
    run(context, args) {
      const { workspace } = context;
      const kind = args.is_private === true ? 'private' : 'public';
      needKindScope(context, kind, 'write');
      checkName(context, args.name);
      const { userId } = workspace.seed.bot;
      const channel = workspace.addChannel({ name: args.name, kind, creator: userId, members: [userId] });
      if (kind === 'public') channelChanged(workspace, channel, { type: 'channel_created', channel: channelObject(workspace, channel) });
      return { channel: channelObject(workspace, channel) };
    },
  }),
  method({
    name: 'conversations.invite',
    scopes: invites,
    args: { channel: arg.id(), users: arg.list(), force: arg.flag().optional() },
    run(context, args) {
      const channel = openChannel(context, args.channel);
      needNamed(channel);
      needKindScope(context, channel.kind, 'write.invites');
      if (args.users.length === 0) throw new SlackError('no_user');
      const { workspace } = context;
      const { userId } = workspace.seed.bot;
      const errors = args.users.flatMap((user) => {
        const code = inviteError(context, channel, user);
        return code === undefined ? [] : [{ user, ok: false, error: code }];
      });
      // With several people Slack names each failure; without `force` one failure stops them all.
      if (errors.length > 0 && args.force !== true) throw new SlackError(errors[0]?.error ?? 'cant_invite', { errors });
      for (const user of args.users.filter((id) => !errors.some((error) => error.user === id))) {
        addMember(context, channel, user, userId);
      }
      return { channel: channelObject(workspace, channel), ...(errors.length > 0 ? { errors } : {}) };
    },
  }),
  method({
    name: 'conversations.kick',
    scopes: ['channels:manage', 'groups:write'],
    args: { channel: arg.id(), user: arg.id() },
    run(context, args) {
      const channel = memberChannel(context, args.channel);
      needNamed(channel);
      const user = knownUser(context, args.user);
      if (user.id === context.workspace.seed.bot.userId) throw new SlackError('cant_kick_self');
      if (channel.name === 'general') throw new SlackError('cant_kick_from_general');
      if (!channel.members.includes(user.id)) throw new SlackError('not_in_channel');
      removeMember(context, channel, user.id);
      return {};
    },
  }),
  method({
    name: 'conversations.leave',
    scopes: write,
    args: { channel: arg.id() },
    run(context, args) {
      const channel = visibleChannel(context, args.channel);
      const { userId } = context.workspace.seed.bot;
      if (channel.archived) throw new SlackError('is_archived');
      if (channel.name === 'general') throw new SlackError('cant_leave_general');
      if (!channel.members.includes(userId)) return { not_in_channel: true };
      if (channel.members.length === 1 && channel.kind === 'private') throw new SlackError('last_member');
      removeMember(context, channel, userId);
      return {};
    },
  }),
  method({
    name: 'conversations.rename',
    scopes: write,
    args: { channel: arg.id(), name: arg.text() },
    run(context, args) {
      const channel = openChannel(context, args.channel);
      needNamed(channel);
      needKindScope(context, channel.kind, 'write');
      // Apps may rename only what they made.
      if (channel.creator !== context.workspace.seed.bot.userId) throw new SlackError('not_authorized');
      checkName(context, args.name);
      const old_name = channel.name;
      channel.name = args.name;
      postSystemLine(
        context.workspace,
        channel,
        context.workspace.seed.bot.userId,
        'channel_name',
        `has renamed the channel from "${old_name}" to "${args.name}"`,
        { old_name, name: args.name },
      );
      touched(context, channel, { type: 'channel_rename', channel: { id: channel.id, name: channel.name, created: channel.created } });
      return { channel: channelObject(context.workspace, channel) };
    },
  }),
  method({
    name: 'conversations.archive',
    scopes: write,
    args: { channel: arg.id() },
    run(context, args) {
      const channel = memberChannel(context, args.channel);
      needNamed(channel);
      needKindScope(context, channel.kind, 'write');
      if (channel.name === 'general') throw new SlackError('cant_archive_general');
      if (channel.archived) throw new SlackError('already_archived');
      channel.archived = true;
      touched(context, channel, {
        type: channel.kind === 'private' ? 'group_archive' : 'channel_archive',
        channel: channel.id,
        user: context.workspace.seed.bot.userId,
      });
      return {};
    },
  }),
  method({
    name: 'conversations.unarchive',
    scopes: write,
    args: { channel: arg.id() },
    run(context, args) {
      const channel = visibleChannel(context, args.channel);
      if (!channel.archived) throw new SlackError('not_archived');
      channel.archived = false;
      touched(context, channel, { type: 'channel_unarchive', channel: channel.id, user: context.workspace.seed.bot.userId });
      return {};
    },
  }),
  method({
    name: 'conversations.setTopic',
    scopes: topics,
    args: { channel: arg.id(), topic: arg.text() },
    run(context, args) {
      const channel = openChannel(context, args.channel);
      needKindScope(context, channel.kind, 'write.topic');
      if (args.topic.length > 250) throw new SlackError('too_long');
      channel.topic = args.topic;
      postSystemLine(context.workspace, channel, context.workspace.seed.bot.userId, 'channel_topic', `set the channel topic: ${args.topic}`, {
        topic: args.topic,
      });
      touched(context, channel);
      return { channel: channelObject(context.workspace, channel) };
    },
  }),
  method({
    name: 'conversations.setPurpose',
    scopes: topics,
    args: { channel: arg.id(), purpose: arg.text() },
    run(context, args) {
      const channel = openChannel(context, args.channel);
      needKindScope(context, channel.kind, 'write.topic');
      if (args.purpose.length > 250) throw new SlackError('too_long');
      channel.purpose = args.purpose;
      touched(context, channel);
      return { channel: channelObject(context.workspace, channel) };
    },
  }),
];

function needNamed(channel: Channel): void {
  if (channel.kind === 'im' || channel.kind === 'mpim') throw new SlackError('method_not_supported_for_channel_type');
}

/** docs.slack.dev/reference/methods/conversations.create: lower case, digits, hyphens, underscores, at most 80. */
function checkName(context: MethodContext, name: string): void {
  if (name === '') throw new SlackError('invalid_name_required');
  if (name.length > 80) throw new SlackError('invalid_name_maxlength');
  if (/^[-_]+$/.test(name)) throw new SlackError('invalid_name_punctuation');
  if (!/^[\p{Ll}\p{Lo}\p{N}_-]+$/u.test(name)) throw new SlackError('invalid_name_specials');
  const taken = [...context.workspace.channels.values()].some((channel) => channel.name === name);
  if (taken) throw new SlackError('name_taken');
}

function inviteError(context: MethodContext, channel: Channel, id: string): string | undefined {
  const user = context.workspace.users.get(id);
  if (user === undefined || user.deleted) return 'user_not_found';
  if (id === context.workspace.seed.bot.userId) return 'cant_invite_self';
  if (channel.members.includes(id)) return 'already_in_channel';
  if (user.is_ultra_restricted) return 'ura_max_channels';
  return undefined;
}

function touched(context: MethodContext, channel: Channel, event?: Record<string, unknown>): void {
  context.workspace.changed({ kind: 'channel', channel: channel.id });
  if (event !== undefined) channelChanged(context.workspace, channel, event);
}
