import { setTimeout as sleep } from 'node:timers/promises';
import { LogLevel, type WebAPICallResult, WebClient, type WebClientOptions } from '@slack/web-api';
import { failureOf } from './errors.ts';
import { type Gate, NotNow } from './gate.ts';
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

/** What watches over the calls of a client. */
interface Watch {
  /** Hears of every call whether Slack can be talked to. */
  readonly link: SlackLink;
  readonly gate: Gate;
  /** Told of each limit that Slack showed: nothing like it goes for `ms`. */
  readonly onLimited: (limit: string, ms: number) => void;
}

/** A client for the bot's token. */
export function createClient(token: string, apiUrl: string | undefined, watch?: Watch): WebClient {
  const options = clientOptions(apiUrl);
  return watch === undefined ? new WebClient(token, options) : new WatchedClient(token, options, watch);
}

/** All of the SDK's methods go through `apiCall`. What Slack has no room for is not asked again before there is. */
class WatchedClient extends WebClient {
  readonly #watch: Watch;

  constructor(token: string, options: WebClientOptions, watch: Watch) {
    super(token, options);
    this.#watch = watch;
  }

  override async apiCall(method: string, options?: Record<string, unknown>): Promise<WebAPICallResult> {
    const { link, gate, onLimited } = this.#watch;
    const wait = gate.take(method, options, PATIENCE);
    if (wait > PATIENCE) throw new NotNow(method, wait);
    if (wait > 0) await sleep(wait);
    try {
      const result = await super.apiCall(method, options);
      link.up();
      return result;
    } catch (error) {
      const failure = failureOf(error);
      if (failure.kind === 'rate-limited') onLimited(gate.limited(method, options, failure.retryMs), failure.retryMs);
      if (failure.kind !== 'uncertain') link.up();
      else if (failure.link !== null) link.down(failure.link);
      throw error;
    }
  }
}
