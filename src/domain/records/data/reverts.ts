import { z } from 'zod';

/** How a change is put back. */
export const REVERT_DATA = {
  'revert.reminded': z.object({ plan: z.string(), revert_at: z.string() }),
  'revert.extended': z.object({ plan: z.string(), by_plan: z.string(), until: z.string() }),
  'revert.requested': z.object({ plan: z.string(), reason: z.string() }),
  'revert.started': z.object({ plan: z.string(), because: z.string(), late_ms: z.number() }),
  'revert.failed': z.object({ plan: z.string(), step: z.number(), error: z.string(), attempt: z.number() }),
  'revert.conflict': z.object({ plan: z.string(), step: z.number(), object: z.string(), summary: z.string(), diff: z.string() }),
  'revert.waiting': z.object({ plan: z.string(), object: z.string() }),
  'revert.settled': z.object({ plan: z.string(), keep: z.boolean(), reason: z.string() }),
  'change.reverted': z.object({ plan: z.string(), step: z.number(), uses: z.string(), summary: z.string() }),
  /** `kept`: how many steps were not put back, by decision; missing in the first records, which knew of none. */
  'remedy.reverted': z.object({
    plan: z.string(),
    late_ms: z.number(),
    verified: z.boolean().nullable(),
    kept: z.number().exactOptional(),
    summary: z.string(),
    /** Who asked for it, why, and how long before its time (`null` where it had none); missing where its time was up, and in older records. */
    asked: z.object({ by: z.string(), reason: z.string(), early_ms: z.number().nullable() }).exactOptional(),
    /** It is looked whether the cause is still there. */
    looks: z.boolean().exactOptional(),
  }),
} as const;
