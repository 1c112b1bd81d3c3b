import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { App, HTTPReceiver, LogLevel, type Receiver, type Logger as SlackLogger, SocketModeReceiver } from '@slack/bolt';
import type { Logger } from 'pino';
import { TocsinError } from '../../domain/errors.ts';
import { closeDoor, DOOR_LIMITS, guardServer } from '../../lib/http-door.ts';
import { outbound } from '../../lib/outbound/outbound.ts';
import { clientOptions } from '../client.ts';
import { guardReceiver, SLACK_PATH } from './http-guard.ts';
import { durableReceiver, type IntakeDeps } from './intake.ts';

export interface SlackOptions {
  readonly botToken: string;
  readonly appToken: string | null;
  readonly signingSecret: string | null;
  /** With a signing secret: the port to listen on; 0 takes a free one. */
  readonly port: number;
  /** The address to listen on. */
  readonly host: string;
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
  const inner = receiverOf(options, logger);
  let server: Server | null = null;
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
      if (options.appToken !== null) {
        await app.start();
        return;
      }
      server = await app.start({ port: options.port, host: options.host }, DOOR_LIMITS);
      // Bolt's own listener would close the server when a connection could not be accepted.
      guardServer(server.removeAllListeners('error'), { onError: (err) => options.logger.error({ err }, 'Slack’s HTTP port') });
    },
    async stop() {
      if (server === null) await app.stop();
      else await closeDoor(server);
    },
    port: () => (server === null ? null : (server.address() as AddressInfo).port),
  };
}

function receiverOf(options: SlackOptions, logger: SlackLogger): Receiver {
  if (options.appToken !== null) {
    const dispatcher = outbound()?.dispatcher;
    return new SocketModeReceiver({
      appToken: options.appToken,
      logger,
      ...(dispatcher === undefined ? {} : { dispatcher }),
      installerOptions: { clientOptions: { ...clientOptions(options.apiUrl), retryConfig: { forever: true, maxTimeout: 10_000 } } },
    });
  }
  if (options.signingSecret === null) {
    throw new TocsinError(
      'slack-not-configured',
      'Set SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET and PORT (HTTP): docs/how-to/create-the-slack-app.md.',
    );
  }
  return guardReceiver(new HTTPReceiver({ signingSecret: options.signingSecret, logger, endpoints: [SLACK_PATH] }), {
    onRejected: options.onRejected,
    onError: (err) => options.logger.error({ err }, 'a request of Slack’s could not be taken'),
  });
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
