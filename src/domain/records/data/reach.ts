import { z } from 'zod';
import { whoSchema } from '../../policy.ts';

/** How somebody was told of a page, in the order in which the ways are tried (docs/explanation/security.md#reaching-people). */
export const WAYS = ['direct-message', 'room', 'incidents-channel'] as const;
export type Way = (typeof WAYS)[number];

/** What Slack answered to one way: its error code, or `no_answer`. */
const refusedWaySchema = z.object({ way: z.enum(WAYS), error: z.string() }).readonly();
export type RefusedWay = z.output<typeof refusedWaySchema>;

/** Where an incident meets, and whom Tocsin reached. */
export const REACH_DATA = {
  'people.called': z.object({ page: z.string(), who: whoSchema, users: z.array(z.string()), error: z.string().nullable() }),
  'person.reached': z.object({ page: z.string(), user: z.string(), way: z.enum(WAYS).nullable(), refused: z.array(refusedWaySchema) }),
  /** What became of the mail to somebody whom Slack did not reach. `error`: why there is none; `waits`: it is tried again. */
  'person.mailed': z.object({ page: z.string(), user: z.string(), error: z.string().nullable(), waits: z.boolean().exactOptional() }),
  /** `note`: why it is not where it would be expected, or was before. */
  'room.created': z.object({ channel: z.string(), thread_ts: z.string().nullable(), note: z.string().nullable().exactOptional() }),
  /** The incident is closed for long enough: its channel is archived. */
  'room.archive-due': z.object({ channel: z.string() }),
  /** `error`: why Slack did not archive it; missing where it did. */
  'room.archived': z.object({ channel: z.string(), error: z.string().exactOptional() }),
  'room.lost': z.object({ channel: z.string(), thread_ts: z.string().nullable(), reason: z.string() }),
  /** The channel has Tocsin's canvas. */
  'canvas.created': z.object({ channel: z.string(), canvas: z.string() }),
  /** Tocsin writes no canvas there, or no more: Slack's code says why. `canvas`: the one that it had written; missing where there never was one. */
  'canvas.left': z.object({ channel: z.string(), canvas: z.string().exactOptional(), error: z.string() }),
  'card.posted': z.object({ channel: z.string(), ts: z.string() }),
  'message.failed': z.object({ key: z.string(), template: z.string(), error: z.string() }),
} as const;
