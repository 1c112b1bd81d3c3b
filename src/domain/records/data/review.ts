import { z } from 'zod';

/** What becomes of an incident after it is over. */
export const REVIEW_DATA = {
  /** `number`: which of the incident's `follow-up.added`, counted from 1. */
  'follow-up.done': z.object({ number: z.number(), text: z.string() }),
  'follow-up.overdue': z.object({ number: z.number(), text: z.string(), owner: z.string().exactOptional(), due: z.string() }),
} as const;
