import type { WebClient } from '@slack/web-api';
import type { Assignee, LookUp, Service } from '../../../commands/command.ts';
import type { ServiceConfig } from '../../config/schema.ts';
import type { IncidentRecord } from '../../domain/incident/events.ts';
import type { AlertBook } from '../../engine/alerts/alerts.ts';
import type { Incidents } from '../../engine/incidents/incidents.ts';
import type { Store } from '../../ports/store.ts';
import { placeOfCard } from '../card-place.ts';
import type { People } from '../people.ts';
import type { SeenIncidents } from './seen-incidents.ts';

export interface LookUpDeps {
  readonly client: WebClient;
  readonly store: Store;
  readonly incidents: Incidents;
  readonly alerts: AlertBook;
  readonly people: People;
  readonly services: readonly Service[];
  readonly runbooks: LookUp['runbooks'];
  readonly serviceConfig: (id: string) => ServiceConfig | null;
  readonly assignee: (user: string, service: string) => Promise<Assignee>;
}

/** What a command of this person's may look up. */
export function lookUpOf(deps: LookUpDeps, { visible, visibleOnes }: SeenIncidents, user: string): LookUp {
  const { client, store, incidents, alerts, people, services } = deps;
  return {
    services,
    incident: async (id) => visible(await incidents.find(id), user, null),
    openIncidents: () => visibleOnes(store.incidents({ open: true }), user),
    unclosedIncidents: () => visibleOnes(store.incidents({ closed: false }), user),
    records: async (id) => (await store.records(id)) as IncidentRecord[],
    alert: (id) => alerts.find(id),
    openAlerts: () => alerts.open(),
    alertCard: (id) => placeOfCard(client, store, id),
    personIn: (service) => people.person(user, deps.serviceConfig(service)),
    assignee: deps.assignee,
    runbooks: deps.runbooks,
  };
}
