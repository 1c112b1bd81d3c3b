import { z } from 'zod';
import type { Json } from '../../domain/record.ts';

/** Any JSON, e.g. what another step has found; `null` where that step failed. */
export const jsonField: z.ZodType<Json> = z.json();
