import { z } from 'zod';
import type { WorkflowRun } from '../../ports/github.ts';
import { integer, iso, minutesSince } from './fields.ts';

/** A run as outputs have it. Texts are empty and numbers 0 where there is none. */
export const runFields = {
  found: z.boolean(),
  run: integer,
  attempt: integer,
  name: z.string(),
  status: z.string(),
  conclusion: z.string(),
  completed: z.boolean(),
  passed: z.boolean(),
  failed: z.boolean(),
  event: z.string(),
  branch: z.string(),
  sha: z.string(),
  message: z.string(),
  actor: z.string(),
  triggered_by: z.string(),
  url: z.string(),
  created: z.string(),
  age_minutes: integer,
};

const FAILED = new Set(['failure', 'timed_out', 'startup_failure', 'cancelled', 'action_required', 'stale']);

export function isFailed({ status, conclusion }: Pick<WorkflowRun, 'status' | 'conclusion'>): boolean {
  return status === 'completed' && FAILED.has(conclusion ?? '');
}

export function isPassed({ status, conclusion }: Pick<WorkflowRun, 'status' | 'conclusion'>): boolean {
  return status === 'completed' && conclusion === 'success';
}

export function runOutput(run: WorkflowRun | null, now: number) {
  return {
    found: run !== null,
    run: run?.id ?? 0,
    attempt: run?.attempt ?? 0,
    name: run?.name ?? '',
    status: run?.status ?? '',
    conclusion: run?.conclusion ?? '',
    completed: run?.status === 'completed',
    passed: run !== null && isPassed(run),
    failed: run !== null && isFailed(run),
    event: run?.event ?? '',
    branch: run?.branch ?? '',
    sha: run?.sha ?? '',
    message: run?.message ?? '',
    actor: run?.actor ?? '',
    triggered_by: run?.triggeredBy ?? '',
    url: run?.url ?? '',
    created: iso(run?.created ?? 0),
    age_minutes: run === null ? 0 : minutesSince(run.created, now),
  };
}

/** `failure`, `in progress` */
export function sayState({ status, conclusion }: Pick<WorkflowRun, 'status' | 'conclusion'>): string {
  return (status === 'completed' ? (conclusion ?? 'completed') : status).replaceAll('_', ' ');
}
