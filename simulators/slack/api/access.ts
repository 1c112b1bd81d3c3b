import { SlackError } from '../slack-error.ts';
import type { Channel, ChannelKind, Message, User } from '../state.ts';
import type { MethodContext } from './method.ts';

const family: Record<ChannelKind, string> = { public: 'channels', private: 'groups', im: 'im', mpim: 'mpim' };
const kinds = ['public', 'private', 'im', 'mpim'] as const;

/** The scopes of a conversations method, one for each kind of conversation: `channels:read`, `groups:read`, ... */
export function scopesFor(verb: string): string[] {
  return kinds.map((kind) => `${family[kind]}:${verb}`);
}

/** Throws `missing_scope` unless the token has one of `wanted`. */
export function needScope(context: MethodContext, wanted: readonly string[]): void {
  if (wanted.length === 0 || wanted.some((scope) => context.provided.includes(scope))) return;
  throw new SlackError('missing_scope', { needed: wanted.join(','), provided: context.provided.join(',') });
}

/** Scopes that let an app read or write a kind of conversation. */
export function needKindScope(context: MethodContext, kind: ChannelKind, verb: string): void {
  const scopes = [`${family[kind]}:${verb}`];
  // The narrower scopes (`write.topic`, `write.invites`) are parts of these.
  if (verb.startsWith('write')) scopes.push(kind === 'public' ? 'channels:manage' : `${family[kind]}:write`);
  needScope(context, scopes);
}

/** A conversation the bot may see; private ones and direct messages only as a member. Throws `channel_not_found`. */
export function visibleChannel(context: MethodContext, id: string): Channel {
  const { workspace } = context;
  const channel = workspace.channels.get(id) ?? byName(context, id);
  if (channel === undefined) throw new SlackError('channel_not_found');
  if (channel.kind !== 'public' && !isMember(context, channel)) throw new SlackError('channel_not_found');
  return channel;
}

/** Throws `not_in_channel` unless the bot is a member. */
export function memberChannel(context: MethodContext, id: string): Channel {
  const channel = visibleChannel(context, id);
  if (!isMember(context, channel)) throw new SlackError('not_in_channel');
  return channel;
}

/** A member channel that is not archived. Throws `is_archived`. */
export function openChannel(context: MethodContext, id: string): Channel {
  const channel = memberChannel(context, id);
  if (channel.archived) throw new SlackError('is_archived');
  return channel;
}

export function isMember(context: MethodContext, channel: Channel): boolean {
  return channel.members.includes(context.workspace.seed.bot.userId);
}

/** Throws `message_not_found`. */
export function messageIn(context: MethodContext, channel: Channel, ts: string): Message {
  const message = context.workspace.findMessage(channel, ts);
  if (message === undefined) throw new SlackError('message_not_found');
  return message;
}

/** Throws `user_not_found`. */
export function knownUser(context: MethodContext, id: string): User {
  const { users } = context.workspace;
  const user = users.get(id) ?? [...users.values()].find((one) => one.enterprise_user?.id === id);
  if (user === undefined) throw new SlackError('user_not_found');
  return user;
}

/** chat.postMessage still takes `#name` and `name` for public channels. */
function byName(context: MethodContext, name: string): Channel | undefined {
  if (!name.startsWith('#')) return undefined;
  return [...context.workspace.channels.values()].find((channel) => channel.kind === 'public' && channel.name === name.slice(1));
}
