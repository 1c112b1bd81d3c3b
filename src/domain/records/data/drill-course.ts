import { z } from 'zod';
import { DRILL_FORMS } from '../../drill/forms.ts';

/** What happens in a drill and in no other incident. */
export const DRILL_COURSE_DATA = {
  'drill.answered': z.object({ question: z.string(), text: z.string(), option: z.number(), answer: z.string(), right: z.boolean() }),
  /** `revision`: SHA-256 of the runbook's file that was read. */
  'drill.signed-off': z.object({ runbook: z.string(), revision: z.string(), role: z.string() }),
  /** `held`: it was played to its end. Times from the start, ms; `null` for a step that nobody took. */
  'drill.judged': z.object({
    form: z.enum(DRILL_FORMS),
    runbook: z.string(),
    held: z.boolean(),
    steps: z
      .array(
        z
          .object({
            step: z.enum(['acknowledge', 'diagnose', 'ask', 'approve']),
            within_ms: z.number().nullable(),
            target_ms: z.number(),
            met: z.boolean(),
          })
          .readonly(),
      )
      .readonly(),
    expected: z.object({ title: z.string(), asked: z.boolean() }).readonly().exactOptional(),
    answers: z.object({ questions: z.number(), answered: z.number(), right: z.number() }).readonly().exactOptional(),
    signed_off_by: z.string().nullable().exactOptional(),
  }),
} as const;
