import type { IssueFacts, WrittenIssue } from '../../domain/incident/tracking.ts';
import type { TrackerKind } from '../../domain/records/data/tracking.ts';
import type { Store } from '../../ports/store.ts';
import type { Tracker } from '../../ports/tracker.ts';
import type { Incidents } from '../incidents/incidents.ts';

export interface ItemsDeps {
  readonly store: Store;
  readonly incidents: Incidents;
  /** Where a service's items become issues, as it is configured now; `null` for nowhere. */
  readonly kindOf: (service: string) => TrackerKind | null;
  /** @throws TrackerError where it cannot be used as it is configured */
  readonly trackerOf: (service: string) => Tracker;
  readonly write: (facts: IssueFacts) => WrittenIssue;
  /** Where people meet, in a browser: the incident’s room, or the service’s channel until there is one. */
  readonly roomOf: (incident: IssueFacts['incident']) => string;
}
