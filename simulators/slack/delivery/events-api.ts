import { newId } from '../ids.ts';
import type { Channel, Json } from '../state.ts';
import type { Workspace } from '../workspace.ts';
import type { Deliveries } from './delivery.ts';

/** Which scopes let an app hear an event, and its name in the manifest's `bot_events`. */
function subscription(event: Json, channel: Channel | undefined): { name: string; scopes: string[] } {
  const type = String(event['type']);
  const family = { public: 'channels', private: 'groups', im: 'im', mpim: 'mpim' }[channel?.kind ?? 'public'];
  if (type === 'message') return { name: `message.${family}`, scopes: [`${family}:history`] };
  if (type === 'app_mention') return { name: type, scopes: ['app_mentions:read'] };
  if (type === 'app_home_opened') return { name: type, scopes: [] };
  if (type.startsWith('reaction_')) return { name: type, scopes: ['reactions:read'] };
  if (type.startsWith('pin_')) return { name: type, scopes: ['pins:read'] };
  return { name: type, scopes: [`${family}:read`] };
}

/** Tells the app what happens where it is, as far as its scopes and subscriptions go: docs.slack.dev/apis/events-api. */
export function tellEvents(workspace: Workspace, deliveries: Deliveries): void {
  const { bot, team } = workspace.seed;
  workspace.onEvent((event, channel) => {
    const { name, scopes } = subscription(event, channel);
    if (bot.events !== undefined && !bot.events.includes(name)) return;
    if (scopes.length > 0 && !scopes.some((scope) => bot.scopes.includes(scope))) return;
    const everywhere = ['channel_created', 'channel_archive', 'channel_deleted', 'channel_unarchive', 'channel_rename'].includes(name);
    // What happened to the app itself, which is no member any more.
    const own = name === 'channel_left' || name === 'group_left';
    if (channel !== undefined && !own && !channel.members.includes(bot.userId) && !(everywhere && channel.kind === 'public')) return;
    void deliveries.send('events_api', {
      token: 'verification-token',
      team_id: team.id,
      context_team_id: team.id,
      context_enterprise_id: null,
      api_app_id: bot.appId,
      event,
      type: 'event_callback',
      event_id: newId('Ev'),
      event_time: workspace.nowSeconds(),
      authorizations: [{ enterprise_id: null, team_id: team.id, user_id: bot.userId, is_bot: true, is_enterprise_install: false }],
      is_ext_shared_channel: false,
    });
  });
}
