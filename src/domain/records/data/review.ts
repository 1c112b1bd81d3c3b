import { z } from 'zod';
import { viaSchema } from './tracking.ts';

/** What becomes of an incident after it is over. */
export const REVIEW_DATA = {
  /** `number`: which of the incident's `follow-up.added`, counted from 1; `via`: its issue was closed where work is tracked. */
  'follow-up.done': z.object({ number: z.number(), text: z.string(), via: viaSchema.exactOptional() }),
  'follow-up.undone': z.object({ number: z.number(), text: z.string(), via: viaSchema.exactOptional() }),
  'follow-up.overdue': z.object({ number: z.number(), text: z.string(), owner: z.string().exactOptional(), due: z.string() }),
  /** `at`: when it is; `who` runs it. A second one moves it. */
  'review.scheduled': z.object({ at: z.string(), who: z.string() }),
  /** What is due next: that it is scheduled, or, with `who` runs it, the review itself. */
  'review.reminded': z.object({ due: z.string(), who: z.string().exactOptional() }),
  'review.done': z.object({}),
  /** Its draft is in a canvas, at `link`. `access`: why Slack did not open it to the channel by itself; missing where it did. */
  'review.drafted': z.object({ channel: z.string(), canvas: z.string(), link: z.string(), access: z.string().exactOptional() }),
  /** Whoever is in another channel of the incident may write in that canvas too. `access`: why not; missing where they may. */
  'review.opened': z.object({ channel: z.string(), access: z.string().exactOptional() }),
  /** Its draft is in no canvas: Slack's code says why. */
  'review.undrafted': z.object({ channel: z.string(), error: z.string() }),
} as const;
