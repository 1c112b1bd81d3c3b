import type { Incidents } from '../engine/incidents/incidents.ts';
import type { PastIncident } from '../ports/action.ts';

/** How many incidents of a service are compared. */
const COMPARED = 50;

/** A service's newest incidents, for diagnoses to compare with. Private ones are nobody's business. */
export function pastIncidents(incidents: Pick<Incidents, 'list'>): (service: string) => Promise<readonly PastIncident[]> {
  return async (service) => {
    const found = await incidents.list({ service, limit: COMPARED });
    return found
      .filter((one) => !one.private)
      .map(({ id, title, severity, status, milestones, diagnoses }) => ({
        id,
        title,
        severity,
        status,
        declaredAt: milestones.declared,
        diagnoses: Object.values(diagnoses).map(({ runbook, arguments: given = {} }) => ({ runbook, arguments: given })),
      }));
  };
}
