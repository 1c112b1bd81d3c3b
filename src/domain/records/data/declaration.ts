import { z } from 'zod';
import { drillTermsSchema } from '../../drill/drill.ts';
import { incidentPolicySchema } from '../../policy.ts';
import { SEVERITIES } from '../../severity.ts';

/** That there is an incident, and that somebody is on it. */
export const DECLARATION_DATA = {
  'incident.declared': z.object({
    title: z.string(),
    service: z.string(),
    service_name: z.string(),
    type: z.string().nullable(),
    component: z.string().nullable(),
    severity: z.enum(SEVERITIES),
    impact: z.string().nullable(),
    customer_impact: z.boolean(),
    private: z.boolean(),
    detected: z.string().nullable(),
    status_page: z.string().nullable(),
    policy: incidentPolicySchema,
    /** Incidents of the service that were open already; missing where there was none, and in older records. */
    beside: z.array(z.string()).readonly().exactOptional(),
    /** It is a drill; missing for every other incident. */
    drill: drillTermsSchema.exactOptional(),
  }),
  'incident.acknowledged': z.object({ within_ms: z.number(), target_ms: z.number() }),
  'acknowledgement.reminded': z.object({ due: z.string() }),
  /** An alert belongs to this incident: who declared it from the alert, or Tocsin, because the service's incident was open already. */
  'alert.attached': z.object({ alert: z.string(), title: z.string(), source: z.string(), summary: z.string() }),
} as const;
