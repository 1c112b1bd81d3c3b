import type { WebClient } from '@slack/web-api';
import { RetryLater, type Store } from '../engine/ports.ts';
import type { LongText } from '../engine/runbooks/deps.ts';
import { failureOf } from './errors.ts';

/** Uploads a file into the thread of a message that was posted; `null` when the message is not there yet. Says the file's id. */
export function uploader(client: WebClient, store: Store): (messageKey: string, file: LongText) => Promise<string | null> {
  return async (messageKey, { name, title, content }) => {
    const message = await store.message(messageKey);
    if (message === null || message.state === 'failed') return 'nowhere';
    if (message.state !== 'sent' || message.channel === null || message.ts === null) return null;
    try {
      const { files } = (await client.filesUploadV2({
        channel_id: message.channel,
        thread_ts: message.ts,
        filename: name,
        title,
        file: Buffer.from(content),
      })) as { files?: readonly { readonly files?: readonly { readonly id?: string }[] }[] };
      return files?.[0]?.files?.[0]?.id ?? 'uploaded';
    } catch (error) {
      const failure = failureOf(error);
      if (failure.kind === 'rate-limited') throw new RetryLater(failure.retryMs, { cause: error });
      if (failure.kind === 'uncertain') throw error;
      // The file stays in the evidence; asking Slack again would not change its mind.
      return `refused: ${failure.code}`;
    }
  };
}
