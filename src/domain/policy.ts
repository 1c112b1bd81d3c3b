import { z } from 'zod';
import { INCIDENT_TYPES } from './incident-type.ts';
import { NOTICE_PLACES } from './notice/places.ts';
import { SEVERITIES } from './severity.ts';

/** What Tocsin sees by itself: it is resolved and what was done is verified, that was posted, the status page says so, a pack was made, the cause or the component is named, the review is scheduled, the action items are issues. */
export const SEEN = ['resolved', 'announced', 'status-page', 'pack', 'cause', 'component', 'review', 'items'] as const;

/** Who is in line: one person or a group, by Slack id, or who is on call by a rota when they are called; `turn: next`: who comes after them. */
export const whoSchema = z.union([
  z.object({ user: z.string() }).readonly(),
  z.object({ usergroup: z.string() }).readonly(),
  z.object({ rota: z.string(), turn: z.literal('next').exactOptional() }).readonly(),
]);
export type Who = z.output<typeof whoSchema>;

/** One step of the line. `after_ms`: without an acknowledgement, this long after the step before it. `pagerduty`: PagerDuty pages its on-call too. */
const escalationStepSchema = z.object({ who: whoSchema, after_ms: z.number().nullable(), pagerduty: z.literal(true).exactOptional() }).readonly();

/** Who is called for one type of incident, one after the other. `after_ms`: each next one, without an acknowledgement, this long after the one before. */
const typeContactsSchema = z
  .object({
    primary: z.array(whoSchema).readonly(),
    secondary: z.array(whoSchema).readonly(),
    executive: z.array(whoSchema).readonly(),
    after_ms: z.number().nullable(),
  })
  .readonly();

/** Who is called by conditions. `unresolved_ms`: how long an incident may be open before L2 is called. */
const levelsSchema = z.object({ L2: z.array(whoSchema).readonly(), L3: z.array(whoSchema).readonly(), unresolved_ms: z.number() }).readonly();

/** How often updates are due, when the draft is offered before, and how long after until it is a breach; all ms (VQ-16). */
const updateCadenceSchema = z.object({ every_ms: z.number(), draft_before_ms: z.number(), grace_ms: z.number() }).readonly();

/** How long after the resolution a review is to be scheduled; `null`: none is asked for. */
const reviewWithinSchema = z.union([z.object({ ms: z.number() }).readonly(), z.object({ business_days: z.number() }).readonly()]).nullable();
export type ReviewWithin = z.output<typeof reviewWithinSchema>;

/**
 * How customers hear of an incident. `name`: what they call the service; `first_ms`, `every_ms`: when the first notice of a grave incident is owed, and each
 * further one; `places`: where notices go by themselves.
 */
const noticeTermsSchema = z
  .object({
    name: z.string(),
    subject: z.string(),
    contact: z.string().exactOptional(),
    first_ms: z.number(),
    every_ms: z.number(),
    approval: z.boolean(),
    places: z.array(z.enum(NOTICE_PLACES)).readonly(),
  })
  .readonly();

/** What of the record shows that an item of a checklist is done. `remedies`: any of these, applied. */
export const seenBySchema = z
  .union([z.object({ what: z.enum(SEEN) }), z.object({ what: z.literal('remedies'), remedies: z.array(z.string()).readonly() })])
  .readonly();

/** An item of a checklist. What only people can tell has no `seen`. */
export const checklistEntrySchema = z.object({ text: z.string(), seen: seenBySchema.exactOptional() }).readonly();
export type ChecklistEntry = z.output<typeof checklistEntrySchema>;

const checklistItemSchema = z.object({ id: z.string(), text: z.string(), seen: seenBySchema.exactOptional() }).readonly();

/**
 * What of the configuration an incident lives by. It is written into the declaration, so that a replay needs no
 * configuration and a later change of the file does not rewrite the past.
 */
export const incidentPolicySchema = z
  .object({
    respond_within_ms: z.record(z.enum(SEVERITIES), z.number()).readonly(),
    updates: z.record(z.enum(SEVERITIES), updateCadenceSchema).readonly(),
    responders: z.array(whoSchema).readonly(),
    escalation: z.array(escalationStepSchema).readonly(),
    /** Missing where the service has none, and in older records. */
    by_type: z.partialRecord(z.enum(INCIDENT_TYPES), typeContactsSchema).readonly().exactOptional(),
    levels: levelsSchema.exactOptional(),
    /** What customer impact raises the severity to at least (VQ-07); `null` when the service does not say. */
    customer_impact_severity: z.enum(SEVERITIES).nullable(),
    checklist: z.array(checklistItemSchema).readonly(),
    time_zone: z.string(),
    /** When the stakeholders hear by mail that it lasts long, and whether some hear of some types only; missing where nobody gets mail, and in older records. */
    mail: z
      .object({ after_ms: z.number(), by_type: z.literal(true).exactOptional() })
      .readonly()
      .exactOptional(),
    /** At which severities PagerDuty pages at once, and whether of private incidents too; missing where the service has none, and in older records. */
    pagerduty: z
      .object({ severities: z.array(z.enum(SEVERITIES)).readonly(), private: z.literal(true).exactOptional() })
      .readonly()
      .exactOptional(),
    /** That action items become issues, and whether of private incidents too; missing where the service has no tracker, and in older records. */
    items: z
      .object({ private: z.literal(true).exactOptional() })
      .readonly()
      .exactOptional(),
    /** Missing where the service says nothing of customers, and in older records. */
    notices: noticeTermsSchema.exactOptional(),
    /** Missing in older records, whose incidents owe no review. */
    review_within: z.record(z.enum(SEVERITIES), reviewWithinSchema).readonly().exactOptional(),
  })
  .readonly();
export type IncidentPolicy = z.output<typeof incidentPolicySchema>;
