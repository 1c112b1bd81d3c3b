import type { Channel, User } from './state.ts';
import type { Workspace } from './workspace.ts';

/** Turns what a person types into what Slack stores: `@ada` to `<@U1>`, `#incidents` to `<#C1|incidents>`, links in `<>`. */
export function typedMessage(workspace: Workspace, author: User, text: string): string {
  const escaped = escapeEntities(text);
  return linkify(replaceNames(workspace, author, escaped, (user) => `<@${user.id}>`));
}

/** The text of a command with `should_escape`: mentions carry names too, `<@U1|ada>`. */
export function escapedCommandText(workspace: Workspace, author: User, text: string): string {
  return linkify(replaceNames(workspace, author, text, (user) => `<@${user.id}|${user.name}>`));
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** docs.slack.dev/messaging/formatting-message-text#escaping; mentions already in `<>` stay as they are. */
function escapeEntities(text: string): string {
  return text
    .split(/(<(?:[@#!][^<>\s]+(?:\|[^<>]*)?|https?:[^<>\s]+)>)/)
    .map((part, index) => (index % 2 === 1 ? part : part.replace(/[&<>]/g, (sign) => entities[sign] ?? sign)))
    .join('');
}

function replaceNames(workspace: Workspace, author: User, text: string, mention: (user: User) => string): string {
  return text
    .replace(/(^|[\s(])@([\p{L}\p{N}._-]*[\p{L}\p{N}_-])/gu, (whole, before: string, name: string) => {
      if (['here', 'channel', 'everyone'].includes(name)) return `${before}<!${name}>`;
      const user = [...workspace.users.values()].find((candidate) => candidate.name === name);
      if (user !== undefined) return `${before}${mention(user)}`;
      const group = [...workspace.usergroups.values()].find((candidate) => candidate.handle === name);
      return group === undefined ? whole : `${before}<!subteam^${group.id}|@${group.handle}>`;
    })
    .replace(/(^|[\s(])#([\p{Ll}\p{Lo}\p{N}_-]+)/gu, (whole, before: string, name: string) => {
      const channel = [...workspace.channels.values()].find((candidate) => candidate.name === name && maySee(candidate, author));
      return channel === undefined ? whole : `${before}<#${channel.id}|${channel.name}>`;
    });
}

function linkify(text: string): string {
  return text.replace(/(^|[\s(])(https?:\/\/[^\s<>|)]+)/g, (_, before: string, link: string) => `${before}<${link}>`);
}

/** Private conversations and direct messages show to their members only. */
export function maySee(channel: Channel, user: User): boolean {
  if (channel.members.includes(user.id)) return true;
  return channel.kind === 'public' && !user.is_restricted && !user.is_ultra_restricted;
}
