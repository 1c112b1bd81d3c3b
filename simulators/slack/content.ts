import { z } from 'zod';
import type { Block } from './blocks/blocks.ts';
import { parseMessageBlocks } from './blocks/validate.ts';
import { shortId } from './ids.ts';
import { SlackError } from './slack-error.ts';
import type { Json, Message, Metadata } from './state.ts';

/** What a message says, whichever way it comes: a method, an acknowledgement or a response URL. */
export interface Content {
  text: string;
  blocks?: Block[];
  attachments?: Json[];
  metadata?: Metadata;
}

export interface ContentInput {
  text?: string | undefined;
  blocks?: unknown;
  attachments?: unknown;
  markdown_text?: string | undefined;
  metadata?: unknown;
}

/** docs.slack.dev/reference/methods/chat.postMessage, which cuts off what is longer; the others refuse it. */
export const maxText = 40_000;
const maxAttachments = 100;

const metadataSchema = z.strictObject({
  event_type: z.string().min(1),
  event_payload: z.record(z.string(), z.unknown()),
});

/**
 * Checks what a message says. Throws `no_text`, `msg_too_long`, `invalid_blocks`, `invalid_blocks_format`,
 * `invalid_attachments`, `too_many_attachments`, `markdown_text_conflict`, `invalid_metadata_format`, `invalid_metadata_schema`.
 */
export function parseContent(input: ContentInput): Content {
  const content: Content = { text: input.text ?? '' };
  if (input.blocks !== undefined) content.blocks = parseMessageBlocks(input.blocks);
  if (input.attachments !== undefined) content.attachments = parseAttachments(input.attachments);
  checkTables(content);
  if (input.metadata !== undefined) content.metadata = parseMetadata(input.metadata);
  if (input.markdown_text !== undefined) addMarkdown(content, input.markdown_text);
  if (content.text.length > maxText) throw new SlackError('msg_too_long');
  if (isEmpty(content)) throw new SlackError('no_text');
  return content;
}

/** Puts new content into a message; what is left out stays, an empty list removes. */
export function applyContent(message: Message, content: Partial<Content>): void {
  if (content.text !== undefined) message.text = content.text;
  if (content.blocks !== undefined) message.blocks = content.blocks;
  if (content.attachments !== undefined) message.attachments = content.attachments;
  if (content.metadata !== undefined) message.metadata = content.metadata;
}

/** The blocks of a message, those in attachments too. */
export function blocksOf(message: Pick<Message, 'blocks' | 'attachments'>): Block[] {
  const attached = (message.attachments ?? []).flatMap((attachment) => (attachment['blocks'] as Block[] | undefined) ?? []);
  return [...(message.blocks ?? []), ...attached];
}

/** A message has one table, wherever it stands: docs.slack.dev/reference/block-kit/blocks/table-block */
function checkTables(content: Pick<Content, 'blocks' | 'attachments'>): void {
  const tables = blocksOf(content).filter((block) => block.type === 'table' || block.type === 'data_table');
  if (tables.length > 1) throw SlackError.withMessages('invalid_attachments', ['[ERROR] only_one_table_allowed']);
}

function isEmpty(content: Content): boolean {
  return content.text === '' && (content.blocks ?? []).length === 0 && (content.attachments ?? []).length === 0;
}

function addMarkdown(content: Content, markdown: string): void {
  if (content.text !== '' || content.blocks !== undefined) throw new SlackError('markdown_text_conflict');
  content.text = markdown;
  content.blocks = [{ type: 'markdown', block_id: shortId(), text: markdown }];
}

function parseAttachments(input: unknown): Json[] {
  const parsed = z.array(z.record(z.string(), z.unknown())).safeParse(input);
  if (!parsed.success) throw new SlackError('invalid_attachments');
  if (parsed.data.length > maxAttachments) throw new SlackError('too_many_attachments');
  return parsed.data.map((attachment, index) => ({
    id: index + 1,
    ...attachment,
    ...(attachment['blocks'] === undefined ? {} : { blocks: parseMessageBlocks(attachment['blocks']) }),
  }));
}

function parseMetadata(input: unknown): Metadata {
  if (typeof input !== 'object' || input === null) throw new SlackError('invalid_metadata_format');
  const parsed = metadataSchema.safeParse(input);
  if (!parsed.success) throw new SlackError('invalid_metadata_schema');
  if (JSON.stringify(parsed.data).length > 16_000) throw new SlackError('metadata_too_large');
  return parsed.data;
}
