import { plural } from '../../lib/plural.ts';
import type { Incident } from '../incident/incident.ts';
import type { Plan, PlanStatus } from './plans.ts';

/** Where a plan stands of which all was done that it says. */
const DONE: ReadonlySet<PlanStatus> = new Set(['applied', 'kept', 'reverting', 'reverted']);

/**
 * The changes of an incident: plans of which something was done to production, whatever became of it. The one definition of what is counted and listed.
 * More time for a change is none, and one that failed before its first step neither.
 */
export function changesDone({ plans }: Pick<Incident, 'plans'>): readonly Plan[] {
  return Object.values(plans).filter(({ kind, status, applied }) => kind === 'change' && (DONE.has(status) || applied.length > 0));
}

/** `2 changes`, `no changes`. */
export function sayChangesDone(incident: Pick<Incident, 'plans'>): string {
  const count = changesDone(incident).length;
  return count === 0 ? 'no changes' : plural(count, 'change');
}

/** What became of a change, in words. */
export function sayBecame({ status, applied, steps, reverted }: Plan): string {
  switch (status) {
    case 'applying':
      return 'being applied';
    case 'reverting':
      return 'being reverted';
    case 'kept':
      return 'not reverted, by decision';
    case 'failed':
      return reverted.length >= applied.length ? 'failed and reverted' : `failed after ${applied.length} of ${plural(steps, 'step')}`;
    default:
      return status;
  }
}
