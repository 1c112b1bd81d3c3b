import { z } from 'zod';
import { CONDITIONS, LEVELS } from '../../conditions.ts';
import { ROLES } from '../../incident/incident.ts';
import { whoSchema } from '../../policy.ts';
import { breachSchema } from './updates.ts';

/** What is unfinished when the command moves: the next commander has it from then on. Keys are stored. */
const handedOverSchema = z
  .object({
    /** Plans that wait, are approved or being applied. */
    plans: z.array(z.string()).readonly(),
    /** Changes that revert by themselves, and those that are being reverted. */
    in_force: z.array(z.string()).readonly(),
    /** An update that was asked for and not posted. */
    update_due: z.string().nullable(),
  })
  .readonly();
export type HandedOver = z.output<typeof handedOverSchema>;

/** Who has which part in an incident, and who was asked for help. */
export const PEOPLE_DATA = {
  /** `approves`: false for a commander who is not in the configured group. `handed_over`: what was unfinished when the command moved; missing where nothing was. */
  'role.assigned': z.object({
    role: z.enum(ROLES),
    user: z.string(),
    previous: z.string().nullable(),
    handoff: z.boolean(),
    note: z.string().nullable(),
    approves: z.boolean().exactOptional(),
    handed_over: handedOverSchema.exactOptional(),
  }),
  'incident.escalated': z.object({
    level: z.number(),
    who: whoSchema,
    reason: z.string(),
    /** By a condition, or somebody named whom to call, the line stays where it is. */
    cause: z.enum(['person', 'acknowledgement', 'update', 'time', 'unreached', 'condition', 'named']),
    last: z.boolean(),
    /** Who else is called in the same step; missing where `who` is all. */
    also: z.array(whoSchema).readonly().exactOptional(),
    /** The level that is called because these conditions became true. */
    to: z.enum(LEVELS).exactOptional(),
    conditions: z.array(z.enum(CONDITIONS)).readonly().exactOptional(),
    /** The breach that called them, which has its own record just before; missing where none did, and in older records. */
    breach: breachSchema.readonly().exactOptional(),
  }),
} as const;
