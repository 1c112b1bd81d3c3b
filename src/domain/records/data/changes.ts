import { z } from 'zod';
import { checklistEntrySchema } from '../../policy.ts';
import { PRIORITIES } from './tracking.ts';

/** What was done to production, from the intent to the end. */
export const CHANGE_DATA = {
  'evidence.captured': z.object({
    plan: z.string(),
    phase: z.enum(['before', 'during', 'after']),
    step: z.string(),
    uses: z.string(),
    summary: z.string(),
  }),
  'change.intended': z.object({
    plan: z.string(),
    plan_hash: z.string(),
    approvers: z.array(z.object({ role: z.string(), user: z.string() })).readonly(),
    steps: z.array(z.string()).readonly(),
    /** What its runbook has to be done afterwards; missing where that is nothing, and in older records. */
    checklist: z.array(checklistEntrySchema).readonly().exactOptional(),
  }),
  'change.applied': z.object({ plan: z.string(), step: z.number(), uses: z.string(), summary: z.string() }),
  'change.failed': z.object({ plan: z.string(), step: z.number(), uses: z.string(), error: z.string() }),
  /** `unknown`: it could not be looked. */
  'change.verified': z.object({ plan: z.string(), passed: z.boolean(), summary: z.string(), unknown: z.boolean().exactOptional() }),
  /** `way_back`: nothing reverts by itself, and a person can put it back. */
  'remedy.applied': z.object({ plan: z.string(), revert_at: z.string().nullable(), way_back: z.boolean().exactOptional() }),
  /** `requester`: who has to be told, when it is not of their own doing; `title`: what was asked for, where no plan says it. */
  'remedy.failed': z.object({
    plan: z.string().nullable(),
    run: z.string(),
    reason: z.string(),
    applied: z.number(),
    requester: z.string().exactOptional(),
    title: z.string().exactOptional(),
  }),
  /** For the post-mortem. `due`: a day, `2026-12-10`, in the service's time zone; records of older releases have neither owner nor day nor priority. */
  'follow-up.added': z.object({
    text: z.string(),
    plan: z.string().nullable(),
    owner: z.string().exactOptional(),
    due: z.string().exactOptional(),
    priority: z.enum(PRIORITIES).exactOptional(),
  }),
} as const;
