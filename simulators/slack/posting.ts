import { appMessage } from './api/shapes.ts';
import { applyContent, type Content } from './content.ts';
import { messageChanged, messageDeleted, messagePosted } from './events.ts';
import type { Channel, Json, Message } from './state.ts';
import type { Workspace } from './workspace.ts';

/** Posts by the app, and says so to whoever listens. */
export function postAsApp(workspace: Workspace, channel: Channel, content: Content, more: Partial<Message> = {}): Message {
  const message: Message = { ...appMessage(workspace, workspace.nextTs()), text: content.text, ...more };
  applyContent(message, content);
  workspace.addMessage(channel, message);
  messagePosted(workspace, channel, message);
  return message;
}

/** Shows a message by the app to one person only; gives its timestamp. */
export function postEphemeralAsApp(workspace: Workspace, channel: Channel, user: string, content: Content, more: Partial<Message> = {}): string {
  const message: Message = { ...appMessage(workspace, workspace.nextTs()), text: content.text, ...more };
  applyContent(message, content);
  workspace.addEphemeral(channel, user, message);
  return message.ts;
}

/** Changes a message. Slack marks it as edited only when its text changed. */
export function updateMessage(workspace: Workspace, channel: Channel, message: Message, content: Partial<Content>): void {
  const previous = structuredClone(message);
  if (content.text !== undefined && content.text !== message.text) {
    message.edited = { user: message.user ?? '', ts: workspace.nextTs() };
  }
  applyContent(message, content);
  workspace.changed({ kind: 'message', channel: channel.id, message });
  messageChanged(workspace, channel, message, previous);
}

export function removeMessage(workspace: Workspace, channel: Channel, message: Message): void {
  workspace.deleteMessage(channel, message);
  messageDeleted(workspace, channel, message);
}

/** A line by nobody in particular, such as "joined #incidents". */
export function postSystemLine(workspace: Workspace, channel: Channel, user: string, subtype: string, text: string, more: Json = {}): Message {
  const message: Message = { type: 'message', subtype, ts: workspace.nextTs(), team: workspace.seed.team.id, user, text, ...more };
  workspace.addMessage(channel, message);
  messagePosted(workspace, channel, message);
  return message;
}
