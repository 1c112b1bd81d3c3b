import { z } from 'zod';
import type { Stakeholders } from '../domain/incident/mails.ts';
import { MAIL_KINDS } from '../domain/records/data/mail.ts';
import { SEVERITIES } from '../domain/severity.ts';
import type { MailTerms } from '../ports/mail.ts';
import { incidentType } from './escalation.ts';
import type { ConfigFile } from './schema.ts';
import { duration, mailAddress } from './values.ts';

/** Who hears what: whatever is left out limits nothing. */
const row = z.strictObject({
  to: z.union([mailAddress, z.array(mailAddress).min(1).max(20)], { error: 'expected an address such as ops@example.com, or a list of addresses' }),
  severities: z.array(z.enum(SEVERITIES)).min(1).optional(),
  types: z.array(incidentType).min(1).optional(),
  mails: z.array(z.enum(MAIL_KINDS)).min(1).optional(),
});

export const mailSchema = z.strictObject({
  /** Whom the mails are from. */
  from: mailAddress.optional(),
  stakeholders: z
    .array(z.union([mailAddress, row], { error: sayStakeholder }))
    .max(100)
    .optional(),
  /** When they hear that an incident is not over yet. */
  after: duration.optional(),
  /** Who wants none: they get nothing, whoever names them. */
  opt_out: z.array(mailAddress).optional(),
});

/** What is wrong with one of them: of a row, what and where. */
function sayStakeholder({ input, errors }: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidUnion>): string {
  const ofRow = typeof input === 'object' && input !== null ? errors.at(-1)?.[0] : undefined;
  if (ofRow === undefined) return 'expected an address such as ops@example.com, or a row such as { to: ops@example.com, severities: [P0] }';
  return [ofRow.path.join('.'), ofRow.message.replace(/^Invalid input: /, '')].filter((part) => part !== '').join(': ');
}

/** How long (ms) an incident lasts before the stakeholders hear that it is not over (VQ-17). */
const AFTER = 2 * 3_600_000;

/** Whom mails of a service’s incidents are from, `null` where there are none, and whether an address wants none. */
export function mailSenderOf({ mail: ofAll = {}, services }: Pick<ConfigFile, 'mail' | 'services'>, id: string) {
  const own = Object.hasOwn(services, id) ? services[id]?.mail : undefined;
  const out = new Set([...(ofAll.opt_out ?? []), ...(own?.opt_out ?? [])].map(sameAddress));
  return { from: own?.from ?? ofAll.from ?? null, isOut: (address: string) => out.has(sameAddress(address)) };
}

/** Who gets mail of a service’s incidents; `null` where nobody does. */
export function mailOf(file: Pick<ConfigFile, 'mail' | 'services'>, id: string): MailTerms | null {
  const { mail: ofAll = {}, services } = file;
  const own = Object.hasOwn(services, id) ? services[id]?.mail : undefined;
  const { from, isOut } = mailSenderOf(file, id);
  const rows = (own?.stakeholders ?? ofAll.stakeholders ?? []).flatMap((one) => {
    const { to, ...limits } = stakeholdersOf(one);
    const left = to.filter((address) => !isOut(address));
    return left.length === 0 ? [] : [{ to: left, ...limits }];
  });
  // Who is named twice is one.
  const stakeholders = [...new Map(rows.map((one) => [JSON.stringify(one).toLowerCase(), one])).values()];
  return from === null || stakeholders.length === 0 ? null : { from, stakeholders, afterMs: own?.after ?? ofAll.after ?? AFTER };
}

function stakeholdersOf(one: string | z.output<typeof row>): Stakeholders {
  if (typeof one === 'string') return { to: [one] };
  const { to, severities, types, mails } = one;
  return { to: [to].flat(), severities, types, kinds: mails };
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
