import type { WebClient } from '@slack/web-api';
import type { Logger } from 'pino';
import type { Metrics } from '../ops/metrics.ts';
import type { Bus } from '../ports/queue.ts';
import { createClient } from '../slack/client.ts';
import { createGate } from '../slack/gate.ts';
import { createLink, watchLink } from '../slack/link.ts';

export interface SlackClient {
  readonly client: WebClient;
  /** Why Slack cannot be talked to; `null` while it can. */
  readonly down: ReturnType<typeof watchLink>;
  /** Heeds the limits that Slack shows the other replicas, and tells them of those that it shows this one. */
  shareLimits(bus: Bus): void;
}

/** What is published of a limit: for how long (ms) nothing like it goes, and what it is about. */
const LIMIT = /^slack-limit:(\d{1,7}):(\S{1,200})$/;

/** Slack's Web API, and whether it can be talked to: said in the log when that changes, and by a metric. */
export function openSlackClient(
  token: string,
  apiUrl: string | undefined,
  { metrics, logger, postsPerMinute }: { metrics: Metrics; logger: Logger; postsPerMinute?: number | undefined },
): SlackClient {
  const link = createLink({
    onFailure: (reason) => metrics.slackFailures.inc({ reason }),
    onChange(reason) {
      if (reason === null) logger.warn('Slack can be talked to again');
      else logger.error({ reason }, 'Slack cannot be talked to: what was to be said waits and is tried again');
    },
  });
  metrics.gauge('tocsin_slack_down', 'Whether Slack cannot be talked to: 0 or 1.', () => (link.reason() === null ? 0 : 1));
  const gate = createGate(undefined, postsPerMinute);
  let others: Bus | null = null;
  const client = createClient(token, apiUrl, {
    link,
    gate,
    onLimited: (limit, ms) => others?.publish(`slack-limit:${Math.ceil(ms)}:${limit}`),
  });
  return {
    client,
    down: watchLink(link, () => client.auth.test()),
    shareLimits(bus) {
      others = bus;
      bus.subscribe((topic) => {
        const [, ms, limit] = LIMIT.exec(topic) ?? [];
        if (limit !== undefined) gate.closed(limit, Number(ms));
      });
    },
  };
}
