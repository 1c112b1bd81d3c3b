import type { WebClient } from '@slack/web-api';
import { clamp } from '../../lib/clamp.ts';
import { RetryLater } from '../../ports/queue.ts';
import { failureOf } from '../errors.ts';
import { findOwn, type Place } from './own.ts';

/** Characters of a picture's description that Slack takes. */
const MAX_ALT = 1_000;

interface SharedFile extends Place {
  /** Unique in its thread or channel: a file whose fate is unknown is found again by it. */
  readonly name: string;
  readonly title: string;
  readonly content: Uint8Array;
  /** Of a picture: what is to be seen. */
  readonly alt?: string;
}

/**
 * Shares a file in a channel or thread, once: it looks there before, since the answer to an earlier try may have been lost. Returns the
 * file's id, or `refused: CODE`. @throws RetryLater on 429, and whatever leaves it uncertain.
 */
export async function shareFile(client: WebClient, file: SharedFile): Promise<string> {
  try {
    const there = await findFile(client, file);
    if (there !== null) return there;
    const { files } = (await client.filesUploadV2({
      channel_id: file.channel,
      ...(file.threadTs === null ? {} : { thread_ts: file.threadTs }),
      filename: file.name,
      title: file.title,
      file: Buffer.from(file.content),
      ...(file.alt === undefined ? {} : { alt_text: clamp(file.alt, MAX_ALT) }),
    } as Parameters<WebClient['filesUploadV2']>[0])) as { files?: readonly { readonly files?: readonly { readonly id?: string }[] }[] };
    return files?.[0]?.files?.[0]?.id ?? 'uploaded';
  } catch (error) {
    const failure = failureOf(error);
    if (failure.kind === 'rate-limited') throw new RetryLater(failure.retryMs, { cause: error });
    if (failure.kind === 'uncertain') throw error;
    return `refused: ${failure.code}`;
  }
}

/** The id of the bot's own file of this name that stands there; `null` when there is none. Throws like findOwn. */
function findFile(client: WebClient, file: SharedFile): Promise<string | null> {
  return findOwn(
    client,
    file,
    (messages, { userId }) => messages.flatMap(({ files = [] }) => files).find(({ user, name }) => user === userId && name === file.name)?.id ?? null,
  );
}
