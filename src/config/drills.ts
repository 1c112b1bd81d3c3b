import { z } from 'zod';
import { APPROVAL_ROLES } from '../domain/change/plans.ts';
import { type DrillInterval, parseInterval } from '../domain/drill/forms.ts';
import { duration } from './values.ts';

const EXPECTED = 'expected 1 month, 3 months, 1 year or never';

/** How often a drill is due, by the calendar. */
const interval = z.string({ error: EXPECTED }).transform((text, context): DrillInterval => {
  if (text === 'never') return null;
  const read = parseInterval(text);
  if (read !== undefined) return read;
  context.addIssue({ code: 'custom', message: EXPECTED });
  return z.NEVER;
});

/** Drills of a service (AU-90): how often each form is due, what they are judged by, and who signs a review. */
export const drills = z
  .strictObject({
    /** P0 scenarios are played. */
    fire: interval.prefault('1 month'),
    /** P1 scenarios are talked through. */
    tabletop: interval.prefault('3 months'),
    /** P2 and P3 scenarios are read again. */
    review: interval.prefault('1 year'),
    /** From the start of a fire drill. The acknowledgement has its target in `respond_within`. */
    diagnose_within: duration.prefault('10m'),
    ask_within: duration.prefault('20m'),
    approve_within: duration.prefault('30m'),
    /** How long after its start a drill that nobody finishes is ended. */
    ends_after: duration.prefault('8h'),
    sign_off: z.enum(APPROVAL_ROLES).default('incident-commander'),
  })
  .prefault({});
