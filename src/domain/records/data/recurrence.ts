import { z } from 'zod';

/** Whether what a remedy mended comes back. */
export const RECURRENCE_DATA = {
  'recurrence.watched': z.object({ plan: z.string(), until: z.string() }),
  /** `again: false`: it never went away. `reverted`, here and below: the look after the revert, of whether the cause is gone. */
  'recurrence.seen': z.object({
    plan: z.string(),
    summary: z.string(),
    again: z.boolean().exactOptional(),
    /** What is seen is another failure than the change was for. */
    another: z.boolean().exactOptional(),
    reverted: z.boolean().exactOptional(),
  }),
  'recurrence.clear': z.object({ plan: z.string(), summary: z.string(), reverted: z.boolean().exactOptional() }),
  /** Nobody could see whether it came back. */
  'recurrence.unknown': z.object({ plan: z.string(), summary: z.string(), reverted: z.boolean().exactOptional() }),
} as const;
