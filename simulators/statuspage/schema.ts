import { z } from 'zod';

export const COMPONENT_STATES = ['operational', 'under_maintenance', 'degraded_performance', 'partial_outage', 'major_outage'] as const;
export type ComponentState = (typeof COMPONENT_STATES)[number];

const STATUSES = ['investigating', 'identified', 'monitoring', 'resolved'] as const;

/** Top-level values must be objects. */
const metadata = z.record(z.string(), z.record(z.string(), z.unknown(), 'must be an object'));

/** What may be asked of an incident that is no maintenance. What is not here the simulator does not know, and refuses. */
const fields = z.strictObject({
  name: z.string().min(1, "can't be blank").max(255, 'is too long (maximum is 255 characters)'),
  status: z.enum(STATUSES).default('investigating'),
  body: z.string().max(25_000, 'is too long').default(''),
  component_ids: z.array(z.string()).default([]),
  components: z.record(z.string(), z.enum(COMPONENT_STATES)).default({}),
  deliver_notifications: z.boolean().default(true),
  metadata: metadata.default({}),
});

export const createSchema = z.strictObject({ incident: fields });
export const updateSchema = z.strictObject({
  incident: z.strictObject({
    name: fields.shape.name.optional(),
    status: z.enum(STATUSES).optional(),
    body: z.string().max(25_000, 'is too long').optional(),
    component_ids: z.array(z.string()).optional(),
    components: z.record(z.string(), z.enum(COMPONENT_STATES)).optional(),
    deliver_notifications: z.boolean().optional(),
    metadata: metadata.optional(),
  }),
});

export interface IncidentUpdate {
  readonly id: string;
  readonly incident_id: string;
  readonly status: string;
  readonly body: string;
  readonly created_at: string;
  readonly deliver_notifications: boolean;
}

export interface PageIncident {
  readonly id: string;
  readonly page_id: string;
  readonly shortlink: string;
  readonly created_at: string;
  name: string;
  status: string;
  updated_at: string;
  resolved_at: string | null;
  components: readonly { readonly id: string }[];
  metadata: Readonly<Record<string, unknown>>;
  /** Newest first. */
  incident_updates: readonly IncidentUpdate[];
}
