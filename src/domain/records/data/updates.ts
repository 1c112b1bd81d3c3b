import { z } from 'zod';
import { STATUSES } from '../../incident/incident.ts';
import { TARGETS } from '../../incident/tally.ts';
import { SEVERITIES } from '../../severity.ts';

/** Every field of the status update template (SK-70). Times are UTC text; `actions_taken` is one line each. */
const updateFieldsSchema = z.object({
  status: z.enum(STATUSES),
  severity: z.enum(SEVERITIES),
  start_time: z.string(),
  impact: z.string(),
  current_situation: z.string(),
  actions_taken: z.array(z.string()).readonly(),
  next_steps: z.string(),
  eta: z.string(),
  /** Changes in force, one line each, with until when; missing where there is none, and in updates of older releases. */
  in_force: z.array(z.string()).readonly().exactOptional(),
});
export type UpdateFields = Readonly<z.output<typeof updateFieldsSchema>>;

/** A target that was missed, and by how much. */
export const breachSchema = z.object({ target: z.enum(TARGETS), due: z.string(), late_ms: z.number() });
export type Breach = Readonly<z.output<typeof breachSchema>>;

/** The promise of the next update, and what became of it. */
export const UPDATE_DATA = {
  'update.offered': z.object({ due: z.string() }),
  'update.reminded': z.object({ due: z.string() }),
  'update.posted': updateFieldsSchema.extend({ automatic: z.boolean(), due: z.string().nullable(), late_ms: z.number() }),
  'update.snoozed': z.object({ until: z.string(), reason: z.string(), due: z.string(), late_ms: z.number() }),
  'breach.recorded': breachSchema,
} as const;
