import type { WebClient } from '@slack/web-api';
import type { Logger } from 'pino';
import type { Incidents } from '../engine/incidents/incidents.ts';
import { hasOwnChannel } from '../engine/incidents/notice.ts';
import { EDIT, MESSAGE } from '../engine/queues.ts';
import type { Metrics } from '../ops/metrics.ts';
import { createPoster } from '../slack/deliver/poster.ts';
import type { WhoIsWho } from './people.ts';
import type { Settings } from './settings.ts';
import type { Storage } from './storage.ts';
import { VIEWS } from './views.ts';

export interface DeliveryDeps {
  readonly client: WebClient;
  readonly settings: Settings;
  readonly storage: Storage;
  readonly incidents: Incidents;
  readonly who: WhoIsWho;
  /** How many edits Slack takes; its published limit unless told. */
  readonly editsPerMinute: number | undefined;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** What brings messages to Slack, and keeps those that stand there up to date. */
export interface Delivery {
  /** Takes messages that wait. */
  work(): Promise<void>;
}

export function openDelivery({ client, settings, storage, incidents, who, editsPerMinute, metrics, logger }: DeliveryDeps): Delivery {
  const { store, queue, evidence } = storage;
  const { channels } = settings;
  const poster = createPoster({
    client,
    views: VIEWS,
    store,
    incidents,
    exposureOf: (channel) => who.workspace.exposure(channel),
    people: who.people,
    isThreadRoom: (incident, channel) => !hasOwnChannel(incident, channels(incident.service)) && channels(incident.service).incidents === channel,
    mayRespondTo: (url) => settings.responseOrigins.includes(new URL(url).origin),
    evidence: evidence.location,
    editsPerMinute,
    holders: settings.holders,
    callOf: (service) => settings.service(service)?.call ?? null,
    contactsOf: (service) => settings.service(service)?.contacts ?? [],
    onFailed(message, code) {
      metrics.messagesFailed.inc({ template: message.template });
      logger.error({ key: message.key, template: message.template, code }, 'Slack refused a message');
    },
  });
  return {
    async work() {
      await queue.work(MESSAGE.does(({ key }) => poster.send(key)));
      await queue.work(EDIT.does(({ stream }) => poster.edit(stream)));
    },
  };
}
