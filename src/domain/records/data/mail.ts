import { z } from 'zod';

/** Why the stakeholders get a mail: the incident was declared, raised, lasts long, was resolved, was merged into another, is open again, or got another type. Stored. */
export const MAIL_KINDS = ['declared', 'raised', 'long', 'resolved', 'merged', 'reopened', 'typed'] as const;
export type MailKind = (typeof MAIL_KINDS)[number];

const kind = z.enum(MAIL_KINDS);

/** Mails to the stakeholders. `digest`: SHA-256 of subject, text and HTML; `recipients`: how many. */
export const MAIL_DATA = {
  /** `nth`: which mail of this kind it is in this incident. */
  'mail.due': z.object({ kind, nth: z.number() }),
  /** `again`: to how many it was sent once more, since the answer was lost. `late_ms`: missing where the first try succeeded. */
  'mail.sent': z.object({
    kind,
    message_id: z.string(),
    digest: z.string(),
    recipients: z.number(),
    again: z.number().exactOptional(),
    late_ms: z.number().exactOptional(),
  }),
  /** `waits`: it is tried again. `to`: masked addresses that the server refused; missing where nobody in particular was refused. */
  'mail.failed': z.object({
    kind,
    message_id: z.string(),
    digest: z.string(),
    recipients: z.number(),
    error: z.string(),
    waits: z.boolean(),
    to: z.array(z.string()).readonly().exactOptional(),
  }),
} as const;
