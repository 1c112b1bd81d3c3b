import { z } from 'zod';
import type { MailTerms } from '../ports/mail.ts';
import type { ConfigFile } from './schema.ts';
import { duration, mailAddress } from './values.ts';

export const mailSchema = z.strictObject({
  /** Whom the mails are from. */
  from: mailAddress.optional(),
  stakeholders: z.array(mailAddress).max(100).optional(),
  /** When they hear that an incident is not over yet. */
  after: duration.optional(),
  /** Who wants none: they get nothing, whoever names them. */
  opt_out: z.array(mailAddress).optional(),
});

/** How long (ms) an incident lasts before the stakeholders hear that it is not over (VQ-17). */
const AFTER = 2 * 3_600_000;

/** Who gets mail of a service’s incidents; `null` where nobody does. */
export function mailOf({ mail: ofAll = {}, services }: Pick<ConfigFile, 'mail' | 'services'>, id: string): MailTerms | null {
  const own = Object.hasOwn(services, id) ? services[id]?.mail : undefined;
  const from = own?.from ?? ofAll.from;
  const out = new Set([...(ofAll.opt_out ?? []), ...(own?.opt_out ?? [])].map(sameAddress));
  const named = new Map((own?.stakeholders ?? ofAll.stakeholders ?? []).map((one) => [sameAddress(one), one]));
  const to = [...named].filter(([same]) => !out.has(same)).map(([, one]) => one);
  return from === undefined || to.length === 0 ? null : { from, to, afterMs: own?.after ?? ofAll.after ?? AFTER };
}

/** Services whose stakeholders would get mail from nobody. */
export function mailProblems({
  mail,
  services,
}: Pick<ConfigFile, 'mail' | 'services'>): readonly { readonly path: readonly string[]; readonly message: string }[] {
  const message = 'has stakeholders and no sender. Add from: with the address that the mails come from';
  const problem = (path: readonly string[]) => [{ path, message }];
  if (mail?.from !== undefined) return [];
  if ((mail?.stakeholders ?? []).length > 0) return problem(['mail']);
  return Object.entries(services).flatMap(([id, service]) =>
    (service.mail?.stakeholders ?? []).length > 0 && service.mail?.from === undefined ? problem(['services', id, 'mail']) : [],
  );
}

/** An address that SMTP_URL may have. */
export function isMailAddress(text: string): boolean {
  if (!/^smtps?:\/\/[^\s/]/.test(text) || !URL.canParse(text)) return false;
  const { hostname, username, password } = new URL(text);
  return hostname !== '' && [username, password].every(isDecodable);
}

function sameAddress(text: string): string {
  return text.toLowerCase();
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
