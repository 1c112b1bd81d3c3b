import { createHash } from 'node:crypto';
import type { Message } from '../../../blocks/kit.ts';
import { failureOf } from '../errors.ts';
import type { Views } from '../views.ts';

/** What goes to Slack of a message; an empty list takes the blocks of an earlier version away. */
export interface Content {
  readonly text: string;
  readonly blocks: Message['blocks'];
}

/** What Slack took: the digest of what was meant, and why it had to go as text, if it had to. */
export interface Accepted<T> {
  readonly answer: T;
  readonly digest: string;
  /** Slack's code for the blocks that it refused. */
  readonly asText: string | null;
}

/** Slack's codes for what is wrong with a message itself (docs.slack.dev, chat.postMessage and chat.update), not with where it goes. */
const CONTENT: ReadonlySet<string> = new Set([
  'attachment_payload_limit_exceeded',
  'block_mismatch',
  'invalid_arguments',
  'invalid_attachments',
  'invalid_blocks',
  'invalid_blocks_format',
  'invalid_metadata_format',
  'invalid_metadata_schema',
  'markdown_text_conflict',
  'metadata_must_be_sent_from_app',
  'metadata_too_large',
  'missing_file_data',
  'msg_blocks_too_long',
  'msg_too_long',
  'no_text',
  'too_many_attachments',
  'too_many_contact_cards',
]);

/** Marks the digest of a message that stands in Slack as text. */
const TEXT = 'text:';

/** Changes exactly when what a message shows does. */
export function digestOf({ text, blocks }: Message): string {
  return createHash('sha256')
    .update(JSON.stringify([text, blocks]))
    .digest('hex');
}

/** Whether what Slack accepted last shows this already, be it as text. */
export function shows(accepted: string | null, shown: Message): boolean {
  return accepted !== null && accepted.replace(TEXT, '') === digestOf(shown);
}

export function isText(accepted: string | null): boolean {
  return accepted?.startsWith(TEXT) === true;
}

/**
 * Sends a message, and once more as text when Slack refuses what it is made of: without metadata when it is these that it refuses, and
 * then the message is not found again should its answer be lost. @throws what `send` throws.
 */
export async function sendContent<T>(
  { withoutBlocks }: Pick<Views, 'withoutBlocks'>,
  shown: Message,
  send: (content: Content, withMetadata: boolean) => Promise<T>,
): Promise<Accepted<T>> {
  const digest = digestOf(shown);
  try {
    return { answer: await send({ text: shown.text, blocks: shown.blocks }, true), digest, asText: null };
  } catch (error) {
    const failure = failureOf(error);
    if (failure.kind !== 'refused' || !CONTENT.has(failure.code)) throw error;
    const withMetadata = !failure.code.includes('metadata');
    return { answer: await send({ text: withoutBlocks(shown), blocks: [] }, withMetadata), digest: `${TEXT}${digest}`, asText: failure.code };
  }
}
