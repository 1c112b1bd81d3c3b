import type { WebClient } from '@slack/web-api';
import type { LongText } from '../../engine/runbooks/deps.ts';
import type { Store } from '../../ports/store.ts';
import { shareFile } from './files.ts';

/** Uploads a file into the thread of a message that was posted; `null` when the message is not there yet. Says the file's id, or why not. */
export function uploader(client: WebClient, store: Store): (messageKey: string, file: LongText) => Promise<string | null> {
  return async (messageKey, file) => {
    const message = await store.message(messageKey);
    if (message === null || message.state === 'failed') return 'nowhere';
    if (message.state !== 'sent' || message.channel === null || message.ts === null) return null;
    return shareFile(client, { ...file, channel: message.channel, threadTs: message.ts });
  };
}
