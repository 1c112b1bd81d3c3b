import { z } from 'zod';
import { accessory, actionsElement, imageElement, inputElement } from './elements.ts';
import { richText } from './rich-text.ts';
import { anyText, mrkdwn, plainText } from './text.ts';

/** Limits: docs.slack.dev/reference/block-kit/blocks. */
const base = { block_id: z.string().max(255).optional() };

const section = z.strictObject({
  type: z.literal('section'),
  ...base,
  text: anyText(3000).optional(),
  fields: z.array(anyText(2000)).min(1).max(10).optional(),
  accessory: accessory.optional(),
  expand: z.boolean().optional(),
});
const header = z.strictObject({ type: z.literal('header'), ...base, text: plainText(150) });
const divider = z.strictObject({ type: z.literal('divider'), ...base });
const context = z.strictObject({
  type: z.literal('context'),
  ...base,
  elements: z
    .array(z.discriminatedUnion('type', [imageElement, plainText(), mrkdwn()]))
    .min(1)
    .max(10),
});
const actions = z.strictObject({ type: z.literal('actions'), ...base, elements: z.array(actionsElement).min(1).max(25) });
const image = imageElement.extend({ ...base, title: plainText(2000).optional() });
const input = z.strictObject({
  type: z.literal('input'),
  ...base,
  label: plainText(2000),
  element: inputElement,
  hint: plainText(2000).optional(),
  optional: z.boolean().optional(),
  dispatch_action: z.boolean().optional(),
});

const rawText = z.strictObject({ type: z.literal('raw_text'), text: z.string().min(1) });
const rawNumber = z.strictObject({ type: z.literal('raw_number'), value: z.number(), text: z.string().min(1) });
const cell = z.discriminatedUnion('type', [rawText, rawNumber, richText]);
const columns = 20;
const table = z.strictObject({
  type: z.literal('table'),
  ...base,
  rows: z.array(z.array(cell).min(1).max(columns)).min(1).max(100),
  column_settings: z
    .array(z.strictObject({ align: z.enum(['left', 'center', 'right']).optional(), is_wrapped: z.boolean().optional() }).nullable())
    .max(columns)
    .optional(),
});
/** docs.slack.dev/reference/block-kit/blocks/data-table-block: a header and 1 to 100 rows, all of one length. */
const dataTable = z.strictObject({
  type: z.literal('data_table'),
  ...base,
  rows: z.array(z.array(cell).min(1).max(columns)).min(2).max(101),
  caption: z.string().min(1),
  page_size: z.number().int().min(1).max(100).optional(),
  row_header_column_index: z.number().int().min(0).optional(),
});
const markdown = z.strictObject({ type: z.literal('markdown'), ...base, text: z.string().min(1).max(12_000) });
const alert = z.strictObject({
  type: z.literal('alert'),
  ...base,
  text: anyText(),
  level: z.enum(['default', 'info', 'warning', 'error', 'success']).optional(),
});

const everywhere = [section, header, divider, context, actions, image, input, richText] as const;

export const messageBlock = z.discriminatedUnion('type', [...everywhere, table, dataTable, markdown, alert]);
export const viewBlock = z.discriminatedUnion('type', [...everywhere, alert]);

/** A block as Slack keeps it: with a `block_id`. */
export type Block = z.infer<typeof messageBlock>;
