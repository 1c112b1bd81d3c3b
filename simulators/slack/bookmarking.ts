import { newId } from './ids.ts';
import type { Bookmark, Channel } from './state.ts';
import type { Workspace } from './workspace.ts';

/** Puts a link among a channel's bookmarks, by the app or by a person. */
export function addBookmark(
  workspace: Workspace,
  channel: Channel,
  { title, link, emoji = '', by }: Pick<Bookmark, 'title' | 'link'> & { readonly emoji?: string; readonly by: string },
): Bookmark {
  const { bot, team } = workspace.seed;
  const bookmark: Bookmark = {
    id: newId('Bk'),
    channel_id: channel.id,
    title,
    link,
    emoji,
    icon_url: null,
    type: 'link',
    entity_id: null,
    date_created: workspace.nowSeconds(),
    date_updated: 0,
    rank: String(channel.bookmarks.length),
    last_updated_by_user_id: by,
    last_updated_by_team_id: team.id,
    shortcut_id: null,
    app_id: by === bot.userId ? bot.appId : '',
  };
  channel.bookmarks.push(bookmark);
  return bookmark;
}
