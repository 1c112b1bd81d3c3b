import type { WebClient } from '@slack/web-api';
import type { Logger } from 'pino';
import { COMMANDS } from '../../commands/registry.ts';
import type { Config } from '../config/load.ts';
import type { AlertBook } from '../engine/alerts/alerts.ts';
import type { DrillBook } from '../engine/drills/book.ts';
import type { Incidents } from '../engine/incidents/incidents.ts';
import { INBOX } from '../engine/queues.ts';
import type { RotaBook } from '../engine/rota/rotas.ts';
import type { Metrics } from '../ops/metrics.ts';
import { connectSlack, type SlackConnection } from '../slack/receive/app.ts';
import { assigneeLookUp } from '../slack/receive/assignee.ts';
import { createDispatch } from '../slack/receive/dispatch.ts';
import { inboxWriter } from '../store/inbox.ts';
import { keepEncrypted } from './inbox-cipher.ts';
import type { WhoIsWho } from './people.ts';
import type { Rejections } from './rejections.ts';
import type { Runbooks } from './runbooks.ts';
import { servicesOf } from './services.ts';
import type { Settings } from './settings.ts';
import type { Storage } from './storage.ts';
import { VIEWS } from './views.ts';

export interface ReceivingDeps {
  readonly client: WebClient;
  readonly config: Config;
  readonly settings: Settings;
  readonly storage: Storage;
  readonly incidents: Incidents;
  readonly alerts: AlertBook;
  readonly rotas: RotaBook;
  readonly who: WhoIsWho;
  readonly runbooks: Runbooks;
  readonly drills: DrillBook;
  readonly rejections: Rejections;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** What takes payloads from Slack: stored before they are acknowledged, then done, each once. */
export interface Receiving {
  /** Works on payloads that are stored. */
  work(): Promise<void>;
  readonly slack: SlackConnection;
}

export function openReceiving(deps: ReceivingDeps): Receiving {
  const { client, config, settings, storage, who, rejections, metrics, logger } = deps;
  const { environment, file } = config;
  const { database, queue, store, cipher, redactor } = storage;
  const { people, home } = who;
  const dispatch = createDispatch({
    client,
    views: VIEWS,
    store,
    incidents: deps.incidents,
    alerts: deps.alerts,
    rotas: deps.rotas,
    people,
    commands: COMMANDS,
    services: servicesOf(file),
    evidence: storage.evidence.location,
    runbooks: deps.runbooks.catalogue,
    drills: deps.drills,
    serviceConfig: settings.service,
    assignee: assigneeLookUp({ client, people, serviceConfig: settings.service, holders: settings.holders }),
    redact: (text) => redactor.redactText(text).value,
    logger,
    onOutcome: (command, outcome) => metrics.commands.inc({ command, outcome }),
  });
  const slack = connectSlack(
    {
      botToken: settings.slackToken,
      appToken: environment.SLACK_APP_TOKEN ?? null,
      signingSecret: environment.SLACK_SIGNING_SECRET ?? null,
      port: environment.PORT ?? 3_000,
      host: environment.TOCSIN_SLACK_HOST,
      apiUrl: environment.SLACK_API_URL,
      onRejected: (reason) => rejections.count(reason),
      logger,
    },
    {
      keep: keepEncrypted(inboxWriter(database, queue, INBOX), cipher),
      isFull: database.isFull,
      commands: COMMANDS,
      home,
      logger,
      onRejected: (reason) => rejections.count(reason),
      onStored: (fresh) => metrics.payloads.inc({ delivery: fresh ? 'first' : 'again' }),
    },
  );
  return { slack, work: () => queue.work(INBOX.does(({ id }) => dispatch(id))) };
}
