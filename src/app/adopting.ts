import { beingPlanned, pendingPlans } from '../domain/change/plans.ts';
import { isOpen } from '../domain/incident/incident.ts';
import type { Incidents } from '../engine/incidents/incidents.ts';
import { revertRunId, type ServiceChannels } from '../engine/incidents/notice.ts';
import { REVERT } from '../engine/run-kinds.ts';
import type { Store } from '../ports/store.ts';
import { adoptMessages } from './restoring.ts';

/**
 * After a restore: takes up again every incident that is open or of which something is pending or in force, whatever its status. A bypass
 * outlives the incident that it was for. Returns how many.
 */
export async function adoptIncidents(
  store: Store,
  incidents: Pick<Incidents, 'find'>,
  channelsOf: (service: string) => ServiceChannels,
): Promise<number> {
  let adopted = 0;
  const ids = new Set<string>();
  // One after the other, and ids alone: there may be very many.
  for (const filter of [{ open: true }, { pending: true }] as const)
    for (const { id } of await store.incidents({ ...filter, drills: true })) ids.add(id);
  for (const id of ids) {
    const incident = await incidents.find(id);
    if (incident === null || !(isOpen(incident) || pendingPlans(incident).length > 0 || beingPlanned(incident).length > 0)) continue;
    await adoptMessages(store, [incident], channelsOf);
    adopted += 1;
  }
  return adopted;
}

/** At every start: what is in force has the run that reverts it. One that is there already is left as it is. */
export async function ensureReverts(store: Store, incidents: Pick<Incidents, 'find'>): Promise<void> {
  for (const { id } of await store.incidents({ closed: false, pending: true, drills: true })) {
    const incident = await incidents.find(id);
    const inForce = incident === null ? [] : pendingPlans(incident).filter(({ status }) => status === 'applied');
    if (inForce.length === 0) continue;
    await store.transaction(async (tx) => {
      for (const plan of inForce) await tx.startRun({ id: revertRunId(plan.id), ...REVERT.with({ incident: id, plan: plan.id }) });
    });
  }
}
