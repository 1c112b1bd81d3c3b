import { addBookmark } from './bookmarking.ts';
import { addCanvas, rewrite } from './canvases.ts';
import { channelChanged, memberChanged } from './events.ts';
import { postSystemLine } from './posting.ts';
import type { Channel, User } from './state.ts';
import type { Workspace } from './workspace.ts';

/** What people with the rights to it do to a channel, whoever made it. */
export type ChannelAdministration =
  | 'archive'
  | 'delete'
  | 'remove-app'
  | 'make-private'
  | 'make-public'
  | 'delete-canvas'
  | 'lock-canvas'
  | 'unlock-canvas'
  | { readonly rename: string }
  /** A link of theirs in the channel. */
  | { readonly bookmark: { readonly title: string; readonly link: string } }
  /** Writes the channel's canvas, and makes one where there is none. */
  | { readonly canvas: string }
  /** Writes one of its other tabs, by its id. */
  | { readonly tab: string; readonly markdown: string };

/** Carries it out as `by`, and tells the app what Slack would: docs.slack.dev/reference/events. */
export function administerChannel(workspace: Workspace, channel: Channel, change: ChannelAdministration, by: string): void {
  const family = channel.kind === 'private' ? 'group' : 'channel';
  if (typeof change === 'object' && 'bookmark' in change) addBookmark(workspace, channel, { ...change.bookmark, by });
  else if (typeof change === 'object' && 'canvas' in change) {
    if (channel.canvas === undefined) addCanvas(workspace, channel, { title: '', markdown: change.canvas, by });
    else channel.canvas.markdown = change.canvas;
  } else if (typeof change === 'object' && 'tab' in change) rewrite(workspace, channel, change.tab, change.markdown);
  else if (change === 'delete-canvas') delete channel.canvas;
  else if (change === 'lock-canvas' || change === 'unlock-canvas') {
    if (channel.canvas !== undefined) channel.canvas.locked = change === 'lock-canvas';
  } else if (typeof change !== 'string') {
    channel.name = change.rename;
    channelChanged(workspace, channel, { type: `${family}_rename`, channel: { id: channel.id, name: channel.name, created: channel.created } });
  } else if (change === 'archive') {
    channel.archived = true;
    channelChanged(workspace, channel, { type: `${family}_archive`, channel: channel.id, user: by });
  } else if (change === 'delete') {
    channelChanged(workspace, channel, { type: `${family}_deleted`, channel: channel.id, actor_id: by });
    workspace.channels.delete(channel.id);
  } else if (change === 'remove-app') removeApp(workspace, channel, family, by);
  else {
    channel.kind = change === 'make-private' ? 'private' : 'public';
    postSystemLine(workspace, channel, by, `channel_convert_to_${channel.kind}`, `made this channel ${channel.kind}`);
  }
  workspace.changed({ kind: 'channel', channel: channel.id });
}

function removeApp(workspace: Workspace, channel: Channel, family: 'channel' | 'group', by: string): void {
  const { userId } = workspace.seed.bot;
  memberChanged(workspace, channel, { type: 'member_left_channel', user: userId });
  channel.members = channel.members.filter((id) => id !== userId);
  channelChanged(workspace, channel, { type: `${family}_left`, channel: channel.id, actor_id: by });
}

/** A group that was disabled is still there, and is nobody's any more. */
export function disableUsergroup(workspace: Workspace, id: string, disabled = true): void {
  const group = workspace.usergroups.get(id);
  if (group === undefined) throw new Error(`There is no user group ${id}.`);
  group.disabled = disabled;
}

/** Deactivates a person, makes a guest of them, and so on. */
export function changeUser(
  workspace: Workspace,
  id: string,
  change: Partial<Pick<User, 'deleted' | 'is_bot' | 'is_restricted' | 'team_id' | 'status_text' | 'email'>>,
): void {
  const user = workspace.users.get(id);
  if (user === undefined) throw new Error(`There is nobody called ${id}.`);
  Object.assign(user, change);
}
