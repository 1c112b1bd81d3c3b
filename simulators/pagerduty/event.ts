import { z } from 'zod';

const text = (name: string, max: number) =>
  z
    .string({ error: `'${name}' is missing or blank` })
    .trim()
    .min(1, `'${name}' is missing or blank`)
    .max(max, `Length of '${name}' is incorrect (should be at most ${max} characters)`);
const address = z.url({ protocol: /^https?$/ });

const links = z.array(z.strictObject({ href: address, text: z.string().optional() })).default([]);

const payload = z.strictObject({
  summary: text('payload.summary', 1_024),
  source: text('payload.source', 1_024),
  severity: z.enum(['critical', 'error', 'warning', 'info'], {
    error: "'payload.severity' is invalid (must be one of the following: 'critical', 'warning', 'error' or 'info')",
  }),
  timestamp: z.iso.datetime({ offset: true }).optional(),
  component: z.string().optional(),
  group: z.string().optional(),
  class: z.string().optional(),
  custom_details: z.record(z.string(), z.unknown()).optional(),
});

const routingKey = text('routing_key', 1_024)
  .refine((key) => key.length === 32, "Length of 'routing_key' is incorrect (should be 32 characters)")
  .refine((key) => /^[A-Za-z0-9]*$/.test(key), "'routing_key' cannot contain non-alphanumeric characters.");

const common = { routing_key: routingKey, images: z.array(z.unknown()).optional() };

/** An event as the Events API v2 takes it. What it does not know is refused here, where the real one passes it over: nobody sends what is not read. */
export const eventSchema = z.discriminatedUnion(
  'event_action',
  [
    z.strictObject({
      ...common,
      event_action: z.literal('trigger'),
      dedup_key: text('dedup_key', 255).optional(),
      client: z.string().optional(),
      client_url: address.optional(),
      links,
      payload,
    }),
    z.strictObject({ ...common, event_action: z.literal('acknowledge'), dedup_key: text('dedup_key', 255) }),
    z.strictObject({ ...common, event_action: z.literal('resolve'), dedup_key: text('dedup_key', 255) }),
  ],
  { error: "'event_action' is missing or invalid (must be one of the following: 'trigger', 'acknowledge' or 'resolve')" },
);
export type SentEvent = z.output<typeof eventSchema>;

/** More bytes of one event are refused. */
export const MAX_EVENT = 512 * 1024;

/** What is said of an event that is not taken, as PagerDuty says it. */
export function refusal(errors: readonly string[]): object {
  return { status: 'invalid event', message: 'Event object is invalid', errors };
}
