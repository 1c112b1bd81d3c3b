import type { PageFacts, WrittenPage } from '../../domain/incident/pagerduty.ts';
import type { PagerDuty, PagerDutyTerms } from '../../ports/pagerduty.ts';
import type { Store } from '../../ports/store.ts';
import type { Incidents } from '../incidents/incidents.ts';

export interface PagerDutyDeps {
  readonly store: Store;
  readonly incidents: Incidents;
  /** The key of a service, as it is configured now. */
  readonly termsOf: (service: string) => PagerDutyTerms | null;
  readonly pagerduty: PagerDuty;
  /** What tells this installation from others that use the same PagerDuty. */
  readonly installation: () => Promise<string>;
  readonly write: (facts: PageFacts) => WrittenPage;
  /** Where people meet, in a browser: the incident’s room, or the service’s channel until there is one. */
  readonly roomOf: (facts: PageFacts['incident']) => string;
}
