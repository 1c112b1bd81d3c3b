import { z } from 'zod';
import { DRILL_FORMS } from '../../drill/forms.ts';

const form = z.enum(DRILL_FORMS);
const of = { drill: z.string(), service: z.string(), form, runbook: z.string() };

/** That drills were held and are due: records of `system`, from which it follows when the next one is due. What happens in one is in its own stream. */
export const DRILL_DATA = {
  'drill.started': z.strictObject(of),
  /** `held`: it was played to its end, and counts as a test of the runbook. */
  'drill.finished': z.strictObject({ ...of, held: z.boolean() }),
  /** The service's channel was told which drills are overdue. */
  'drill.reminded': z.strictObject({ service: z.string(), forms: z.array(form).readonly() }),
} as const;
