import { MailError } from '../../../ports/mail.ts';
import { PagerDutyError, PagerDutyReadError } from '../../../ports/pagerduty.ts';
import { StatusPageError } from '../../../ports/status-page.ts';

/**
 * Whether a failure of a system outside of Slack may be over by itself: it was not reached, did not answer, was asked too often, or has a fault of its own.
 * What somebody has to correct, such as a key, fails for certain; so does whatever is not known.
 */
export function isPassing(error: unknown): boolean {
  if (error instanceof MailError) return error.passes;
  if (error instanceof PagerDutyError || error instanceof StatusPageError) return error.reason !== 'refused';
  return error instanceof PagerDutyReadError && error.reason === 'passing';
}
