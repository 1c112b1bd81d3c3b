import { z } from 'zod';
import { textField } from '../words.ts';

/** Inputs of the forms, by block id. */
export const requestSchema = z.object({ remedy: z.string({ error: 'Please choose one.' }).min(1), reason: textField });
export const revertSchema = z.object({ text: textField });
export const extendSchema = z.object({
  length: z.string({ error: 'Please choose a length.' }).regex(/^\d{1,4}[smhd0-9]*$/, 'Please choose a length.'),
  text: textField,
});
