import type { Channel, Json, Message, SlackFile, User, Usergroup } from '../state.ts';
import type { Workspace } from '../workspace.ts';

/** docs.slack.dev/reference/objects/user-object */
export function userObject(workspace: Workspace, user: User): Json {
  const { team } = workspace.seed;
  const bot = user.id === workspace.seed.bot.userId;
  const parts = user.real_name.split(' ');
  return {
    id: user.id,
    team_id: user.team_id,
    name: user.name,
    deleted: user.deleted,
    real_name: user.real_name,
    tz: user.tz,
    tz_label: user.tz,
    tz_offset: 0,
    profile: {
      title: user.title,
      real_name: user.real_name,
      real_name_normalized: user.real_name,
      display_name: user.name,
      status_text: user.status_text ?? '',
      display_name_normalized: user.name,
      first_name: parts[0] ?? '',
      last_name: parts.slice(1).join(' '),
      team: user.team_id,
      ...(bot ? { bot_id: workspace.seed.bot.botId, api_app_id: workspace.seed.bot.appId } : {}),
    },
    is_admin: user.is_admin,
    is_owner: false,
    is_primary_owner: false,
    is_restricted: user.is_restricted,
    is_ultra_restricted: user.is_ultra_restricted,
    is_bot: user.is_bot,
    is_app_user: false,
    ...(user.enterprise_user === undefined ? {} : { enterprise_user: { ...user.enterprise_user, enterprise_name: 'Organisation', is_admin: false } }),
    ...(isOfHome(team, user) ? {} : { is_stranger: true }),
    updated: 0,
  };
}

function isOfHome(team: { id: string; enterprise_id?: string | undefined }, user: User): boolean {
  return user.team_id === team.id || (team.enterprise_id !== undefined && user.enterprise_user?.enterprise_id === team.enterprise_id);
}

export function usergroupObject(workspace: Workspace, group: Usergroup, withUsers: boolean): Json {
  return {
    id: group.id,
    team_id: workspace.seed.team.id,
    is_usergroup: true,
    name: group.name,
    handle: group.handle,
    description: '',
    is_external: false,
    date_create: 0,
    date_update: 0,
    date_delete: group.disabled === true ? 1 : 0,
    auto_type: null,
    created_by: 'USLACKBOT',
    updated_by: 'USLACKBOT',
    deleted_by: null,
    prefs: { channels: [], groups: [] },
    user_count: group.users.length,
    ...(withUsers ? { users: group.users } : {}),
  };
}

/** docs.slack.dev/reference/objects/conversation-object */
export function channelObject(workspace: Workspace, channel: Channel): Json {
  const { bot } = workspace.seed;
  const member = channel.members.includes(bot.userId);
  const base = {
    id: channel.id,
    created: channel.created,
    is_archived: channel.archived,
    is_im: channel.kind === 'im',
    is_org_shared: false,
    context_team_id: workspace.seed.team.id,
    updated: channel.created * 1000,
  };
  if (channel.kind === 'im') {
    return { ...base, user: channel.members.find((id) => id !== bot.userId) ?? bot.userId, is_user_deleted: false, priority: 0 };
  }
  return {
    ...base,
    name: channel.name,
    name_normalized: channel.name,
    is_channel: channel.kind === 'public',
    is_group: channel.kind === 'private',
    is_mpim: channel.kind === 'mpim',
    is_private: channel.kind !== 'public',
    is_general: channel.name === 'general',
    is_shared: false,
    is_ext_shared: false,
    is_pending_ext_shared: false,
    unlinked: 0,
    creator: channel.creator,
    is_member: member,
    topic: { value: channel.topic, creator: channel.creator, last_set: 0 },
    purpose: { value: channel.purpose, creator: channel.creator, last_set: 0 },
    previous_names: [],
  };
}

/** A conversation where its members are counted: in lists of all, and where that is asked for. */
export function countedChannel(workspace: Workspace, channel: Channel): Json {
  const shape = channelObject(workspace, channel);
  return channel.kind === 'im' ? shape : { ...shape, num_members: channel.members.length };
}

/** A message that was changed, of which the answer says less than others do. */
export function changedMessage({ type, text, user, team, bot_id, app_id, bot_profile, blocks, edited, files, metadata }: Message): Json {
  return { type, text, user, team, bot_id, app_id, bot_profile, blocks, edited, files, metadata };
}

/** A message as the Web API gives it: metadata in full only where it is asked for. */
export function messageObject(message: Message, withMetadata: boolean): Json {
  const { metadata, ...rest } = message;
  if (metadata === undefined) return { ...rest };
  return { ...rest, metadata: withMetadata ? metadata : { event_type: metadata.event_type } };
}

/** The `bot_profile` on the app's messages. */
function botProfile(workspace: Workspace): Json {
  const { bot, team } = workspace.seed;
  return { id: bot.botId, app_id: bot.appId, user_id: bot.userId, name: bot.name, icons: {}, deleted: false, updated: 0, team_id: team.id };
}

/** A message by the app, without text yet. */
export function appMessage(workspace: Workspace, ts: string): Omit<Message, 'text'> {
  const { bot, team } = workspace.seed;
  return {
    type: 'message',
    ts,
    team: team.id,
    user: bot.userId,
    bot_id: bot.botId,
    app_id: bot.appId,
    bot_profile: botProfile(workspace),
  };
}

export function permalink(workspace: Workspace, channel: Channel, message: Message): string {
  const link = `${workspace.url}/archives/${channel.id}/p${message.ts.replace('.', '')}`;
  const inThread = message.thread_ts !== undefined && message.thread_ts !== message.ts;
  return inThread ? `${link}?thread_ts=${message.thread_ts}&cid=${channel.id}` : link;
}

export function fileObject(file: SlackFile): Json {
  return { ...file };
}
