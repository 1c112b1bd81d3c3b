import { z } from 'zod';
import { isCallTemplate } from '../domain/incident/call.ts';
import { parseDuration, sayNoDuration } from '../lib/time.ts';

/** A length of time in the file: `30m`, `1h30m`. Ms afterwards. */
export const duration = z.string({ error: ({ input }) => sayNoDuration(input) }).transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== null && ms > 0) return ms;
  context.addIssue({ code: 'custom', message: sayNoDuration(text) });
  return z.NEVER;
});

export const userId = z.string().regex(/^[UW][A-Z0-9]{2,20}$/, 'expected a Slack user id such as U012ABCDEF');
export const usergroupId = z.string().regex(/^S[A-Z0-9]{2,20}$/, 'expected a Slack user group id such as S012ABCDEF');
export const channelId = z.string().regex(/^[CG][A-Z0-9]{2,20}$/, 'expected a Slack channel id such as C012ABCDEF');
/** A link to a call. */
export const callTemplate = z
  .string()
  .refine(isCallTemplate, 'expected a link that begins with https://, with {id} and {service} in it where it differs');

export const timeZone = z.string().refine(isTimeZone, 'expected a time zone such as Europe/Berlin');

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

export const mailAddress = z.email('expected an address such as ops@example.com').max(254);
