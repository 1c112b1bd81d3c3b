import { z } from 'zod';
import { STATUSES } from '../../incident/incident.ts';
import { NOTICE_PLACES } from '../../notice/places.ts';

/** How well the service works, as status pages say it. Stored. */
export const SERVICE_STATES = ['operational', 'degraded_performance', 'partial_outage', 'major_outage'] as const;
export type ServiceState = (typeof SERVICE_STATES)[number];

/** What a person writes for customers. Nothing else of an incident is public. */
const noticeFieldsSchema = z.object({
  subject: z.string(),
  facts: z.string(),
  /** One a line; empty where nothing is said of it. */
  impact: z.string(),
  doing: z.string(),
  eta: z.string(),
});
export type NoticeFields = Readonly<z.output<typeof noticeFieldsSchema>>;

/** A notice to customers, exactly as it goes out. */
export const noticeSchema = noticeFieldsSchema.extend({
  /** Which one of the incident it is, from 1. */
  nth: z.number(),
  status: z.enum(STATUSES).exclude(['closed']),
  state: z.enum(SERVICE_STATES),
  text: z.string(),
  to: z.array(z.enum(NOTICE_PLACES)).readonly(),
});
export type Notice = Readonly<z.output<typeof noticeSchema>>;

const place = z.enum(NOTICE_PLACES);

/** Notices to customers. `plan`: the one that was approved; `digest`: its hash, which covers every word that goes out. */
export const NOTICE_DATA = {
  'notice.offered': z.object({ due: z.string() }),
  'notice.reminded': z.object({ due: z.string() }),
  /** It goes out now. `late_ms`: how late it is for the customers. */
  'notice.due': z.object({ plan: z.string(), digest: z.string(), nth: z.number(), to: z.array(place).readonly(), late_ms: z.number() }),
  /** `again`: to how many it was sent once more, since the answer was lost. `late_ms`: missing where the first try succeeded. `where`: by hand. */
  'notice.published': z.object({
    plan: z.string(),
    digest: z.string(),
    place,
    recipients: z.number().exactOptional(),
    again: z.number().exactOptional(),
    url: z.string().exactOptional(),
    where: z.string().exactOptional(),
    late_ms: z.number().exactOptional(),
  }),
  /** `waits`: it is tried again. `replaced`: a newer one is or comes there. `to`: masked addresses that the mail server refused; the others got it, or still get it. */
  'notice.failed': z.object({
    plan: z.string(),
    digest: z.string(),
    place,
    recipients: z.number().exactOptional(),
    error: z.string(),
    waits: z.boolean(),
    replaced: z.literal(true).exactOptional(),
    to: z.array(z.string()).readonly().exactOptional(),
  }),
} as const;
