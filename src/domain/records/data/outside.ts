import { z } from 'zod';
import { DIAGNOSIS_DATA } from './diagnosis.ts';

const count = z.int().min(0);

/** What runbooks do outside of any incident: records of `system`. */
export const OUTSIDE_DATA = {
  'diagnosis.step': DIAGNOSIS_DATA['diagnosis.step'],
  'diagnosis.finished': DIAGNOSIS_DATA['diagnosis.finished'],
  /** A service's runbooks were checked. `by`: who asked; `null` at night. */
  'preflight.finished': z.strictObject({
    service: z.string(),
    by: z.string().nullable(),
    steps: count,
    failures: count,
    warnings: count,
    unknown: count,
  }),
} as const;
