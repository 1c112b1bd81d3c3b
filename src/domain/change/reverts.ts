import type { Plan } from './plans.ts';

/** When the revert is due, counted from the intent: the emergency began when the change did (AU-47). */
export function revertDue(plan: Pick<Plan, 'revert' | 'intendedAt'>): number | null {
  return plan.revert === null || plan.intendedAt === null ? null : plan.intendedAt + plan.revert.afterMs;
}

/** Whether it is looked after the revert whether the cause is still there: not for what failed, of which everybody knows it, nor for what was kept. */
export function isLookedAfter({ reason }: Pick<Plan, 'reason'>, kept: number): boolean {
  return reason === null && kept === 0;
}

/** How late a revert is at this moment, ms: only one that its time has begun is late, never one that a person asked for before. */
export function revertLate({ revertAt, revertAsked }: Pick<Plan, 'revertAt' | 'revertAsked'>, at: number): number {
  if (revertAt === null || (revertAsked !== undefined && revertAsked.earlyMs !== 0)) return 0;
  return Math.max(0, at - revertAt);
}
