import { z } from 'zod';
import { RISKS } from '../../change/plans.ts';
import { noticeSchema } from './notices.ts';

const texts = z.array(z.string()).readonly();

/** One step of a plan as its record shows it; the whole plan is the record's artifact. */
const plannedStepSchema = z
  .object({
    uses: z.string(),
    summary: z.string(),
    /** Clipped for the record; `null` when no plan is possible, and then `no_plan` says why. */
    diff: z.string().nullable(),
    no_plan: z.string().nullable(),
    /** The diff lists what is acted on, such as files or processes: a card shows the first lines, its thread the list. Missing in older records. */
    listed: z.literal(true).exactOptional(),
    /** What an approver has to know comes first: a card shows the first ones. */
    notes: texts,
    /** The expressions that stand as `⟨expression⟩` in its words, since they have no value yet; missing where there are none, and in older records. */
    late: texts.exactOptional(),
    /** SHA-256 of the snapshot that a revert needs; the snapshot itself is kept encrypted in the database. */
    snapshot_sha256: z.string().nullable(),
    /** Why the step cannot be reverted, and what to do instead; missing for what can be, for what only waits, and in older records. */
    one_way: z.string().exactOptional(),
  })
  .readonly();
export type PlannedStep = z.output<typeof plannedStepSchema>;

/** What somebody asked for, and the plan that was made of it. */
export const PLAN_DATA = {
  'remedy.requested': z.object({
    run: z.string(),
    runbook: z.string(),
    revision: z.string(),
    remedy: z.string(),
    title: z.string(),
    risk: z.enum(RISKS),
    needs: texts,
    roles: texts,
    arguments: z.record(z.string(), z.string()).readonly(),
    reason: z.string(),
    /** All that it does is propose something, such as a pull request; missing for what changes something, and in older records. */
    proposes: z.literal(true).exactOptional(),
  }),
  'plan.made': z.object({
    plan: z.string(),
    run: z.string(),
    kind: z.enum(['change', 'extend', 'notice']),
    of: z.string().nullable(),
    runbook: z.string(),
    revision: z.string(),
    remedy: z.string(),
    title: z.string(),
    risk: z.enum(RISKS),
    /** What is at stake, where the runbook says it. */
    stake: z.string().exactOptional(),
    plan_hash: z.string(),
    needs: texts,
    requester: z.string(),
    requester_roles: texts,
    expires: z.string(),
    steps: z.array(plannedStepSchema).readonly(),
    reason: z.string(),
    revert_after_ms: z.number().nullable(),
    revert_remind_ms: z.number().nullable(),
    /** What the plan before was voided for; `null` for a first plan. */
    replaces: z.string().nullable(),
    /** What customers read; missing in what is no notice. */
    notice: noticeSchema.exactOptional(),
  }),
  /** `final`: no other plan is made in its place. `would_have`: what a drill would have done, had it not been one; missing elsewhere. */
  'plan.voided': z.object({ plan: z.string(), reason: z.string(), final: z.boolean().exactOptional(), would_have: texts.exactOptional() }),
} as const;
