import { App, HTTPReceiver, LogLevel, type Receiver, type Logger as SlackLogger, SocketModeReceiver } from '@slack/bolt';
import type { Logger } from 'pino';
import { TocsinError } from '../domain/errors.ts';
import { clientOptions } from './client.ts';
import { guardReceiver } from './http-guard.ts';
import { durableReceiver, type IntakeDeps } from './intake.ts';

export interface SlackOptions {
  readonly botToken: string;
  readonly appToken: string | null;
  readonly signingSecret: string | null;
  /** With a signing secret: the port to listen on; 0 takes a free one. */
  readonly port: number;
  readonly apiUrl: string | undefined;
  /** Counts what HTTP delivery turns away before a payload is read. */
  readonly onRejected: (reason: 'bad-signature' | 'malformed') => void;
  readonly logger: Logger;
}

export interface SlackConnection {
  start(): Promise<void>;
  /** Takes no more payloads. What is stored is worked on all the same. */
  stop(): Promise<void>;
  /** The port of HTTP delivery, once started; `null` in Socket Mode. */
  port(): number | null;
}

/**
 * Connects to Slack: by Socket Mode when there is an app-level token, else by signed HTTP requests.
 * @throws TocsinError `slack-not-configured` when there is neither.
 */
export function connectSlack(options: SlackOptions, intake: IntakeDeps): SlackConnection {
  const logger = slackLogger(options.logger);
  const { inner, port } = receiverOf(options, logger);
  // The token is checked before (auth.test), and each payload's workspace by the intake.
  const app = new App({
    receiver: durableReceiver(inner, intake),
    token: options.botToken,
    tokenVerificationEnabled: false,
    botId: 'B0',
    botUserId: 'U0',
    logger,
    clientOptions: clientOptions(options.apiUrl),
  });
  return {
    async start() {
      await app.start(options.port);
    },
    async stop() {
      await app.stop();
    },
    port,
  };
}

function receiverOf(options: SlackOptions, logger: SlackLogger): { inner: Receiver; port: () => number | null } {
  if (options.appToken !== null) {
    const inner = new SocketModeReceiver({
      appToken: options.appToken,
      logger,
      installerOptions: { clientOptions: { ...clientOptions(options.apiUrl), retryConfig: { forever: true, maxTimeout: 10_000 } } },
    });
    return { inner, port: () => null };
  }
  if (options.signingSecret === null) {
    throw new TocsinError(
      'slack-not-configured',
      'Set SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET and PORT (HTTP): docs/how-to/create-the-slack-app.md.',
    );
  }
  const inner = guardReceiver(
    new HTTPReceiver({ signingSecret: options.signingSecret, logger, port: options.port, endpoints: ['/slack/events'] }),
    options.onRejected,
  );
  return { inner, port: () => portOf(inner) };
}

/** Bolt keeps its server to itself, and a free port is known only to the server. */
function portOf(receiver: HTTPReceiver): number | null {
  const { server } = receiver as unknown as { server?: { address(): { port: number } | string | null } };
  const address = server?.address() ?? null;
  return typeof address === 'object' ? (address?.port ?? null) : null;
}

/** How Bolt's HTTPReceiver begins its line about a request that Slack did not sign. */
const UNVERIFIED = 'Failed to parse and verify';

/** Bolt's log in ours: its debug lines carry whole payloads, so they stay out. */
function slackLogger(logger: Logger): SlackLogger {
  const child = logger.child({ part: 'slack' });
  const say =
    (level: 'warn' | 'error') =>
    (...parts: unknown[]) => {
      const text = parts.map(String).join(' ');
      // Counted and summed up elsewhere: a flood of forged requests must not fill the log.
      child[text.startsWith(UNVERIFIED) ? 'debug' : level](text);
    };
  return {
    debug: () => undefined,
    info: () => undefined,
    warn: say('warn'),
    error: say('error'),
    setLevel: () => undefined,
    getLevel: () => LogLevel.WARN,
    setName: () => undefined,
  };
}
