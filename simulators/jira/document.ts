import { z } from 'zod';

/** Marks of a text that are played. */
const mark = z.union([
  z.strictObject({ type: z.enum(['strong', 'em', 'code']) }),
  z.strictObject({ type: z.literal('link'), attrs: z.strictObject({ href: z.string().min(1) }) }),
]);

const inline = z.union([
  z.strictObject({ type: z.literal('text'), text: z.string().min(1), marks: z.array(mark).optional() }),
  z.strictObject({ type: z.literal('hardBreak') }),
]);

const paragraph = z.strictObject({ type: z.literal('paragraph'), content: z.array(inline).optional() });

/** The Atlassian Document Format, as far as it is played: paragraphs of words, links and line breaks. What is not here is refused. */
export const documentSchema = z.strictObject({ version: z.literal(1), type: z.literal('doc'), content: z.array(paragraph) });
export type JiraDocument = z.output<typeof documentSchema>;
