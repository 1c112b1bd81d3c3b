import { z } from 'zod';
import { parseDuration } from '../../lib/time.ts';

/** Fields that several inputs have. */

export const targetField = z.string().min(1).describe('The name of a target of the service');

/** `30m`, `24h`: text as people write it, kept as it was written. */
export const durationField = z
  .string()
  .refine((text) => parseDuration(text) !== null, 'expected a duration such as 30m, 1h or 2d')
  .describe('A duration such as 30m, 1h or 2d');

/** ms of a field that its schema has checked. */
export function durationMs(text: string): number {
  return parseDuration(text) ?? 0;
}

export const targetInput = z.strictObject({ target: targetField });
export const integer = z.number().int();
