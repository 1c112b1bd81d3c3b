import { z } from 'zod';
import { INCIDENT_TYPES, isIncidentType } from '../domain/incident-type.ts';
import { meant } from '../lib/yaml.ts';
import { duration, usergroupId, userId } from './values.ts';

export const who = z.union([z.strictObject({ user: userId }), z.strictObject({ usergroup: usergroupId })], {
  error: 'expected { user: U... } or { usergroup: S... }',
});
/** `pagerduty`: PagerDuty pages its on-call in the same step. */
const step = { after: duration.optional(), pagerduty: z.boolean().optional() } as const;

export const escalationStep = z.union([z.strictObject({ user: userId, ...step }), z.strictObject({ usergroup: usergroupId, ...step })], {
  error: 'expected { user: U... } or { usergroup: S... }, with after: 15m where it climbs by time',
});

const people = z.array(who).min(1, 'expected at least one person or group').max(10);
/** Who is called for a type of incident: each step may be several people and groups. */
const typeContacts = z.strictObject({
  primary: people,
  secondary: people.optional(),
  executive: people.optional(),
  /** Each next step, without an acknowledgement, this long after the one before. */
  after: duration.optional(),
});
export const incidentType = z.string().refine(isIncidentType, {
  error: ({ input }) => `is not a type of incident. ${meant(String(input), INCIDENT_TYPES)}Types are ${INCIDENT_TYPES.join(', ')}`,
});

export const contact = z
  .strictObject({
    name: z.string().min(1).max(60),
    phone: z
      .string({ error: 'expected a phone number in quotes, such as "112"' })
      .regex(/^\+?[\d ()/.-]{3,30}$/, 'expected a phone number such as +49 30 1234567')
      .optional(),
    email: z.email('expected an address such as oncall@example.com').optional(),
    for: z.string().min(1).max(120),
  })
  .refine(({ phone, email }) => phone !== undefined || email !== undefined, 'expected a phone number or an email address');

export const byType = z.record(incidentType, typeContacts);

export const levels = z.strictObject({
  L2: people.optional(),
  L3: people.optional(),
  /** An incident that is open for longer goes to L2. */
  unresolved_after: duration.default(30 * 60_000),
});
