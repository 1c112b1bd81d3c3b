import type { WebClient } from '@slack/web-api';
import type { Logger } from 'pino';
import type { Metrics } from '../ops/metrics.ts';
import { createClient } from '../slack/client.ts';
import { createLink, watchLink } from '../slack/link.ts';

export interface SlackClient {
  readonly client: WebClient;
  /** Why Slack cannot be talked to; `null` while it can. */
  readonly down: ReturnType<typeof watchLink>;
}

/** Slack's Web API, and whether it can be talked to: said in the log when that changes, and by a metric. */
export function openSlackClient(token: string, apiUrl: string | undefined, { metrics, logger }: { metrics: Metrics; logger: Logger }): SlackClient {
  const link = createLink({
    onFailure: (reason) => metrics.slackFailures.inc({ reason }),
    onChange(reason) {
      if (reason === null) logger.warn('Slack can be talked to again');
      else logger.error({ reason }, 'Slack cannot be talked to: what was to be said waits and is tried again');
    },
  });
  metrics.gauge('tocsin_slack_down', 'Whether Slack cannot be talked to: 0 or 1.', () => (link.reason() === null ? 0 : 1));
  const client = createClient(token, apiUrl, link);
  return { client, down: watchLink(link, () => client.auth.test()) };
}
