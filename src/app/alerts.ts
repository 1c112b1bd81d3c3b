import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { awsEndpoint } from '../adapters/aws/credentials.ts';
import type { Config } from '../config/load.ts';
import { readBack } from '../domain/json.ts';
import type { Severity } from '../domain/severity.ts';
import { type AlertBook, createAlerts } from '../engine/alerts/alerts.ts';
import { firedOf } from '../engine/alerts/firing.ts';
import { type MatchedService, matchSignal, topicsOf } from '../engine/alerts/matching.ts';
import { alertRuns } from '../engine/alerts/runs.ts';
import { startSchedules } from '../engine/alerts/scheduling.ts';
import type { Signal } from '../engine/alerts/signal.ts';
import type { Incidents } from '../engine/incidents/incidents.ts';
import { WEBHOOK } from '../engine/queues.ts';
import type { RunbookDeps } from '../engine/runbooks/deps.ts';
import type { FileCipher } from '../evidence/cipher.ts';
import type { ChainRecord } from '../ports/evidence.ts';
import type { Run } from '../ports/runs.ts';
import type { InboxEntry, Store } from '../ports/store.ts';
import type { Database } from '../store/database.ts';
import { inboxWriter } from '../store/inbox.ts';
import type { StoreQueue } from '../store/queue.ts';
import { signalOf as githubSignal, type WorkflowRunEvent } from '../webhooks/github.ts';
import { githubRoute, snsRoute } from '../webhooks/routes.ts';
import { type IntakeServer, type Route, startIntake, type TurnedAway } from '../webhooks/server.ts';
import { confirmSubscription, type SnsMessage, snsVerifier } from '../webhooks/sns.ts';
import { signalOf as snsSignal } from '../webhooks/sns-signal.ts';
import { keepEncrypted } from './inbox-cipher.ts';

export interface AlertsWiring {
  readonly config: Config;
  readonly store: Store;
  readonly chain: ChainRecord;
  readonly incidents: Incidents;
}

/** The alerts that go on, with the configured channels and people. */
export function openAlerts({ config: { file }, store, chain, incidents }: AlertsWiring): AlertBook {
  return createAlerts({
    store,
    chain,
    incidents,
    channelOf(service) {
      const { channels } = file.services[service] ?? Object.values(file.services)[0] ?? {};
      return channels?.alerts ?? channels?.incidents ?? '';
    },
    callees(service, level) {
      const { escalation = [], responders = [] } = file.services[service] ?? {};
      const step = escalation[Math.min(level, escalation.length - 1)];
      if (step === undefined) return responders;
      return ['user' in step ? { user: step.user } : { usergroup: step.usergroup }];
    },
  });
}

export interface IntakeWiring extends AlertsWiring {
  readonly alerts: AlertBook;
  readonly runbooks: RunbookDeps;
  readonly database: Database;
  readonly queue: StoreQueue;
  /** Webhooks are stored encrypted. */
  readonly cipher: FileCipher;
  readonly onRefused: (why: TurnedAway) => void;
  readonly logger: Logger;
}

export interface Intake {
  readonly runs: readonly Run[];
  /** Starts the looks at regular times, and works on what was stored. */
  work(): Promise<void>;
  /** Listens for webhooks; `null` where the configuration asks for none. */
  listen(): Promise<IntakeServer | null>;
}

/** From a webhook to an alert: verified, stored, matched with a runbook's trigger, fired (ADR 11). */
export function wireIntake(deps: IntakeWiring): Intake {
  const { config, store, alerts, runbooks, database, queue, logger } = deps;
  const { file, environment } = config;
  const services: readonly MatchedService[] = Object.entries(file.services).map(([id, { targets }]) => ({ id, targets }));
  const standIn = awsEndpoint(environment, 'SNS');
  const respondMs = (service: string, severity: Severity) => file.services[service]?.respond_within[severity] ?? 60 * 60_000;

  /** Works on one stored webhook: its alert and its outcome in one transaction. */
  async function take(id: string): Promise<void> {
    const entry = await store.inbox(id);
    if (entry === null || entry.outcome !== null) return;
    if (entry.kind === 'sns-subscription') {
      const message = readBack<Extract<SnsMessage, { Type: 'SubscriptionConfirmation' }>>(entry.payload);
      await confirmSubscription(message, standIn);
      logger.info({ topic: message.TopicArn }, 'the subscription to an SNS topic is confirmed');
      await store.transaction(async (tx) => {
        if ((await tx.takeInbox(id)) !== null) await tx.finishInbox(id, { outcome: 'done', name: entry.kind });
      });
      return;
    }
    const signal = signalIn(entry);
    const matched = signal === null ? null : matchSignal(signal, services, runbooks.catalogue.list());
    await store.transaction(async (tx) => {
      if ((await tx.takeInbox(id)) === null) return;
      if (matched?.kind === 'fire') {
        const { key, service, hit, told } = matched;
        const runbook = hit === null ? null : runbooks.catalogue.get(hit.runbook);
        const index = hit?.trigger ?? null;
        const trigger = index === null ? null : (runbook?.triggers[index] ?? null);
        const severity = file.services[service]?.severity.default ?? 'P2';
        await alerts.fire(tx, firedOf({ key, service, runbook, trigger, index, told, respondMs, severity }));
      } else if (matched !== null) await alerts.tell(tx, { type: 'recover', key: matched.key, summary: matched.summary });
      await tx.finishInbox(id, { outcome: matched === null ? 'ignored' : 'done', name: entry.kind });
    });
    logger.info({ source: entry.kind, outcome: matched?.kind ?? 'ignored' }, 'webhook');
  }

  return {
    runs: alertRuns({ runbooks, alerts, respondMs }),
    async work() {
      await store.transaction(async (tx) => startSchedules(tx, runbooks.catalogue.list(), await tx.now()));
      await queue.work(WEBHOOK.does(({ id }) => take(id)));
    },
    async listen() {
      const { TOCSIN_INTAKE_PORT: port, TOCSIN_INTAKE_HOST: host, GITHUB_WEBHOOK_SECRET: secret } = environment;
      if (port === undefined) return null;
      const now = () => store.now();
      const routes: Record<string, Route> = { '/sns': snsRoute({ verifier: snsVerifier(standIn), topics: () => topicsOf(services), now }) };
      if (secret !== undefined) routes['/github'] = githubRoute({ secret, now });
      const keep = keepEncrypted(inboxWriter(database, queue, WEBHOOK), deps.cipher);
      return startIntake({
        port,
        host,
        routes,
        async keep({ key, of, payload }) {
          await keep({ id: randomUUID(), key, kind: of, payload });
        },
        onRefused: deps.onRefused,
        onError: (err) => logger.warn({ err }, 'a webhook could not be taken; its sender tries again'),
      });
    },
  };
}

function signalIn({ kind, payload }: InboxEntry): Signal | null {
  if (kind === 'github') return githubSignal(readBack<WorkflowRunEvent>(payload));
  return kind === 'sns' ? snsSignal(readBack<Extract<SnsMessage, { Type: 'Notification' }>>(payload)) : null;
}
