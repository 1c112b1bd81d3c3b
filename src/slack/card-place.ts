import type { WebClient } from '@slack/web-api';
import type { CardPlace } from '../../commands/command.ts';
import { cardKey } from '../engine/alerts/alerts.ts';
import type { Store } from '../ports/store.ts';
import { patiently } from './patience.ts';

/** Where the card of an alert is. A link that Slack does not give leaves its channel; `null` while there is no card. */
export async function placeOfCard(client: WebClient, store: Store, alert: string): Promise<CardPlace | null> {
  const message = await store.message(cardKey(alert));
  if (message === null || message.channel === null || message.ts === null) return null;
  const { channel, ts } = message;
  try {
    const { permalink } = await patiently(() => client.chat.getPermalink({ channel, message_ts: ts }));
    return { channel, link: permalink ?? null };
  } catch {
    return { channel, link: null };
  }
}
