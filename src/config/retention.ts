import { z } from 'zod';
import { parseDuration } from '../lib/time.ts';

const DAY = 86_400_000;
const EXPECTED = 'expected a length of time of at least a day, such as 30d, or never';

/** How long after its close an incident stays in the database with all that it needed; `null` for ever. */
const kept = z.string({ error: EXPECTED }).transform((text, context) => {
  if (text === 'never') return null;
  const ms = parseDuration(text);
  if (ms !== null && ms >= DAY) return ms;
  context.addIssue({ code: 'custom', message: EXPECTED });
  return z.NEVER;
});

/** When what is over leaves the database. */
export const retentionSchema = z.strictObject({ closed_incidents: kept.prefault('30d') }).prefault({});
