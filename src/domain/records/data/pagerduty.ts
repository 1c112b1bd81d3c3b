import { z } from 'zod';

/** What PagerDuty is told: page somebody, somebody is on it, it is over. */
export const PAGERDUTY_ACTIONS = ['trigger', 'acknowledge', 'resolve'] as const;
export type PagerDutyAction = (typeof PAGERDUTY_ACTIONS)[number];

/** Why it is told so. Stored. */
export const PAGERDUTY_CAUSES = ['declared', 'raised', 'reopened', 'escalated', 'unreached', 'asked', 'acknowledged', 'resolved', 'merged'] as const;
export type PagerDutyCause = (typeof PAGERDUTY_CAUSES)[number];

/** What people did there, as far as it says something of an incident here. */
export const PAGERDUTY_ANSWERS = ['acknowledged', 'unacknowledged', 'resolved'] as const;
export type PagerDutyAnswer = (typeof PAGERDUTY_ANSWERS)[number];

const action = z.enum(PAGERDUTY_ACTIONS);

/** Pages by PagerDuty. `nth`: which event of this incident; `key`: its dedup_key there; `digest`: SHA-256 of the event without its routing key. */
export const PAGERDUTY_DATA = {
  /** `episode`: the `nth` of the page that it belongs to. `reason`: in whose words, where somebody asked. */
  'pagerduty.due': z.object({
    action,
    cause: z.enum(PAGERDUTY_CAUSES),
    nth: z.number(),
    episode: z.number(),
    reason: z.string().exactOptional(),
  }),
  /** `late_ms`: missing where the first try succeeded. */
  'pagerduty.sent': z.object({ action, nth: z.number(), key: z.string(), digest: z.string(), late_ms: z.number().exactOptional() }),
  /** `waits`: it is tried again. */
  'pagerduty.failed': z.object({ action, nth: z.number(), key: z.string(), error: z.string(), waits: z.boolean() }),
  /** Nobody was paged before it was over, so there is nothing to tell. */
  'pagerduty.dropped': z.object({ action, nth: z.number() }),
  /** `by`: the name of a person as PagerDuty says it; `at`: when, by PagerDuty. */
  'pagerduty.answered': z.object({ what: z.enum(PAGERDUTY_ANSWERS), by: z.string(), at: z.string() }),
} as const;
