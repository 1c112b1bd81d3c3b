import { viewObject } from './modals.ts';
import type { Channel, Json, Message, OpenView, StateValues, User } from './state.ts';
import type { Workspace } from './workspace.ts';

/** What every interaction carries: docs.slack.dev/reference/interaction-payloads. */
function interaction(workspace: Workspace, user: User): Json {
  const { team, bot } = workspace.seed;
  return {
    user: { id: user.id, username: user.name, name: user.name, team_id: user.team_id },
    api_app_id: bot.appId,
    token: 'verification-token',
    team: { id: team.id, domain: team.domain },
    enterprise: null,
    is_enterprise_install: false,
  };
}

function channelPart(channel: Channel): Json {
  const name = channel.kind === 'im' ? 'directmessage' : channel.kind === 'private' ? 'privategroup' : channel.name;
  return { id: channel.id, name };
}

/** docs.slack.dev/interactivity/implementing-slash-commands#app_command_handling; all fields are text. */
export function slashCommand(
  workspace: Workspace,
  parts: { user: User; channel: Channel; command: string; text: string; response_url: string; trigger_id: string },
): Json {
  const { team, bot } = workspace.seed;
  return {
    token: 'verification-token',
    team_id: team.id,
    team_domain: team.domain,
    channel_id: parts.channel.id,
    channel_name: channelPart(parts.channel)['name'],
    user_id: parts.user.id,
    user_name: parts.user.name,
    command: parts.command,
    text: parts.text,
    api_app_id: bot.appId,
    is_enterprise_install: 'false',
    response_url: parts.response_url,
    trigger_id: parts.trigger_id,
  };
}

/** docs.slack.dev/reference/interaction-payloads/block_actions-payload, from a message. An ephemeral one does not come along. */
export function messageAction(
  workspace: Workspace,
  parts: {
    user: User;
    channel: Channel;
    message: Message;
    action: Json;
    values: StateValues;
    trigger_id: string;
    response_url: string;
  },
): Json {
  const { channel, message } = parts;
  const ephemeral = message.is_ephemeral === true;
  const thread = message.thread_ts === undefined ? {} : { thread_ts: message.thread_ts };
  return {
    type: 'block_actions',
    ...interaction(workspace, parts.user),
    container: { type: 'message', message_ts: message.ts, channel_id: channel.id, is_ephemeral: ephemeral, ...thread },
    trigger_id: parts.trigger_id,
    channel: channelPart(channel),
    ...(ephemeral ? {} : { message: { ...message } }),
    state: { values: parts.values },
    response_url: parts.response_url,
    actions: [parts.action],
  };
}

/** The same from a modal or the Home tab. */
export function viewAction(workspace: Workspace, parts: { user: User; open: OpenView; action: Json; trigger_id: string }): Json {
  return {
    type: 'block_actions',
    ...interaction(workspace, parts.user),
    container: { type: 'view', view_id: parts.open.id },
    trigger_id: parts.trigger_id,
    view: viewObject(workspace, parts.open),
    actions: [parts.action],
  };
}

/** docs.slack.dev/reference/interaction-payloads/view-interactions-payload#view_submission */
export function viewSubmission(workspace: Workspace, parts: { user: User; open: OpenView; trigger_id: string; response_urls: Json[] }): Json {
  return {
    type: 'view_submission',
    ...interaction(workspace, parts.user),
    trigger_id: parts.trigger_id,
    view: viewObject(workspace, parts.open),
    response_urls: parts.response_urls,
  };
}

/** docs.slack.dev/reference/interaction-payloads/view-interactions-payload#view_closed */
export function viewClosed(workspace: Workspace, parts: { user: User; open: OpenView; is_cleared: boolean }): Json {
  return {
    type: 'view_closed',
    ...interaction(workspace, parts.user),
    view: viewObject(workspace, parts.open),
    is_cleared: parts.is_cleared,
  };
}

/** docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload: a message shortcut or a global one. */
export function shortcut(
  workspace: Workspace,
  parts: {
    user: User;
    callback_id: string;
    trigger_id: string;
    action_ts: string;
    on?: { channel: Channel; message: Message; response_url: string } | undefined;
  },
): Json {
  const base = {
    ...interaction(workspace, parts.user),
    callback_id: parts.callback_id,
    trigger_id: parts.trigger_id,
    action_ts: parts.action_ts,
  };
  if (parts.on === undefined) return { type: 'shortcut', ...base };
  const { channel, message, response_url } = parts.on;
  return {
    type: 'message_action',
    ...base,
    response_url,
    message_ts: message.ts,
    channel: channelPart(channel),
    message: { ...message },
  };
}

/** docs.slack.dev/reference/interaction-payloads/block_suggestion-payload */
export function suggestion(
  workspace: Workspace,
  parts: { user: User; block_id: string; action_id: string; value: string; open?: OpenView; channel?: Channel; message?: Message },
): Json {
  const container =
    parts.open === undefined
      ? { type: 'message', message_ts: parts.message?.ts, channel_id: parts.channel?.id, is_ephemeral: parts.message?.is_ephemeral === true }
      : { type: 'view', view_id: parts.open.id };
  return {
    type: 'block_suggestion',
    ...interaction(workspace, parts.user),
    container,
    action_id: parts.action_id,
    block_id: parts.block_id,
    value: parts.value,
    ...(parts.open === undefined ? {} : { view: viewObject(workspace, parts.open) }),
    ...(parts.channel === undefined ? {} : { channel: channelPart(parts.channel) }),
  };
}
