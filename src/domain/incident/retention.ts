import { activeBypasses, beingPlanned, pendingPlans } from '../change/plans.ts';
import { numbered } from './follow-ups.ts';
import type { Incident } from './incident.ts';
import { timersOf } from './timers.ts';
import { itemRunId } from './tracking.ts';

/** Since when nothing of an incident is left to do, ms: it is closed, nothing is in force, and no action item is open. `null` while something is. */
export function restsSince(incident: Incident): number | null {
  if (incident.status !== 'closed') return null;
  const isBusy =
    pendingPlans(incident).length > 0 ||
    beingPlanned(incident).length > 0 ||
    activeBypasses(incident).length > 0 ||
    incident.followUps.some(({ done }) => done === undefined) ||
    timersOf(incident).length > 0;
  return isBusy ? null : incident.milestones.closed;
}

/**
 * Runs of action items that wait for somebody to open a done item again, which may be never: the item is done, and so is its issue, where it has one.
 * Without its run, the item begins another when it is opened again.
 */
export function itemRunsAtRest(incident: Incident): readonly string[] {
  return numbered(incident).flatMap(({ number, done, issue }) =>
    done !== undefined && (issue === undefined || issue.done || issue.lost === true) ? [itemRunId(incident.id, number)] : [],
  );
}
