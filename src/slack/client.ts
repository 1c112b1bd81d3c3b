import { setTimeout as sleep } from 'node:timers/promises';
import { LogLevel, type WebAPICallResult, WebClient, type WebClientOptions } from '@slack/web-api';
import { failureOf } from './errors.ts';
import { createGate, NotNow } from './gate.ts';
import type { SlackLink } from './link.ts';

/** How long (ms) a call waits here for its turn; whoever has to wait longer comes back then. A form's trigger lives 3 s. */
const PATIENCE = 1_500;

/** A client as Tocsin wants it: 429 and doubt come back to the caller, who knows whether a repeat is harmless. */
export function clientOptions(apiUrl: string | undefined): WebClientOptions {
  return {
    ...(apiUrl === undefined ? {} : { slackApiUrl: apiUrl.endsWith('/') ? apiUrl : `${apiUrl}/` }),
    rejectRateLimitedCalls: true,
    retryConfig: { retries: 0 },
    timeout: 10_000,
    logLevel: LogLevel.ERROR,
  };
}

/** For whoever only looks, and nobody else tries again for: a kept connection may have been closed by the other side meanwhile. */
export function patientOptions(apiUrl: string | undefined): WebClientOptions {
  return { ...clientOptions(apiUrl), retryConfig: { retries: 2, minTimeout: 200 } };
}

/** A client for the bot's token. With a `link`, every call says there whether Slack can be talked to. */
export function createClient(token: string, apiUrl: string | undefined, link?: SlackLink): WebClient {
  const options = clientOptions(apiUrl);
  return link === undefined ? new WebClient(token, options) : new WatchedClient(token, options, link);
}

/** All of the SDK's methods go through `apiCall`. What Slack has no room for is not asked again before there is. */
class WatchedClient extends WebClient {
  readonly #link: SlackLink;
  readonly #gate = createGate();

  constructor(token: string, options: WebClientOptions, link: SlackLink) {
    super(token, options);
    this.#link = link;
  }

  override async apiCall(method: string, options?: Record<string, unknown>): Promise<WebAPICallResult> {
    const wait = this.#gate.take(method, options, PATIENCE);
    if (wait > PATIENCE) throw new NotNow(method, wait);
    if (wait > 0) await sleep(wait);
    try {
      const result = await super.apiCall(method, options);
      this.#link.up();
      return result;
    } catch (error) {
      const failure = failureOf(error);
      if (failure.kind === 'rate-limited') this.#gate.limited(method, options, failure.retryMs);
      if (failure.kind !== 'uncertain') this.#link.up();
      else if (failure.link !== null) this.#link.down(failure.link);
      throw error;
    }
  }
}
