import { z } from 'zod';
import { viewBlock } from './blocks.ts';
import { plainText } from './text.ts';

/** Limits: docs.slack.dev/reference/views. */
const base = {
  blocks: z.array(viewBlock).max(100),
  private_metadata: z.string().max(3000).optional(),
  callback_id: z.string().max(255).optional(),
  external_id: z.string().max(255).optional(),
};

export const modalView = z.strictObject({
  type: z.literal('modal'),
  ...base,
  title: plainText(24),
  submit: plainText(24).optional(),
  close: plainText(24).optional(),
  clear_on_close: z.boolean().optional(),
  notify_on_close: z.boolean().optional(),
  submit_disabled: z.boolean().optional(),
});

export const homeView = z.strictObject({ type: z.literal('home'), ...base });

export type ViewInput = z.infer<typeof modalView> | z.infer<typeof homeView>;
