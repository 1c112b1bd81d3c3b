import { z } from 'zod';

/** How an incident ends, and begins again. */
export const ENDING_DATA = {
  /** `room`: where the other incident met at that moment. */
  'incident.merged': z.object({ into: z.string(), room: z.string().exactOptional() }),
  'incident.absorbed': z.object({ from: z.string(), title: z.string() }),
  'incident.resolved': z.object({ summary: z.string() }),
  /** `paged`: the responders are paged and asked to acknowledge again, as at the declaration; records of older releases paged nobody. */
  'incident.reopened': z.object({ reason: z.string(), paged: z.boolean().exactOptional() }),
  /** Of how many items of the checklist (`items`) how many were open. */
  'incident.closed': z.object({ open_items: z.number(), items: z.number().exactOptional() }),
} as const;
