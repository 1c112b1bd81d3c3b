import type { UpdateFields } from './events.ts';
import type { Incident } from './incident.ts';
import { sayUtc, toIso } from './time.ts';

export const NOT_KNOWN = 'Not yet known';

/** The update as the record alone tells it: every field of SK-70's template, nothing invented. */
export function draftUpdate(incident: Incident): UpdateFields {
  return {
    status: incident.status,
    severity: incident.severity,
    start_time: sayUtc(incident.milestones.declared),
    impact: incident.impact ?? NOT_KNOWN,
    current_situation: incident.situation ?? situationOf(incident),
    actions_taken: incident.actions.map((action) => `${toIso(action.at).slice(11, 16)} ${action.text}`),
    next_steps: incident.nextSteps ?? NOT_KNOWN,
    eta: incident.eta ?? NOT_KNOWN,
  };
}

/** How late the owed update is, in ms; 0 when it is not late. */
export function latenessOf(incident: Incident, now: number): number {
  const { dueAt } = incident.updates;
  return dueAt === null ? 0 : Math.max(0, now - dueAt);
}

function situationOf(incident: Incident): string {
  if (incident.status === 'identified') return 'The cause is identified; a fix is being worked on.';
  if (incident.status === 'monitoring') return 'A fix is in place; the result is being watched.';
  if (incident.milestones.acknowledged === null) return 'Nobody has acknowledged the incident yet.';
  return 'The cause is being looked for.';
}
