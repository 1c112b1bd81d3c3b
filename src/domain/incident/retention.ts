import { activeBypasses, beingPlanned, pendingPlans } from '../change/plans.ts';
import { canvasRuns } from './canvas.ts';
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
 * Runs that wait for what may never come; each stands for those, too, whose ids begin with its own and a colon. An item that is done, with its issue where it
 * has one, begins another run when somebody opens it again, and a canvas begins one with the next record.
 */
export function runsAtRest(incident: Incident): readonly string[] {
  const items = numbered(incident).flatMap(({ number, done, issue }) =>
    done !== undefined && (issue === undefined || issue.done || issue.lost === true) ? [itemRunId(incident.id, number)] : [],
  );
  return [...items, canvasRuns(incident.id)];
}
