import type { WebClient } from '@slack/web-api';
import { refusable } from './workspace.ts';

/** Slack takes 120 days at most (docs.slack.dev/reference/methods/chat.scheduleMessage): were it never taken back, people would read it then. */
const AHEAD = 100 * 24 * 60 * 60_000;
/** What it would say. By it what an earlier try left behind is found. */
const TEXT = 'A test of whether Tocsin may write here. You may delete this message.';

/**
 * Tries whether Tocsin may write in a conversation, and nobody sees anything: a message is scheduled far ahead and taken back at once. `null` when it may,
 * else Slack's code. `now`: ms. @throws what may pass
 */
export async function tryPosting(client: WebClient, channel: string, now: number): Promise<string | null> {
  const tried = await refusable(async () => {
    await takeBack(client, channel);
    const { scheduled_message_id: id } = await client.chat.scheduleMessage({ channel, post_at: Math.floor((now + AHEAD) / 1_000), text: TEXT });
    if (id !== undefined) await client.chat.deleteScheduledMessage({ channel, scheduled_message_id: id });
  });
  return 'error' in tried ? tried.error : null;
}

/** The same in the direct message with a person. */
export async function tryWriting(client: WebClient, user: string, now: number): Promise<string | null> {
  const opened = await refusable(() => client.conversations.open({ users: user }));
  if ('error' in opened) return opened.error;
  const channel = opened.answer.channel?.id;
  return channel === undefined ? 'channel_not_found' : tryPosting(client, channel, now);
}

/** A try that ended in between left its message behind. */
async function takeBack(client: WebClient, channel: string): Promise<void> {
  const { scheduled_messages: left } = await client.chat.scheduledMessages.list({ channel, limit: 100 });
  for (const { id, text } of left ?? []) {
    if (text === TEXT && id !== undefined) await client.chat.deleteScheduledMessage({ channel, scheduled_message_id: id });
  }
}
