import type { Channel, ChannelKind, Json, Message } from './state.ts';
import type { Workspace } from './workspace.ts';

/** The events a workspace tells apps about: docs.slack.dev/reference/events. */

const channelTypes: Record<ChannelKind, string> = { public: 'channel', private: 'group', im: 'im', mpim: 'mpim' };

/** A new message, and `app_mention` when it names the app. */
export function messagePosted(workspace: Workspace, channel: Channel, message: Message): void {
  const { metadata: _, ...shown } = message;
  workspace.event(onChannel(channel, { ...shown, event_ts: message.ts }), channel);
  const mention = `<@${workspace.seed.bot.userId}>`;
  if (message.bot_id !== undefined || channel.kind === 'im' || !message.text.includes(mention)) return;
  const { user, text, ts, team } = message;
  const thread = message.thread_ts === undefined ? {} : { thread_ts: message.thread_ts };
  workspace.event({ type: 'app_mention', user, text, ts, team, channel: channel.id, event_ts: ts, ...thread }, channel);
}

export function messageChanged(workspace: Workspace, channel: Channel, message: Message, previous: Message): void {
  const ts = workspace.nextTs();
  const event = { type: 'message', subtype: 'message_changed', hidden: true, message, previous_message: previous, ts, event_ts: ts };
  workspace.event(onChannel(channel, event), channel);
}

export function messageDeleted(workspace: Workspace, channel: Channel, previous: Message): void {
  const ts = workspace.nextTs();
  const event = { type: 'message', subtype: 'message_deleted', hidden: true, deleted_ts: previous.ts, previous_message: previous, ts };
  workspace.event(onChannel(channel, { ...event, event_ts: ts }), channel);
}

export function reactionChanged(
  workspace: Workspace,
  channel: Channel,
  message: Message,
  change: { type: 'reaction_added' | 'reaction_removed'; user: string; reaction: string },
): void {
  workspace.event(
    {
      ...change,
      item: { type: 'message', channel: channel.id, ts: message.ts },
      item_user: message.user ?? '',
      event_ts: workspace.nextTs(),
    },
    channel,
  );
}

export function memberChanged(
  workspace: Workspace,
  channel: Channel,
  change: { type: 'member_joined_channel' | 'member_left_channel'; user: string; inviter?: string },
): void {
  const channel_type = channel.kind === 'public' ? 'C' : 'G';
  const where = { channel: channel.id, channel_type, team: workspace.seed.team.id, event_ts: workspace.nextTs() };
  workspace.event({ ...change, ...where }, channel);
}

export function homeOpened(workspace: Workspace, channel: Channel, user: string, view: Json | undefined): void {
  const event = { type: 'app_home_opened', user, channel: channel.id, tab: 'home', event_ts: workspace.nextTs() };
  workspace.event(view === undefined ? event : { ...event, view });
}

export function pinChanged(
  workspace: Workspace,
  channel: Channel,
  message: Message,
  change: { type: 'pin_added' | 'pin_removed'; user: string },
): void {
  const item = { type: 'message', channel: channel.id, created: workspace.nowSeconds(), created_by: change.user, message };
  workspace.event({ ...change, channel_id: channel.id, item, event_ts: workspace.nextTs() }, channel);
}

/** `channel_archive`, `channel_unarchive` and `channel_rename` and their like. */
export function channelChanged(workspace: Workspace, channel: Channel, event: Json): void {
  workspace.event({ ...event, event_ts: workspace.nextTs() }, channel);
}

function onChannel(channel: Channel, event: Json): Json {
  return { ...event, channel: channel.id, channel_type: channelTypes[channel.kind] };
}
