import { z } from 'zod';
import { clamp } from '../../lib/clamp.ts';
import { maskAddresses } from '../../lib/mail-address.ts';
import { MailError } from '../../ports/mail.ts';

/** What nodemailer says of a failure. */
const failure = z.object({
  code: z.string().catch(''),
  command: z.string().catch(''),
  responseCode: z.number().optional().catch(undefined),
  response: z.string().catch(''),
  message: z.string().catch(''),
});

/** Errors of the way to the server, in people's words. */
const WAY: Readonly<Record<string, string>> = {
  EDNS: 'is not known',
  ETLS: 'could not be talked to in encrypted form. Its certificate must be valid, and smtp:// needs STARTTLS',
  ETIMEDOUT: 'did not answer in time',
  EPROTOCOL: 'answered what no mail server does',
};

/** The error of a mail. `at`: which server; `isHandedOver`: it had the whole mail. */
export function errorFor(cause: unknown, at: string, isHandedOver: boolean): MailError {
  const { code: given, command, responseCode, response, message } = failure.parse(cause);
  // A certificate that is not trusted is an error of the socket to nodemailer.
  const code = given === 'ESOCKET' && /certificate|altnames/i.test(message) ? 'ETLS' : given;
  const said = clamp(maskAddresses(response.replaceAll(/[^\x20-\x7e]+/g, ' ').trim()), 160);
  // 4yz is for now, 5yz for good (RFC 5321, 4.2.1). A login or a certificate is not accepted for good unless the server says otherwise.
  const passes = responseCode === undefined ? code !== 'EAUTH' && code !== 'ETLS' : responseCode < 500;
  if (code === 'EAUTH')
    return new MailError('away', `the mail server ${at} did not accept the login${said === '' ? '' : ` (${said})`}`, { passes, cause });
  if (responseCode !== undefined && responseCode >= 400 && code !== 'ETLS') {
    // What is about this mail, or this recipient, says nothing of the others.
    const isOfMail = command === 'RCPT TO' || command === 'DATA' || isHandedOver;
    const isFinal = responseCode >= 500;
    return new MailError(isOfMail ? (isFinal ? 'refused' : 'later') : 'away', `the mail server said ${said}`, { passes, cause });
  }
  if (isHandedOver) return new MailError('unsure', `the mail server ${at} had the mail and did not say whether it takes it`, { cause });
  return new MailError('away', `the mail server ${at} ${WAY[code] ?? 'cannot be reached'}`, { passes, cause });
}
