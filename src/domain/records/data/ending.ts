import { z } from 'zod';

/** How an incident ends, and begins again. */
export const ENDING_DATA = {
  /** `room`: where the other incident met at that moment. `hidden`: the other one is private and this one is not, so no text of this one names it. */
  'incident.merged': z.object({ into: z.string(), room: z.string().exactOptional(), hidden: z.boolean().exactOptional() }),
  /** `private`: records of older releases do not say whether the other one is; of a private one there is no title. */
  'incident.absorbed': z.object({ from: z.string(), title: z.string().exactOptional(), private: z.boolean().exactOptional() }),
  /** `cancelled`: why it was none (a mistake, a false alarm); the summary says it too, for whoever is told how it ended. */
  'incident.resolved': z.object({ summary: z.string(), cancelled: z.string().exactOptional() }),
  /** `paged`: the responders are paged and asked to acknowledge again, as at the declaration; records of older releases paged nobody. */
  'incident.reopened': z.object({ reason: z.string(), paged: z.boolean().exactOptional() }),
  /** Of how many items of the checklist (`items`) how many were open. */
  'incident.closed': z.object({ open_items: z.number(), items: z.number().exactOptional() }),
} as const;
