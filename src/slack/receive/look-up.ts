import type { WebClient } from '@slack/web-api';
import type { HiddenBypass } from '../../../blocks/approvals.ts';
import type { Assignee, LookUp, Service } from '../../../commands/command.ts';
import type { ServiceConfig } from '../../config/schema.ts';
import { activeBypasses } from '../../domain/change/plans.ts';
import { TocsinError, UserError } from '../../domain/errors.ts';
import type { IncidentRecord } from '../../domain/incident/events.ts';
import type { Incident } from '../../domain/incident/incident.ts';
import type { AlertBook } from '../../engine/alerts/alerts.ts';
import type { DrillBook } from '../../engine/drills/book.ts';
import type { Incidents } from '../../engine/incidents/incidents.ts';
import type { RotaBook } from '../../engine/rota/rotas.ts';
import { fillsOutside } from '../../engine/runbooks/diagnose/shown-fills.ts';
import { EvidenceStoreError } from '../../ports/evidence.ts';
import type { IncidentFilter, Store } from '../../ports/store.ts';
import { placeOfCard } from '../card-place.ts';
import type { People } from '../people.ts';
import type { SeenIncidents } from './seen-incidents.ts';

export interface LookUpDeps {
  readonly client: WebClient;
  readonly store: Store;
  readonly incidents: Incidents;
  readonly alerts: AlertBook;
  readonly rotas: RotaBook;
  readonly people: People;
  readonly services: readonly Service[];
  /** Where the evidence store is. */
  readonly evidence: string;
  readonly runbooks: LookUp['runbooks'];
  readonly drills: DrillBook;
  readonly serviceConfig: (id: string) => ServiceConfig | null;
  readonly assignee: (user: string, service: string) => Promise<Assignee>;
}

/** Whatever is in force reverts by itself, so it is pending until then. */
const PENDING: IncidentFilter = { closed: false, pending: true };

/** What is said of a bypass to those who may not see its incident: safety is no secret. */
function bypassesOf(incident: Incident): readonly HiddenBypass[] {
  return activeBypasses(incident).map(({ status, revertAt, conflict }) => ({ service: incident.serviceName, status, revertAt, conflict }));
}

/** The records of an incident; those of one that was closed long ago are in the evidence store only. */
async function recordsOf({ store, evidence }: LookUpDeps, id: string): Promise<IncidentRecord[]> {
  try {
    return (await store.records(id)) as IncidentRecord[];
  } catch (cause) {
    if (!(cause instanceof EvidenceStoreError) && !(cause instanceof TocsinError && cause.code === 'archive-broken')) throw cause;
    throw new UserError(
      'archive-away',
      `The records of ${id} are in the evidence store ${evidence}, which cannot give them just now. Try again in a few minutes. Whoever runs Tocsin finds the reason in the log.`,
      { cause },
    );
  }
}

/** What a command of this person's may look up. */
export function lookUpOf(deps: LookUpDeps, { visible, visibleOnes, count, hiddenOnes }: SeenIncidents, user: string): LookUp {
  const { client, store, incidents, alerts, rotas, people, services } = deps;
  return {
    services,
    incident: async (id) => visible(await incidents.find(id), user, null),
    openIncidents: (limit, service) => visibleOnes({ open: true, limit, ...(service === undefined ? {} : { service }) }, user),
    gravestIncidents: (limit) => visibleOnes({ open: true, gravestFirst: true, limit }, user),
    countOpen: () => count({ open: true }, user),
    unclosedIncidents: () => visibleOnes({ closed: false }, user),
    pendingIncidents: () => visibleOnes(PENDING, user),
    newestIncidents: (limit) => visibleOnes({ limit }, user),
    hiddenBypasses: async () => (await hiddenOnes(PENDING, user)).flatMap(bypassesOf),
    records: (id) => recordsOf(deps, id),
    alert: (id) => alerts.find(id),
    openAlerts: () => alerts.open(),
    alertCard: (id) => placeOfCard(client, store, id),
    rotas: () => rotas.look(),
    fills: (diagnosis, runbook) => fillsOutside(store, diagnosis, runbook),
    personIn: (service) => people.person(user, deps.serviceConfig(service)),
    assignee: deps.assignee,
    drills: deps.drills,
    runbooks: deps.runbooks,
  };
}
