import type { WebClient } from '@slack/web-api';
import { failureOf } from '../errors.ts';
import { type Self, selfOf } from '../self.ts';

/** Where a message goes: a channel, or a thread in it. */
export interface Place {
  readonly channel: string;
  readonly threadTs: string | null;
}

type Messages = NonNullable<Awaited<ReturnType<WebClient['conversations']['history' | 'replies']>>['messages']>;

/** How many messages of a channel are searched for one whose fate is unknown. */
const SEARCHED = 200;

/**
 * Looks in a place for what the bot itself posted there; `find` says by `self` what is its own, as anybody can write anything else. `null` where Slack
 * will not let it be read: there, a message twice is better than none. @throws what the client throws, but for a refusal
 */
export async function findOwn<T>(
  client: WebClient,
  { channel, threadTs }: Place,
  find: (messages: Messages, self: Self) => T | null,
): Promise<T | null> {
  const options = { channel, limit: SEARCHED, include_all_metadata: true };
  try {
    const self = await selfOf(client);
    const { messages = [] } =
      threadTs === null ? await client.conversations.history(options) : await client.conversations.replies({ ...options, ts: threadTs });
    return find(messages, self);
  } catch (error) {
    if (failureOf(error).kind !== 'refused') throw error;
    return null;
  }
}
