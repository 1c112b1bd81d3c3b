import { activeBypasses, beingPlanned, pendingPlans } from '../change/plans.ts';
import type { Incident } from './incident.ts';
import { timersOf } from './timers.ts';

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
