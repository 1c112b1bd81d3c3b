import { z } from 'zod';

const texts = z.array(z.string()).readonly();
const textByName = z.record(z.string(), z.string()).readonly();

/** What a runbook looked at, and what that means. */
export const DIAGNOSIS_DATA = {
  /** `unfilled`: why arguments that an alert fills are left at their defaults. */
  'diagnosis.requested': z.object({
    run: z.string(),
    runbook: z.string(),
    title: z.string(),
    arguments: textByName.exactOptional(),
    unfilled: texts.exactOptional(),
  }),
  /** `files`: what its artifacts are, the last ones in this order. */
  'diagnosis.step': z.object({
    run: z.string(),
    runbook: z.string(),
    step: z.string(),
    uses: z.string(),
    summary: z.string(),
    ms: z.number(),
    files: texts.exactOptional(),
  }),
  'diagnosis.finished': z.object({
    run: z.string(),
    runbook: z.string(),
    revision: z.string(),
    /** `exact`: parts of `says` that people copy; missing where there are none, and in older records. */
    findings: z.array(z.object({ says: z.string(), exact: texts.exactOptional(), suggests: texts })).readonly(),
    failed: texts,
    /** What stands in the forms of its remedies to begin with, by remedy and argument. */
    fills: z.record(z.string(), textByName).readonly().exactOptional(),
    /** What has to be granted so that all of it can be read; missing where nothing has. */
    needs: texts.exactOptional(),
    /** The alert that it was made for before there was this incident, when it had looked, and the runbook's title; missing in older records. */
    alert: z.string().exactOptional(),
    as_of: z.string().exactOptional(),
    title: z.string().exactOptional(),
  }),
} as const;
