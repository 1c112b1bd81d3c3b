import { z } from 'zod';
import { SEVERITIES } from '../../severity.ts';

/** What told us: `schedule` is Tocsin's own regular look. */
export const ALERT_SOURCES = ['cloudwatch', 'sns', 'github', 'alertmanager', 'pagerduty', 'webhook', 'guard-trip', 'schedule'] as const;
export type AlertSource = (typeof ALERT_SOURCES)[number];

/** A link for people. */
const linkSchema = z.object({ title: z.string(), url: z.string() }).readonly();
export type Link = z.output<typeof linkSchema>;

/** What a sender says of an alert by name: `capsule_hash`, `tenant_id`. */
const labelsSchema = z.record(z.string(), z.string()).readonly();
export type Labels = z.output<typeof labelsSchema>;

/** What systems told us, and what became of it: records of `system`. */
export const ALERT_DATA = {
  'alert.opened': z.object({
    key: z.string(),
    service: z.string(),
    runbook: z.string().nullable(),
    trigger: z.number().nullable(),
    source: z.enum(ALERT_SOURCES),
    title: z.string(),
    summary: z.string(),
    component: z.string().nullable(),
    severity: z.enum(SEVERITIES),
    links: z.array(linkSchema).readonly(),
    watched_until: z.string().nullable(),
    due: z.string(),
    /** Missing where the sender says none, and in older records. */
    labels: labelsSchema.exactOptional(),
    /** A rule says that it opens an incident of this severity. */
    declare: z.enum(SEVERITIES).exactOptional(),
  }),
  /** `labels`: when they are others than before. */
  'alert.repeated': z.object({ alert: z.string(), count: z.number(), summary: z.string(), labels: labelsSchema.exactOptional() }),
  'alert.confirmed': z.object({ alert: z.string(), summary: z.string() }),
  'alert.dismissed': z.object({ alert: z.string(), summary: z.string() }),
  'alert.acknowledged': z.object({ alert: z.string(), within_ms: z.number() }),
  /** `room`: where the incident meets, as soon as that is known. `from`: the incident it belonged to, which was merged. */
  'alert.attached': z.object({ alert: z.string(), incident: z.string(), room: z.string().exactOptional(), from: z.string().exactOptional() }),
  'alert.investigated': z.object({ alert: z.string(), run: z.string() }),
  'alert.overdue': z.object({ alert: z.string(), late_ms: z.number() }),
  'alert.recovered': z.object({ alert: z.string(), summary: z.string() }),
} as const;
