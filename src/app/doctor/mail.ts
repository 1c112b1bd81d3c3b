import type { Config } from '../../config/load.ts';
import { mailOf } from '../../config/mail.ts';
import { customersOf } from '../../config/notices.ts';
import { plural } from '../../lib/plural.ts';
import { MailError } from '../../ports/mail.ts';
import { mailServerOf } from '../mail.ts';
import { bad, type Check, good, warning } from './check.ts';

const HOW = 'docs/how-to/mail-stakeholders.md';

/** Whether mail can go out, and whether anybody gets it. */
export async function checkMail(config: Config): Promise<Check[]> {
  const name = 'Mail';
  const served = Object.keys(config.file.services).flatMap((id) => mailOf(config.file, id) ?? []);
  const told = Object.keys(config.file.services).flatMap((id) => customersOf(config.file, id) ?? []);
  const server = mailServerOf(config);
  if (served.length === 0 && server === null) return [good(name, `none is sent: no stakeholders are configured (${HOW})`)];
  if (server === null) return [bad(name, 'stakeholders are configured, and nothing can be sent to them', `Set SMTP_URL: ${HOW}.`)];
  try {
    await server.verify();
  } catch (error) {
    return [bad(name, error instanceof MailError ? error.message : 'the mail server cannot be asked', `Correct SMTP_URL: ${HOW}.`)];
  }
  if (served.length === 0 && told.length > 0)
    return [good(name, 'the mail server answers; customers get their notices, and no stakeholders are configured')];
  if (served.length === 0) return [warning(name, 'the mail server answers, and nobody gets mail', `Name stakeholders in tocsin.yml: ${HOW}.`)];
  const to = new Set(served.flatMap((terms) => terms.stakeholders.flatMap((one) => one.to)).map((one) => one.toLowerCase()));
  return [good(name, `the mail server answers; ${plural(to.size, 'stakeholder')} of ${plural(served.length, 'service')}`)];
}
