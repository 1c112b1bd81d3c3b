import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { awsEndpoint } from '../adapters/aws/credentials.ts';
import { type Config, policyOf } from '../config/load.ts';
import { mailOf } from '../config/mail.ts';
import { readBack } from '../domain/json.ts';
import type { Severity } from '../domain/severity.ts';
import { type AlertBook, createAlerts } from '../engine/alerts/alerts.ts';
import type { ServiceTerms } from '../engine/alerts/declaring.ts';
import { type FiringTerms, firedBy } from '../engine/alerts/firing.ts';
import { type MatchedService, matchSignal, topicsOf } from '../engine/alerts/matching.ts';
import { alertRuns } from '../engine/alerts/runs.ts';
import { startSchedules } from '../engine/alerts/scheduling.ts';
import { type Matched, type Signal, signalsSchema } from '../engine/alerts/signal.ts';
import type { Incidents } from '../engine/incidents/incidents.ts';
import { SIGNAL, WEBHOOK } from '../engine/queues.ts';
import type { RotaBook } from '../engine/rota/rotas.ts';
import type { RunbookDeps } from '../engine/runbooks/deps.ts';
import type { FileCipher } from '../evidence/cipher.ts';
import type { Metrics } from '../ops/metrics.ts';
import type { ChainRecord } from '../ports/evidence.ts';
import type { GitHub } from '../ports/github.ts';
import type { Run } from '../ports/runs.ts';
import type { InboxEntry, Store, StoreTx } from '../ports/store.ts';
import type { Database } from '../store/database.ts';
import { inboxWriter } from '../store/inbox.ts';
import type { StoreQueue } from '../store/queue.ts';
import { signalOf as githubSignal, type WorkflowRunEvent } from '../webhooks/github.ts';
import { issueNewsSchema } from '../webhooks/github-issue.ts';
import { POISONED, type Poisoned } from '../webhooks/guard-trip-message.ts';
import { GITHUB_ISSUE, githubRoute, snsRoute } from '../webhooks/routes.ts';
import { type IntakeServer, type Route, startIntake, type TurnedAway } from '../webhooks/server.ts';
import { confirmSubscription, type SnsMessage, snsVerifier } from '../webhooks/sns.ts';
import { signalOf as snsSignal } from '../webhooks/sns-signal.ts';
import { keepEncrypted } from './inbox-cipher.ts';
import { installationOf } from './installation.ts';
import { configuredTopics, type Kafka, tellPoisoned, wireKafka } from './kafka.ts';
import { fetchMissed } from './missed-deliveries.ts';
import { ownPages, tellAnswer } from './own-pages.ts';
import { firingOf, labelledRoutes, webhookRoutes } from './webhook-routes.ts';

export interface AlertsWiring {
  readonly config: Config;
  readonly store: Store;
  readonly chain: ChainRecord;
  readonly incidents: Incidents;
  readonly rotas: Pick<RotaBook, 'inTx'>;
}

/** The alerts that go on, with the configured channels and people. */
export function openAlerts({ config: { file }, store, chain, incidents, rotas }: AlertsWiring): AlertBook {
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
      const { after: _after, ...who } = step;
      return [who];
    },
    rotasIn: (tx) => rotas.inTx(tx),
  });
}

export interface IntakeWiring extends Omit<AlertsWiring, 'rotas'> {
  readonly alerts: AlertBook;
  readonly runbooks: RunbookDeps;
  readonly database: Database;
  readonly queue: StoreQueue;
  /** Webhooks are stored encrypted. */
  readonly cipher: FileCipher;
  readonly onRefused: (why: TurnedAway | 'unreadable-message') => void;
  readonly metrics: Metrics;
  /** Where operators are told of what is wrong. */
  readonly channel: string;
  readonly logger: Logger;
}

export interface Intake {
  readonly runs: readonly Run[];
  /** Starts the looks at regular times, and works on what was stored. */
  work(): Promise<void>;
  /** Listens for webhooks; `null` where the configuration asks for none. */
  listen(): Promise<IntakeServer | null>;
  /** What reads Kafka's topics; `null` where the configuration names none. */
  readonly kafka: Kafka | null;
}

/** From a webhook to an alert: verified, stored, matched with a runbook's trigger, fired (ADR 11). */
export function wireIntake(deps: IntakeWiring): Intake {
  const { config, store, alerts, runbooks, database, queue, logger } = deps;
  const { file, environment } = config;
  const services: readonly MatchedService[] = Object.entries(file.services).map(([id, { targets }]) => ({ id, targets }));
  const standIn = awsEndpoint(environment, 'SNS');
  const senders = webhookRoutes(config);
  const installation = installationOf(store);
  const keepTold = keepEncrypted(inboxWriter(database, queue, WEBHOOK), deps.cipher);
  const keepSignals = keepEncrypted(inboxWriter(database, queue, SIGNAL), deps.cipher);
  const keep: typeof keepTold = (entry) => (entry.kind === 'signals' ? keepSignals : keepTold)(entry);
  const respondMs = (service: string, severity: Severity) => file.services[service]?.respond_within[severity] ?? 60 * 60_000;

  const terms: FiringTerms = { runbookOf: (id) => runbooks.catalogue.get(id), ofService: (id) => firingOf(file, id), respondMs };

  function termsOf(id: string): ServiceTerms | null {
    const service = file.services[id];
    return service === undefined
      ? null
      : { serviceName: service.name, statusPage: service.status_page ?? null, policy: policyOf(service, mailOf(file, id)) };
  }

  function githubOf(service: string, repository: string, signal: AbortSignal): GitHub {
    return runbooks.context({ service, incident: null, signal }).github(repository);
  }

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
    if (entry.kind === POISONED) {
      await store.transaction(async (tx) => {
        if ((await tx.takeInbox(id)) === null) return;
        await tellPoisoned(tx, deps.channel, readBack<Poisoned>(entry.payload));
        await tx.finishInbox(id, { outcome: 'unreadable', name: entry.kind });
      });
      return;
    }
    if (entry.kind === GITHUB_ISSUE) {
      const { incident, ...data } = issueNewsSchema.parse(entry.payload);
      await store.transaction(async (tx) => {
        if ((await tx.takeInbox(id)) === null) return;
        // Whoever may open an issue may write any mark into it: what names no incident leaves nothing behind.
        const change = (await tx.head(incident)) === null ? null : await deps.incidents.tell(tx, incident, { type: 'issue-seen', data });
        await tx.finishInbox(id, { outcome: (change?.records.length ?? 0) === 0 ? 'ignored' : 'done', name: entry.kind });
      });
      return;
    }
    const { own, others } = await ownPages(deps.incidents, installation, signalsIn(entry));
    const found = others.flatMap((signal) => matchSignal(signal, services, runbooks.catalogue.byTrigger()) ?? []);
    await store.transaction(async (tx) => {
      if ((await tx.takeInbox(id)) === null) return;
      for (const answer of own) await tellAnswer(tx, deps.incidents, answer);
      for (const matched of found) await apply(tx, matched);
      await tx.finishInbox(id, { outcome: found.length + own.length === 0 ? 'ignored' : 'done', name: entry.kind });
    });
    logger.info({ source: entry.kind, outcome: found[0]?.kind ?? 'ignored', ...(found.length > 1 ? { alerts: found.length } : {}) }, 'webhook');
  }

  async function apply(tx: StoreTx, matched: Matched): Promise<void> {
    const { key, at = null } = matched;
    if (matched.kind === 'recover') {
      await alerts.recover(tx, key, matched.summary, at);
      return;
    }
    await alerts.fire(tx, firedBy(matched, terms), at, matched.goesOn);
  }

  return {
    kafka: wireKafka({ ...deps, open: () => configuredTopics(config), keep, onPoisoned: () => deps.onRefused('unreadable-message') }),
    runs: alertRuns({ runbooks, alerts, incidents: deps.incidents, respondMs, termsOf }),
    async work() {
      await store.transaction(async (tx) =>
        startSchedules(
          tx,
          runbooks.catalogue.list().filter(({ service }) => file.services[service] !== undefined),
          await tx.now(),
        ),
      );
      await queue.work(WEBHOOK.does(({ id }) => take(id)));
      await queue.work(SIGNAL.does(({ id }) => take(id)));
    },
    async listen() {
      const { TOCSIN_INTAKE_PORT: port, TOCSIN_INTAKE_HOST: host, GITHUB_WEBHOOK_SECRET: secret } = environment;
      if (port === undefined) return null;
      const now = () => store.now();
      const routes: Record<string, Route> = {
        '/sns': snsRoute({ verifier: snsVerifier(standIn), topics: () => topicsOf(services), now }),
        ...labelledRoutes(senders, now),
      };
      if (secret !== undefined) routes['/github'] = githubRoute({ secret, now });
      const server = await startIntake({
        port,
        host,
        routes,
        async keep({ key, of, payload }) {
          await keep({ id: randomUUID(), key, kind: of, payload });
        },
        trustedProxies: file.webhooks.trusted_proxies,
        onRefused: sayRefusals(deps),
        onError: (err) => logger.warn({ err }, 'a webhook could not be taken; its sender tries again'),
      });
      // Only once its webhooks are taken is there somebody to send them to again.
      const { public_url: publicUrl } = file.webhooks;
      const missed =
        secret === undefined || !hasGitHub(environment) ? null : fetchMissed({ services: file.services, open: githubOf, publicUrl, logger });
      return {
        port: server.port,
        async close() {
          missed?.stop();
          await server.close();
        },
      };
    },
  };
}

function hasGitHub({ GITHUB_TOKEN, GITHUB_APP_ID }: Config['environment']): boolean {
  return GITHUB_TOKEN !== undefined || GITHUB_APP_ID !== undefined;
}

/** How often (ms) one reason is logged: whoever sends nonsense does not fill the log. */
const SAID_EVERY = 60_000;

/** Counts what is turned away, and says now and then what is wrong with it and what to change. */
function sayRefusals({ onRefused, logger }: Pick<IntakeWiring, 'onRefused' | 'logger'>): (why: TurnedAway, says?: string) => void {
  const saidAt = new Map<string, number>();
  return (why, says) => {
    onRefused(why);
    if (says === undefined || performance.now() - (saidAt.get(why) ?? Number.NEGATIVE_INFINITY) < SAID_EVERY) return;
    saidAt.set(why, performance.now());
    logger.warn({ reason: why }, says);
  };
}

function signalsIn({ kind, payload }: InboxEntry): readonly Signal[] {
  if (kind === 'signals') return signalsSchema.parse(payload).signals;
  if (kind === 'github') return [githubSignal(readBack<WorkflowRunEvent>(payload))].filter((signal) => signal !== null);
  return kind === 'sns' ? [snsSignal(readBack<Extract<SnsMessage, { Type: 'Notification' }>>(payload))] : [];
}
