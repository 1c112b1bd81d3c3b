import type { Alert } from '../../domain/alert/alerts.ts';
import type { Declaration } from '../../domain/incident/commands.ts';
import type { Incident } from '../../domain/incident/incident.ts';
import { RetryLater } from '../../ports/queue.ts';
import type { StoreTx } from '../../ports/store.ts';
import type { Incidents } from '../incidents/incidents.ts';
import type { RunbookDeps } from '../runbooks/deps.ts';
import type { AlertBook } from './alerts.ts';
import { argumentsOf } from './arguments.ts';

/** How soon (ms) it is looked again when another alert has got an incident meanwhile. */
const LOOK_AGAIN = 50;

/** What an incident of a service begins with, beside what its alert says; `null` for a service that is no longer configured. */
export type ServiceTerms = Pick<Declaration, 'serviceName' | 'statusPage' | 'policy'>;

export interface DeclaringDeps {
  readonly runbooks: RunbookDeps;
  readonly alerts: AlertBook;
  readonly incidents: Pick<Incidents, 'declare' | 'tell'>;
  readonly termsOf: (service: string) => ServiceTerms | null;
}

/** Where an alert belongs: an incident of its service that is open already, or `null` for one that a rule may open. */
export interface AlertPlace {
  readonly alert: Alert;
  readonly incident: string | null;
  /** What the service's alerts belonged to when it was looked. */
  readonly known: readonly string[];
}

/** An alert of a service with an open incident belongs to that: the newest that everybody may see, as its card is for everybody. `null` when it has its place, or nothing is to be done. */
export async function placeFor({ runbooks: { incidents }, alerts }: DeclaringDeps, id: string): Promise<AlertPlace | null> {
  const known = (await alerts.open()).flatMap(({ incident }) => incident ?? []);
  const alert = await alerts.find(id);
  if (alert === null || alert.incident !== null) return null;
  const [incident] = await incidents.list({ open: true, private: false, service: alert.service, limit: 1 });
  if (incident !== undefined) return { alert, incident: incident.id, known };
  return alert.declare === undefined ? null : { alert, incident: null, known };
}

/**
 * Opens the incident that a rule asks for, with the alert and its diagnosis: what somebody has asked for on the card already is brought in and
 * not run again.
 */
export async function declareByRule(deps: DeclaringDeps, tx: StoreTx, { alert, known }: AlertPlace): Promise<void> {
  const { alerts, incidents, runbooks } = deps;
  const terms = deps.termsOf(alert.service);
  if (terms === null || alert.declare === undefined) return;
  const { incident } = await incidents.declare(tx, {
    type: 'declare',
    title: alert.title,
    service: alert.service,
    severity: alert.declare,
    component: alert.component,
    detected: alert.openedAt,
    ...terms,
  });
  await alerts.attach(tx, alert, incident.id, null);
  const now = await alerts.inTx(tx);
  // Two alerts at once open one incident: who comes second looks again, and finds it.
  const others = Object.values(now).filter(({ id, service }) => id !== alert.id && service === alert.service);
  const mine = now[alert.id];
  if (mine?.incident !== incident.id || others.some((other) => other.incident !== null && !known.includes(other.incident)))
    throw new RetryLater(LOOK_AGAIN);
  const runbook = alert.runbook === null ? null : runbooks.catalogue.get(alert.runbook);
  if (runbook === null || mine.investigation !== null) return;
  await incidents.tell(tx, incident.id, diagnosisOf(mine, runbook, incident));
}

function diagnosisOf(alert: Alert, runbook: NonNullable<ReturnType<RunbookDeps['catalogue']['get']>>, { id }: Incident) {
  const { given, unfilled } = argumentsOf(alert, runbook);
  const run = `${id}:${alert.id}:diagnosis`;
  return { type: 'request-diagnosis', run, runbook: runbook.id, title: runbook.title, arguments: given, unfilled } as const;
}
