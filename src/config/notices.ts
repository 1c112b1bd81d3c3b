import { resolve } from 'node:path';
import { z } from 'zod';
import type { IncidentPolicy } from '../domain/policy.ts';
import { bucketSchema } from './bucket.ts';
import type { ConfigFile, ServiceConfig } from './schema.ts';
import { duration, mailAddress } from './values.ts';

const pageId = z.string().regex(/^[a-z0-9]{4,40}$/, 'expected an id of Statuspage such as kctbh9vrtdwd');

const publicAddress = z.url({ protocol: /^https?$/, error: 'expected an address that begins with https://' });

/** Where notices are published: a page of Atlassian Statuspage, or files for a web server in a directory or a bucket. */
const statusPage = z.union([
  z.strictObject({ kind: z.literal('statuspage'), page: pageId, components: z.array(pageId).max(20).default([]) }),
  z.strictObject({ kind: z.literal('files'), directory: z.string().min(1), url: publicAddress.optional() }),
  z.strictObject({ kind: z.literal('files'), s3: bucketSchema, url: publicAddress.optional() }),
]);
export type StatusPageTerms = z.output<typeof statusPage>;

/** How customers hear of a service's incidents. */
export const noticesSchema = z.strictObject({
  /** What customers call the service; its name unless told. */
  name: z.string().min(1).max(60).optional(),
  /** What the subject begins with. */
  subject: z.string().min(1).max(80).default('Service Disruption Notice'),
  /** Whom customers ask. */
  contact: z.string().min(1).max(200).optional(),
  /** When the first notice of a P0 or P1 is owed, and each further one. */
  first: duration.default(10 * 60_000),
  every: duration.default(30 * 60_000),
  /** Whether two people, one of them of communications, approve a notice before it goes out. */
  approval: z.boolean().default(true),
  /** Who gets notices by mail, and from whom; from the sender of the other mails unless told. */
  customers: z.array(mailAddress).max(200).default([]),
  from: mailAddress.optional(),
  status_page: statusPage.optional(),
});

/** Who gets a service's notices by mail. */
interface Customers {
  readonly from: string;
  readonly sender: string;
  readonly to: readonly string[];
}

/** Who of a service's customers gets mail; `null` where nobody does. */
export function customersOf({ mail, services }: Pick<ConfigFile, 'mail' | 'services'>, id: string): Customers | null {
  const service = Object.hasOwn(services, id) ? services[id] : undefined;
  if (service?.notices === undefined) return null;
  const { from = service.mail?.from ?? mail?.from, customers, name } = service.notices;
  const to = [...new Map(customers.map((one) => [one.toLowerCase(), one])).values()];
  return from === undefined || to.length === 0 ? null : { from, sender: name ?? service.name, to };
}

/** The terms of notices that an incident keeps. */
export function noticeTermsOf({ notices, name }: Pick<ServiceConfig, 'notices' | 'name'>): Pick<IncidentPolicy, 'notices'> {
  if (notices === undefined) return {};
  const { subject, contact, first, every, approval, customers, status_page: page } = notices;
  const places = [...(customers.length === 0 ? [] : (['customers'] as const)), ...(page === undefined ? [] : (['status-page'] as const))];
  return {
    notices: {
      name: notices.name ?? name,
      subject,
      ...(contact === undefined ? {} : { contact }),
      first_ms: first,
      every_ms: every,
      approval,
      places,
    },
  };
}

/** Notices that nobody could send or approve. */
export function noticeProblems({
  mail,
  services,
  roles,
}: Pick<ConfigFile, 'mail' | 'services' | 'roles'>): readonly { readonly path: readonly string[]; readonly message: string }[] {
  const places = Object.values(services).flatMap(({ notices }) => placeOf(notices?.status_page) ?? []);
  return Object.entries(services).flatMap(([id, { notices, mail: own }]) => {
    if (notices === undefined) return [];
    const path = ['services', id, 'notices'];
    const isUnsent = notices.customers.length > 0 && (notices.from ?? own?.from ?? mail?.from) === undefined;
    const place = placeOf(notices.status_page);
    const isShared = place !== null && places.filter((one) => one === place).length > 1;
    return [
      ...(isShared
        ? [{ path: [...path, 'status_page'], message: 'is the page of another service too. Name a directory or a prefix of its own' }]
        : []),
      ...(isUnsent ? [{ path, message: 'has customers and no sender. Add from: with the address that the notices come from' }] : []),
      ...(notices.approval && roles.communications === undefined
        ? [{ path, message: 'needs roles.communications: the people who approve what customers read. Without approval: approval: false' }]
        : []),
    ];
  });
}

/** Where the files of a page lie; `null` where there are none. */
function placeOf(page: StatusPageTerms | undefined): string | null {
  if (page?.kind !== 'files') return null;
  return 'directory' in page ? resolve(page.directory) : `s3://${page.s3.bucket}/${page.s3.prefix}`;
}
