import type { Logger } from 'pino';
import { issueOfItem } from '../../blocks/item-issue.ts';
import { openGitHub } from '../adapters/github/index.ts';
import { githubTracker } from '../adapters/github/tracker.ts';
import { jiraTracker } from '../adapters/jira/tracker.ts';
import { type ItemTerms, itemTermsOf } from '../config/items.ts';
import type { Config } from '../config/load.ts';
import { UserError } from '../domain/errors.ts';
import type { Incidents } from '../engine/incidents/incidents.ts';
import type { ServiceChannels } from '../engine/incidents/notice.ts';
import { itemsLookRun, type LookingDeps, startLooking } from '../engine/items/looking.ts';
import { itemRun } from '../engine/items/run.ts';
import type { Run } from '../ports/runs.ts';
import type { Store } from '../ports/store.ts';
import { type Tracker, TrackerError } from '../ports/tracker.ts';
import { slackLink } from './mail.ts';
import type { WhoIsWho } from './people.ts';

export interface TrackersWiring {
  readonly config: Config;
  readonly who: WhoIsWho;
  readonly store: Store;
  readonly incidents: Incidents;
  readonly channelsOf: (service: string) => ServiceChannels;
  readonly logger: Logger;
}

export interface Trackers {
  readonly runs: readonly Run[];
  /** Starts the looks at regular times. */
  work(): Promise<void>;
}

/** The issues of action items, with the trackers as they are configured. */
export function openTrackers({ config, who, store, incidents, channelsOf, logger }: TrackersWiring): Trackers {
  const linkTo = slackLink(who.home);
  const looking: LookingDeps = {
    store,
    incidents,
    trackers: () => trackersOf(config),
    every: config.file.trackers.look_every,
    onError: (err, place) => logger.warn({ err, place }, 'it could not be looked which issues have changed; it is looked again'),
    onOdd: (issues, place) => logger.warn({ issues, place }, 'these issues have a form that is not understood; the others are seen all the same'),
  };
  return {
    runs: [
      itemRun({
        store,
        incidents,
        kindOf: (service) => itemTermsOf(config, service)?.kind ?? null,
        trackerOf: (service) => trackerOf(config, service),
        write: issueOfItem,
        roomOf: ({ room, service }) => linkTo(room?.channel ?? channelsOf(service).incidents),
      }),
      itemsLookRun(looking),
    ],
    work: () => store.transaction((tx) => startLooking(tx, looking)),
  };
}

/** Where a service's items become issues. @throws TrackerError where it is nowhere, or cannot be used as it is configured */
export function trackerOf(config: Config, service: string): Tracker {
  const terms = itemTermsOf(config, service);
  if (terms === null) throw new TrackerError('refused', 'the service has no items in tocsin.yml any more');
  return openTracker(config, terms);
}

function openTracker({ environment }: Config, terms: ItemTerms): Tracker {
  if (terms.kind === 'github') {
    const { repository, assignees } = terms;
    return githubTracker({
      repository,
      assignees,
      open(name) {
        try {
          return openGitHub({ repository: name, environment, signal: new AbortController().signal });
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
          throw new TrackerError('refused', error.message.replace(/\.$/, ''), { cause: error });
        }
      },
    });
  }
  const { token, variable } = terms;
  if (token === null) throw new TrackerError('refused', `${variable} is not set. Set it to an API token of ${terms.email} and restart Tocsin`);
  return jiraTracker({ ...terms, token });
}

/** Every place where items become issues, once. */
function trackersOf(config: Config): readonly Tracker[] {
  const found = new Map<string, Tracker>();
  for (const service of Object.keys(config.file.services)) {
    const terms = itemTermsOf(config, service);
    if (terms === null || (terms.kind === 'jira' && terms.token === null)) continue;
    const tracker = openTracker(config, terms);
    found.set(tracker.place, tracker);
  }
  return [...found.values()];
}
