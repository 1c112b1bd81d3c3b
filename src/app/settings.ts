import { type Config, keyFileOf } from '../config/load.ts';
import type { ConfigFile, ServiceConfig } from '../config/schema.ts';
import { secretsOf } from '../config/secrets.ts';
import { TocsinError } from '../domain/errors.ts';
import { sayWho } from '../domain/mentions.ts';
import type { Who } from '../domain/policy.ts';
import type { ServiceChannels } from '../engine/incidents/notice.ts';
import { own } from '../lib/own.ts';
import { whoHolds } from '../slack/receive/approvers.ts';
import type { DatabaseTarget } from '../store/database.ts';
import { databaseTargetOf } from './database-target.ts';
import { channelsOf } from './services.ts';

/** The configuration as the parts need it. */
export interface Settings {
  readonly slackToken: string;
  readonly keyFile: string;
  readonly database: DatabaseTarget;
  readonly secrets: readonly string[];
  /** Where anchors are published, and where operators are told of what is wrong. */
  readonly anchorChannel: string;
  readonly channels: (service: string) => ServiceChannels;
  readonly service: (id: string) => ServiceConfig | null;
  readonly responders: (service: string) => readonly Who[];
  /** Mentions of who holds a role in every service. */
  readonly holders: (role: string) => string;
  /** Hosts of Slack's response URLs, with the one that stands in for Slack. */
  readonly responseOrigins: readonly string[];
}

/** @throws TocsinError `slack-not-configured`, `config-invalid` */
export function resolveSettings(config: Config): Settings {
  const { environment, file } = config;
  const { SLACK_BOT_TOKEN: slackToken, SLACK_API_URL: apiUrl } = environment;
  if (slackToken === undefined) {
    throw new TocsinError(
      'slack-not-configured',
      'Set SLACK_BOT_TOKEN: docs/how-to/create-the-slack-app.md. Without any Slack, `npm start` opens a local workspace.',
    );
  }
  const service = (id: string) => own(file.services, id) ?? null;
  return {
    slackToken,
    keyFile: keyFileOf(environment),
    database: databaseTargetOf(environment),
    secrets: secretsOf(config),
    anchorChannel: anchorChannelOf(file),
    channels: channelsOf(file),
    service,
    responders: (id) => service(id)?.responders ?? [],
    holders: (role) => whoHolds(file.roles, role, []).map(sayWho).join(' '),
    responseOrigins: ['https://hooks.slack.com', ...(apiUrl === undefined ? [] : [new URL(apiUrl).origin])],
  };
}

/** As configured, or where the first service's incidents are. */
function anchorChannelOf(file: ConfigFile): string {
  const channel = file.anchor_channel ?? Object.values(file.services)[0]?.channels.incidents;
  if (channel === undefined) throw new TocsinError('config-invalid', 'The configuration names no service.');
  return channel;
}
