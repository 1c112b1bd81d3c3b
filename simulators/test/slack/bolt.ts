import { App, type AppOptions, type Logger, LogLevel } from '@slack/bolt';
import type { SlackSimulator } from '../../slack/index.ts';
import { bot } from './seed.ts';

/** Tests break connections on purpose; nobody needs to read of it. */
export const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  setLevel: () => undefined,
  getLevel: () => LogLevel.ERROR,
  setName: () => undefined,
};

/** A Bolt app in Socket Mode against a simulator; reconnects quickly. */
export function socketApp(simulator: { apiUrl: string }, options: Partial<AppOptions> = {}): App {
  return new App({
    token: bot.token,
    appToken: bot.appToken,
    socketMode: true,
    logger: silent,
    clientOptions: { slackApiUrl: simulator.apiUrl, retryConfig: { retries: 2, factor: 1, minTimeout: 10 } },
    ...options,
  });
}

/** Starts an app and gives it back when the workspace sees its connection. */
export async function started(app: App, simulator: SlackSimulator): Promise<App> {
  await app.start();
  await simulator.waitFor(() => simulator.connections() > 0);
  return app;
}
