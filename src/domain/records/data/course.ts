import { z } from 'zod';
import { MARKS } from '../../conditions.ts';
import { STATUSES } from '../../incident/incident.ts';
import { SEVERITIES } from '../../severity.ts';

/** How an incident goes on, as people say it. */
export const COURSE_DATA = {
  'severity.changed': z.object({ from: z.enum(SEVERITIES), to: z.enum(SEVERITIES), reason: z.string() }),
  'impact.changed': z.object({
    impact: z.string().nullable(),
    customer_impact: z.boolean(),
    data_exposure: z.boolean(),
    marks: z.array(z.enum(MARKS)).readonly().exactOptional(),
  }),
  'type.changed': z.object({ from: z.string().nullable(), to: z.string(), reason: z.string().nullable() }),
  'status.changed': z.object({ from: z.enum(STATUSES), to: z.enum(STATUSES), note: z.string().nullable() }),
  /** `url`: the link to the incident's call from then on; `null`: it has none. */
  'call.changed': z.object({ url: z.string().nullable() }),
  'note.added': z.object({ text: z.string() }),
  /** `number`: which of the incident's `note.added`, counted from 1. */
  'note.edited': z.object({ number: z.number(), text: z.string() }),
  'note.struck': z.object({ number: z.number(), why: z.string().nullable() }),
  'message.pinned': z.object({
    channel: z.string(),
    ts: z.string(),
    author: z.string().nullable(),
    text: z.string(),
    permalink: z.string().nullable(),
  }),
  /** `text`: the item's words; records of older releases have none. */
  'checklist.ticked': z.object({ item: z.string(), done: z.boolean(), text: z.string().exactOptional() }),
  /** A pack of its evidence was made from its first `records` records, and stored. */
  'evidence.packed': z.object({ number: z.number(), records: z.number() }),
  'command.refused': z.object({ command: z.string(), code: z.string(), reason: z.string() }),
} as const;
