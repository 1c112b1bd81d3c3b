import { z } from 'zod';

/** Limits: docs.slack.dev/reference/block-kit/composition-objects. Lengths in characters. */
export function plainText(max = 3000) {
  return z.strictObject({
    type: z.literal('plain_text'),
    text: z.string().min(1).max(max),
    emoji: z.boolean().optional(),
  });
}

/** A `mrkdwn` text object of at most `max` characters. */
export function mrkdwn(max = 3000) {
  return z.strictObject({
    type: z.literal('mrkdwn'),
    text: z.string().min(1).max(max),
    verbatim: z.boolean().optional(),
  });
}

/** Either text object. */
export function anyText(max = 3000) {
  return z.discriminatedUnion('type', [plainText(max), mrkdwn(max)]);
}

export const confirmation = z.strictObject({
  title: plainText(100),
  text: anyText(300),
  confirm: plainText(30),
  deny: plainText(30),
  style: z.enum(['primary', 'danger']).optional(),
});

const optionRest = { value: z.string().min(1).max(150), description: plainText(75).optional() };

/** An option of a select or multi-select menu. */
export const plainOption = z.strictObject({ text: plainText(75), ...optionRest });

/** An option of radio buttons or checkboxes, which may use mrkdwn. */
export const choiceOption = z.strictObject({ text: anyText(75), value: optionRest.value, description: anyText(75).optional() });

/** An option of an overflow menu, which may be a link. */
export const overflowOption = z.strictObject({ text: plainText(75), ...optionRest, url: z.string().max(3000).optional() });

export const optionGroup = z.strictObject({ label: plainText(75), options: z.array(plainOption).min(1).max(100) });
