import { addBookmark } from '../bookmarking.ts';
import { SlackError } from '../slack-error.ts';
import type { Bookmark, Channel } from '../state.ts';
import { visibleChannel } from './access.ts';
import { arg, type MethodContext, method } from './method.ts';

const maxBookmarks = 100;

export const bookmarkMethods = [
  method({
    name: 'bookmarks.add',
    scopes: ['bookmarks:write'],
    args: {
      channel_id: arg.id(),
      title: arg.text(),
      type: arg.text(),
      link: arg.text().optional(),
      emoji: arg.text().optional(),
      entity_id: arg.text().optional(),
      access_level: arg.text().optional(),
      parent_id: arg.text().optional(),
    },
    run(context, args) {
      const { bot } = context.workspace.seed;
      const channel = visibleChannel(context, args.channel_id);
      if (args.type !== 'link') throw new SlackError('invalid_bookmark_type');
      if (channel.bookmarks.length >= maxBookmarks) throw new SlackError('too_many_bookmarks');
      const { title, emoji = '' } = args;
      const bookmark = addBookmark(context.workspace, channel, { title, link: checkedLink(args.link), emoji, by: bot.userId });
      return touched(context, channel, { bookmark });
    },
  }),
  method({
    name: 'bookmarks.edit',
    scopes: ['bookmarks:write'],
    args: {
      channel_id: arg.id(),
      bookmark_id: arg.id(),
      title: arg.text().optional(),
      link: arg.text().optional(),
      emoji: arg.text().optional(),
    },
    run(context, args) {
      const channel = visibleChannel(context, args.channel_id);
      const bookmark = found(channel, args.bookmark_id);
      if (args.title !== undefined) bookmark.title = args.title;
      if (args.emoji !== undefined) bookmark.emoji = args.emoji;
      if (args.link !== undefined) bookmark.link = checkedLink(args.link);
      bookmark.last_updated_by_user_id = context.workspace.seed.bot.userId;
      bookmark.date_updated = context.workspace.nowSeconds();
      return touched(context, channel, { bookmark });
    },
  }),
  method({
    name: 'bookmarks.list',
    scopes: ['bookmarks:read'],
    args: { channel_id: arg.id() },
    run: (context, args) => ({ bookmarks: visibleChannel(context, args.channel_id).bookmarks }),
  }),
  method({
    name: 'bookmarks.remove',
    scopes: ['bookmarks:write'],
    args: { channel_id: arg.id(), bookmark_id: arg.id(), quip_section_id: arg.text().optional() },
    run(context, args) {
      const channel = visibleChannel(context, args.channel_id);
      const bookmark = found(channel, args.bookmark_id);
      channel.bookmarks = channel.bookmarks.filter((other) => other !== bookmark);
      return touched(context, channel, {});
    },
  }),
];

function found(channel: Channel, id: string): Bookmark {
  const bookmark = channel.bookmarks.find((candidate) => candidate.id === id);
  if (bookmark === undefined) throw new SlackError('not_found');
  return bookmark;
}

function checkedLink(link: string | undefined): string {
  if (link === undefined || !/^https?:\/\/\S+$/.test(link)) throw new SlackError('invalid_link');
  return link;
}

function touched(context: MethodContext, channel: Channel, answer: Record<string, unknown>): Record<string, unknown> {
  context.workspace.changed({ kind: 'channel', channel: channel.id });
  return answer;
}
