import { pageByPagerDuty } from '../../blocks/page-event.ts';
import { pagerDutyEvents } from '../adapters/pagerduty/events.ts';
import type { Config } from '../config/load.ts';
import { pagerDutyOf } from '../config/pagerduty.ts';
import type { Incidents } from '../engine/incidents/incidents.ts';
import type { ServiceChannels } from '../engine/incidents/notice.ts';
import { pagerDutyRun } from '../engine/pagerduty/run.ts';
import type { Run } from '../ports/runs.ts';
import type { Store } from '../ports/store.ts';
import { installationOf } from './installation.ts';
import { slackLink } from './mail.ts';
import type { WhoIsWho } from './people.ts';

export interface PagerDutyWiring {
  readonly config: Config;
  readonly who: WhoIsWho;
  readonly store: Store;
  readonly incidents: Incidents;
  readonly channelsOf: (service: string) => ServiceChannels;
}

/** The run that pages by PagerDuty, with the keys as they are configured. */
export function pagerDutyPages({ config, who, store, incidents, channelsOf }: PagerDutyWiring): Run {
  const linkTo = slackLink(who.home);
  return pagerDutyRun({
    store,
    incidents,
    termsOf: (service) => pagerDutyOf(config, service),
    installation: installationOf(store),
    pagerduty: pagerDutyEvents(config.environment.PAGERDUTY_EVENTS_URL),
    write: pageByPagerDuty,
    roomOf: ({ room, service }) => linkTo(room?.channel ?? channelsOf(service).incidents),
  });
}
