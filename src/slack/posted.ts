import type { WebClient } from '@slack/web-api';
import { failureOf } from './errors.ts';
import { selfOf } from './self.ts';

/** Slack message metadata: what an uncertain post is found again by (DESIGN, Slack). */
export const METADATA_TYPE = 'tocsin_message';

/** How many messages of a channel are searched for one whose fate is unknown. */
const SEARCHED = 200;

/** Where a message is in Slack, with the digest of what it shows there; `null` when that is not known. */
export interface Posted {
  readonly channel: string;
  readonly ts: string;
  readonly digest: string | null;
}

/** Where a message goes: a channel, or a thread in it. */
export interface Place {
  readonly channel: string;
  readonly threadTs: string | null;
}

/** Finds this bot's own message of a key; `null` when it is not there. Any app can write the same metadata: only the bot's own counts. */
export type FindPosted = (place: Place, key: string) => Promise<Posted | null>;

/** @throws what the client throws, but for a refusal: where Slack will not let a channel be read, a message twice is better than none. */
export function postedFinder(client: WebClient): FindPosted {
  return async ({ channel, threadTs }, key) => {
    const options = { channel, limit: SEARCHED, include_all_metadata: true };
    try {
      const { botId } = await selfOf(client);
      const { messages } =
        threadTs === null ? await client.conversations.history(options) : await client.conversations.replies({ ...options, ts: threadTs });
      const found = messages?.find((one) => one.bot_id === botId && payloadOf(one).key === key);
      return found?.ts === undefined ? null : { channel, ts: found.ts, digest: payloadOf(found).digest ?? null };
    } catch (error) {
      if (failureOf(error).kind !== 'refused') throw error;
      return null;
    }
  };
}

function payloadOf({ metadata }: { metadata?: { event_type?: string; event_payload?: object } }): {
  readonly key?: string;
  readonly digest?: string;
} {
  return metadata?.event_type === METADATA_TYPE ? (metadata.event_payload ?? {}) : {};
}
