import { z } from 'zod';

const texts = z.array(z.string()).readonly();

/** Who decided about a plan, and who still has to. */
export const APPROVAL_DATA = {
  /** `by_asking`: the requester got the role after they had asked, which counts as it does the other way round. */
  'approval.given': z.object({
    plan: z.string(),
    plan_hash: z.string(),
    roles: texts,
    missing: texts,
    by_asking: z.boolean().exactOptional(),
  }),
  /** Nobody can complete it as roles are held now. `lacking`: roles for which nobody is left; `commanders`: who would make it possible as commander; `uncommanded`: nobody has the command yet. */
  'approval.blocked': z.object({ plan: z.string(), lacking: texts, commanders: texts, uncommanded: z.literal(true).exactOptional() }),
  'approval.possible': z.object({ plan: z.string() }),
  'approval.rejected': z.object({ plan: z.string(), plan_hash: z.string(), reason: z.string() }),
  'approval.withdrawn': z.object({ plan: z.string(), reason: z.string() }),
  'approval.reminded': z.object({ plan: z.string(), missing: texts }),
  'approval.expired': z.object({ plan: z.string(), missing: texts }),
} as const;
