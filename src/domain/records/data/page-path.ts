import { z } from 'zod';
import { SEVERITIES } from '../../severity.ts';

/**
 * What a page depends on: a line of who is called, a person, a channel, and the systems outside of Slack. `pagerduty` is the key that events go under,
 * `pagerduty-on-call` the service there and whom it
 * calls; `mail` is the mail server, `address` the address of a person. Stored.
 */
export const PATH_WAYS = ['line', 'person', 'channel', 'pagerduty', 'pagerduty-on-call', 'mail', 'address', 'status-page'] as const;
export type PathWay = (typeof PATH_WAYS)[number];

/** A way that did not work. `what`: which one, such as a person's id; `severities`: of which incidents it is a way. */
const failed = z.strictObject({ way: z.enum(PATH_WAYS), what: z.string(), error: z.string(), severities: z.array(z.enum(SEVERITIES)).readonly() });

/** A way that could not be looked at, so that nothing is known of it. `tried`: it was to be; otherwise the configuration asks for no look. */
const unseen = z.strictObject({ way: z.enum(PATH_WAYS), what: z.string(), error: z.string(), tried: z.boolean() });

/** The proof that a page arrives: records of `system`. `at`: when the on-call were asked, which names the week. */
export const PAGE_PATH_DATA = {
  /** Every way of a service was tried. `people`: how many can be written to; `ways`: what else works. */
  'page-path.tried': z.strictObject({
    service: z.string(),
    people: z.int().min(0),
    ways: z.array(z.strictObject({ way: z.enum(PATH_WAYS), what: z.string() })).readonly(),
    failed: z.array(failed).readonly(),
    /** Missing where everything was looked at. */
    unseen: z.array(unseen).readonly().exactOptional(),
  }),
  'page-path.asked': z.strictObject({ service: z.string(), at: z.string(), users: z.array(z.string()).readonly() }),
  'page-path.confirmed': z.strictObject({ service: z.string(), at: z.string(), user: z.string() }),
  /** These did not confirm in time. */
  'page-path.missed': z.strictObject({ service: z.string(), at: z.string(), users: z.array(z.string()).readonly() }),
} as const;
