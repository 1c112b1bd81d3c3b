import { LogLevel, WebClient, type WebClientOptions } from '@slack/web-api';

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

export function createClient(token: string, apiUrl: string | undefined): WebClient {
  return new WebClient(token, clientOptions(apiUrl));
}
