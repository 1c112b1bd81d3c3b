import type { Message } from '../../../blocks/kit.ts';
import { readBack } from '../../domain/json.ts';
import { CARD_MESSAGE, REPLY_MESSAGE } from '../../domain/messages/messages.ts';
import type { SentMessage } from '../../ports/store.ts';

/** Whether a stored message is an incident's card: it is always there, in each channel that it goes to. */
export function isCard({ template }: Pick<SentMessage, 'template'>): boolean {
  return template === CARD_MESSAGE.name;
}

/** A stored answer; `null` for any other message. */
export function replyOf({ template, data }: Pick<SentMessage, 'template' | 'data'>): Message | null {
  return template === REPLY_MESSAGE.name ? readBack<Message>(REPLY_MESSAGE.read(data)) : null;
}
