import type { Config } from '../../config/load.ts';
import { mailOf, mailSenderOf } from '../../config/mail.ts';
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
  const sender = senderSetting(config);
  if (served.length === 0 && server === null)
    return sender === null
      ? [good(name, `none is sent, to stakeholders or to whoever is called: mail.from is not set (${HOW})`)]
      : [bad(name, `nobody who is called can be mailed: SMTP_URL is not set (${sender} is)`, `Set SMTP_URL: ${HOW}.`)];
  if (server === null) return [bad(name, 'stakeholders are configured, and nothing can be sent to them', `Set SMTP_URL: ${HOW}.`)];
  try {
    await server.verify();
  } catch (error) {
    return [bad(name, error instanceof MailError ? error.message : 'the mail server cannot be asked', `Correct SMTP_URL: ${HOW}.`)];
  }
  const answers = 'the mail server answers';
  if (served.length === 0 && sender !== null)
    return [
      good(
        name,
        `${answers}; ${told.length > 0 ? 'customers get their notices, ' : ''}whoever is called and not reached in Slack is mailed, and no stakeholders are configured`,
      ),
    ];
  if (served.length === 0 && told.length > 0) return [good(name, `${answers}; customers get their notices, and no stakeholders are configured`)];
  if (served.length === 0) return [warning(name, `${answers}, and nobody gets mail`, `Name stakeholders in tocsin.yml: ${HOW}.`)];
  const to = new Set(served.flatMap((terms) => terms.stakeholders.flatMap((one) => one.to)).map((one) => one.toLowerCase()));
  return [good(name, `${answers}; ${plural(to.size, 'stakeholder')} of ${plural(served.length, 'service')}`)];
}

/** The setting by which whoever is called is mailed, as the last way; `null` where no service has one. */
function senderSetting({ file }: Config): string | null {
  if (file.mail?.from !== undefined) return 'mail.from';
  const id = Object.keys(file.services).find((one) => mailSenderOf(file, one).from !== null);
  return id === undefined ? null : `services.${id}.mail.from`;
}
