import { maySee } from './mentions.ts';
import { modalsOf, viewObject } from './modals.ts';
import type { SentOutside } from './outside.ts';
import type { PlatformFault } from './platforms.ts';
import type { Bookmark, Canvas, Change, Channel, ChannelKind, Ephemeral, Json, Message, OpenView, User, Usergroup } from './state.ts';
import type { Workspace } from './workspace.ts';

/** A conversation as the page and tests see it. */
export interface ChannelSnapshot {
  id: string;
  name: string;
  kind: ChannelKind;
  topic: string;
  purpose: string;
  members: string[];
  archived: boolean;
  bookmarks: Bookmark[];
  canvas: Canvas | null;
  /** Canvases in its other tabs. */
  tabs: Canvas[];
  pins: Channel['pins'];
}

/** A view in front of a person: Slack's view object, and the errors shown under its fields. */
export interface ViewSnapshot extends Json {
  id: string;
  type: 'modal' | 'home';
  callback_id: string;
  private_metadata: string;
  blocks: Json[];
  state: { values: Record<string, Record<string, Json>> };
  errors: Record<string, string>;
}

/** All that the page shows to one person. */
export interface StateSnapshot {
  team: { id: string; name: string; domain: string };
  bot: { userId: string; appId: string; name: string };
  me: string;
  users: User[];
  usergroups: Usergroup[];
  channels: ChannelSnapshot[];
  messages: Record<string, Message[]>;
  ephemerals: Ephemeral[];
  views: ViewSnapshot[];
  home: ViewSnapshot | null;
  commands: Json[];
  shortcuts: Json[];
  thingsToTry: { text: string; hint?: string | undefined }[];
  clock: { now: number; offset_ms: number };
  connections: number;
  /** What can be broken; empty without platforms. */
  platforms: readonly PlatformFault[];
  /** What was sent elsewhere; `null` where nothing is. */
  outside: SentOutside | null;
}

const shownMessages = 500;

export function channelSnapshot(channel: Channel): ChannelSnapshot {
  const { id, name, kind, topic, purpose, members, archived, bookmarks, canvas = null, tabs = [], pins } = channel;
  return { id, name, kind, topic, purpose, members, archived, bookmarks, canvas, tabs, pins };
}

function viewSnapshot(workspace: Workspace, open: OpenView): ViewSnapshot {
  return { ...(viewObject(workspace, open) as unknown as ViewSnapshot), errors: open.errors };
}

export function viewsOf(workspace: Workspace, user: string): ViewSnapshot[] {
  return modalsOf(workspace, user).map((open) => viewSnapshot(workspace, open));
}

export function homeOf(workspace: Workspace, user: string): ViewSnapshot | undefined {
  const open = workspace.views.get(workspace.homes.get(user) ?? '');
  return open === undefined ? undefined : viewSnapshot(workspace, open);
}

/** The page's first look: what one person may see, and what everybody does (`connections`, `platforms`, `outside`). */
export function stateFor(
  workspace: Workspace,
  user: User,
  { connections, platforms, outside }: Pick<StateSnapshot, 'connections' | 'platforms' | 'outside'>,
): StateSnapshot {
  const { seed } = workspace;
  const channels = [...workspace.channels.values()].filter((channel) => maySee(channel, user));
  return {
    team: seed.team,
    bot: { userId: seed.bot.userId, appId: seed.bot.appId, name: seed.bot.name },
    me: user.id,
    users: [...workspace.users.values()],
    usergroups: [...workspace.usergroups.values()],
    channels: channels.map(channelSnapshot),
    messages: Object.fromEntries(channels.map((channel) => [channel.id, channel.messages.slice(-shownMessages)])),
    ephemerals: workspace.ephemerals.filter((entry) => entry.user === user.id),
    views: viewsOf(workspace, user.id),
    home: homeOf(workspace, user.id) ?? null,
    commands: seed.commands,
    shortcuts: seed.shortcuts,
    thingsToTry: seed.thingsToTry,
    clock: { now: workspace.clock.now(), offset_ms: workspace.clock.offsetMs },
    connections,
    platforms,
    outside,
  };
}

/** A change as it is sent to one person's page, or undefined when it is none of theirs. */
export function changeFor(workspace: Workspace, change: Change, user: User): Json | undefined {
  if (change.kind === 'call' || change.kind === 'delivery') return undefined;
  if ('user' in change && change.user !== user.id) return undefined;
  if (change.kind === 'views') return { ...change, views: viewsOf(workspace, user.id) };
  if (change.kind === 'home') return { ...change, home: homeOf(workspace, user.id) ?? null };
  if (change.kind === 'clock') return { ...change, now: workspace.clock.now() };
  if (change.kind === 'connections' || change.kind === 'platforms' || change.kind === 'outside' || change.kind === 'notice') return change;
  const channel = workspace.channels.get(change.channel);
  if (channel === undefined) return undefined;
  if (!maySee(channel, user)) return change.kind === 'channel' ? { kind: 'channel_gone', channel: channel.id } : undefined;
  return change.kind === 'channel' ? { kind: 'channel', channel: channelSnapshot(channel) } : change;
}
