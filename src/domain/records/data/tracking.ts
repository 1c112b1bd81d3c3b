import { z } from 'zod';

/** Where work is tracked. Stored. */
export const TRACKERS = ['github', 'jira'] as const;
export type TrackerKind = (typeof TRACKERS)[number];

export const TRACKER_NAMES: Readonly<Record<TrackerKind, string>> = { github: 'GitHub', jira: 'Jira' };

/** How soon an action item is to be done, the soonest first. Stored. */
export const PRIORITIES = ['urgent', 'high', 'medium', 'low'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** What is done with an issue. */
export const ISSUE_ACTIONS = ['create', 'close', 'reopen'] as const;
export type IssueAction = (typeof ISSUE_ACTIONS)[number];

const tracker = z.enum(TRACKERS);

/** Who did something with an issue there, by the name that the tracker says, and when it was (ms there); `by` is `null` where it does not say who. */
export const viaSchema = z.object({ tracker, by: z.string().nullable(), at: z.number() });

/** The issues of action items. `number`: which item; `key`: what people call its issue, `acme/shop#12` or `OPS-12`. */
export const TRACKING_DATA = {
  /** `id`: the issue's own, which never changes; `at`: as old as the tracker says that it is, ms; `found`: a try before had created it. */
  'follow-up.exported': z.object({
    number: z.number(),
    tracker,
    id: z.string(),
    key: z.string(),
    url: z.string(),
    at: z.number(),
    found: z.literal(true).exactOptional(),
  }),
  /** The issue was closed, or opened again, as the item is. */
  'follow-up.synced': z.object({ number: z.number(), tracker, key: z.string(), done: z.boolean(), at: z.number() }),
  /** `waits`: it is tried again. */
  'follow-up.unsynced': z.object({ number: z.number(), tracker, action: z.enum(ISSUE_ACTIONS), error: z.string(), waits: z.boolean() }),
  /** The issue is not there any more. */
  'follow-up.lost': z.object({ number: z.number(), tracker, key: z.string() }),
} as const;
