import type { Alert } from '../../domain/alert/alerts.ts';
import { type Incident, isOpen } from '../../domain/incident/incident.ts';
import { RetryLater } from '../../ports/queue.ts';
import type { Run } from '../../ports/runs.ts';
import type { StoreTx } from '../../ports/store.ts';
import type { Incidents } from '../incidents/incidents.ts';
import { INCIDENT_ALERTS } from '../run-kinds.ts';
import type { AlertBook } from './alerts.ts';

export interface BelongingDeps {
  readonly incidents: Pick<Incidents, 'find'>;
  readonly alerts: Pick<AlertBook, 'open' | 'attach' | 'follow' | 'place'>;
}

/**
 * Which alerts belong to an incident, whoever declared it and however: those of its service that count and are nobody's yet. They follow it into
 * the incident that it is merged into, and their cards say where it meets.
 */
export function belongingRun({ incidents, alerts }: BelongingDeps): Run {
  return INCIDENT_ALERTS.does(async (run, { incident: id }) => {
    await run.writeAfter(
      'belong',
      async () => {
        const incident = await found(id);
        const survivor = await survivorOf(incident);
        // Cards of alerts are for everybody: they stay with what everybody may know of.
        if (survivor.private && !incident.private) return { incident, its: [], survivor };
        const its = (await alerts.open()).filter((alert) => alert.incident === id || mayJoin(alert, incident));
        return { incident, its, survivor };
      },
      async (tx, { incident, its, survivor }) => {
        if (its.length === 0) return false;
        // The incident's stream first, as everybody does who locks that of the alerts as well.
        await tx.lockStream(survivor.id);
        for (const alert of its) await bring(tx, alert, incident, survivor.id);
        return true;
      },
    );
  });

  async function bring(tx: StoreTx, alert: Alert, incident: Incident, survivor: string): Promise<void> {
    if (alert.incident !== incident.id) await alerts.attach(tx, alert, incident.id, null);
    else if (survivor === incident.id) await alerts.place(tx, alert, incident);
    else await alerts.follow(tx, alert, incident.id, survivor);
  }

  async function found(id: string): Promise<Incident> {
    const incident = await incidents.find(id);
    if (incident === null) throw new RetryLater(1_000);
    return incident;
  }

  /** What was merged into one that was merged itself is where that went. */
  async function survivorOf(incident: Incident): Promise<Incident> {
    return incident.mergedInto === null ? incident : survivorOf(await found(incident.mergedInto));
  }
}

/** The card of an alert is for everybody, so it says nothing of a private incident. */
function mayJoin(alert: Alert, incident: Incident): boolean {
  return alert.incident === null && alert.status === 'firing' && alert.service === incident.service && isOpen(incident) && !incident.private;
}
