import type { WebClient } from '@slack/web-api';
import { findOwn, type Place } from './own.ts';

/** Slack message metadata: what an uncertain post is found again by (ADR 4). */
export const METADATA_TYPE = 'tocsin_message';

/** Where a message is in Slack, with the digest of what it shows there; `null` when that is not known. */
export interface Posted {
  readonly channel: string;
  readonly ts: string;
  readonly digest: string | null;
}

/** Finds the bot's own message of a key; `null` when it is not there. Throws like findOwn. */
export function findPosted(client: WebClient, place: Place, key: string): Promise<Posted | null> {
  return findOwn(client, place, (messages, { botId }) => {
    const found = messages.find((one) => one.bot_id === botId && payloadOf(one).key === key);
    return found?.ts === undefined ? null : { channel: place.channel, ts: found.ts, digest: payloadOf(found).digest ?? null };
  });
}

function payloadOf({ metadata }: { metadata?: { event_type?: string; event_payload?: object } }): {
  readonly key?: string;
  readonly digest?: string;
} {
  return metadata?.event_type === METADATA_TYPE ? (metadata.event_payload ?? {}) : {};
}
