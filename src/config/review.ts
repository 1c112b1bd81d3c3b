import { z } from 'zod';
import type { ReviewWithin } from '../domain/policy.ts';
import { parseDuration } from '../lib/time.ts';

/** How soon a review is to be scheduled: a length of time, working days, or never. */
export const reviewWithin = z.string({ error: 'expected 48h, 5 business days or never' }).transform((text, context): ReviewWithin => {
  if (text === 'never') return null;
  const days = /^([1-9]\d?) business days?$/.exec(text)?.[1];
  if (days !== undefined) return { business_days: Number(days) };
  const ms = parseDuration(text);
  if (ms !== null && ms > 0) return { ms };
  context.addIssue({ code: 'custom', message: 'expected a length of time such as 48h, working days such as 5 business days, or never' });
  return z.NEVER;
});
