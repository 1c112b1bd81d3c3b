import { z } from 'zod';
import { isTimeOfDay } from '../lib/zoned.ts';
import { weekMoment } from './digest.ts';
import { duration } from './values.ts';

/** The proof that a page arrives: each night by trying every way without waking anybody, each week by a message that the on-call confirms. */
export const pagePathSchema = z.strictObject({
  /** When (UTC) every way is tried. */
  at: z.string().refine(isTimeOfDay, 'expected a time of day in UTC such as 04:30'),
  /** When the on-call of each service is asked, by the clocks of the service. */
  ask: z
    .union([z.literal('never').transform(() => null), weekMoment], { error: 'expected a day and a time, such as Monday 10:00, or never' })
    .prefault('Monday 10:00'),
  /** How long they have to confirm. */
  confirm_within: duration.prefault('24h'),
});
