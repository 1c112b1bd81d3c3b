import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { COMMANDS } from '../../commands/registry.ts';
import { type Config, keyFileOf } from '../config/load.ts';
import type { ConfigFile } from '../config/schema.ts';
import { secretsOf } from '../config/secrets.ts';
import { TocsinError } from '../domain/errors.ts';
import type { TimerName } from '../domain/incident/commands.ts';
import { sayWho } from '../domain/incident/describe.ts';
import { ENGINE_QUEUES } from '../durable/jobs.ts';
import { defineRuns, startRuns } from '../durable/runs.ts';
import { startTimers } from '../durable/timers.ts';
import { createIncidents, type Incidents, QUEUES } from '../engine/incidents/incidents.ts';
import { hasOwnChannel } from '../engine/incidents/notices.ts';
import { reachRuns } from '../engine/reach/runs.ts';
import { surveyService } from '../engine/reach/survey.ts';
import { redactedChain } from '../evidence/chain.ts';
import { openFileCipher, openMacKey } from '../evidence/cipher.ts';
import { LOG_STREAM, SYSTEM_STREAM } from '../evidence/layout.ts';
import { createRedactor } from '../evidence/redaction/redact.ts';
import { inBackground } from '../lib/background.ts';
import { own } from '../lib/own.ts';
import { controlSocket, startControl } from '../ops/control.ts';
import { missingParts, slackNotes } from '../ops/health.ts';
import { createMetrics, type Metrics } from '../ops/metrics.ts';
import { type OpsServer, startOpsServer } from '../ops/server.ts';
import type { ReportUnexpected } from '../ops/survival.ts';
import type { QueueSpec, Store } from '../ports/index.ts';
import { createClient } from '../slack/client.ts';
import { pinRun } from '../slack/deliver/pinning.ts';
import { createPoster } from '../slack/deliver/poster.ts';
import { homeOf } from '../slack/home.ts';
import { createLink, watchLink } from '../slack/link.ts';
import { createPeople } from '../slack/people.ts';
import { connectSlack } from '../slack/receive/app.ts';
import { approverRuns, whoHolds } from '../slack/receive/approvers.ts';
import { assigneeLookUp } from '../slack/receive/assignee.ts';
import { createDispatch } from '../slack/receive/dispatch.ts';
import { anchorRuns, startDailyAnchor } from '../slack/workflows/anchoring.ts';
import { joinChannels } from '../slack/workflows/joining.ts';
import { packRun } from '../slack/workflows/packing.ts';
import { createSurveyor, createWorkspace } from '../slack/workspace.ts';
import { type Database, type DatabaseTarget, openDatabase, withSeal } from '../store/database.ts';
import { pruneInbox } from '../store/housekeeping.ts';
import { inboxWriter } from '../store/inbox.ts';
import { runJournal } from '../store/journal.ts';
import { migrate } from '../store/migrate.ts';
import { type StoreQueue, startQueue } from '../store/queue.ts';
import { createSeal } from '../store/seal.ts';
import { createStore, storeTx } from '../store/store.ts';
import { timerTable } from '../store/timers.ts';
import { ensureReverts } from './adopting.ts';
import { openAlerts, WEBHOOK_QUEUE, wireIntake } from './alerts.ts';
import { openEvidenceStore } from './evidence-store.ts';
import { faultOf } from './faults.ts';
import { keepEncrypted, readEncrypted } from './inbox-cipher.ts';
import { appendTo, type Keeping, startKeeping } from './keeping.ts';
import { nightlyRun, startNightly } from './nightly.ts';
import { anchored, makePack, newestAnchor, packRecord, preparePack } from './packs.ts';
import { startRejections } from './rejections.ts';
import { openRunbooks } from './runbooks.ts';
import { channelsOf, servicesOf } from './services.ts';
import { openSigningKey } from './signing-key.ts';
import { watchUnexpected } from './unexpected.ts';

/** How long (ms) a shutdown waits for jobs at work; the rest goes to the other replicas, or waits. */
const DRAIN = 10_000;
const HOUR = 3_600_000;
/** How long (ms) a payload that has its outcome is kept, to recognise a redelivery. Slack gives up after hours. */
const INBOX_KEPT = 7 * 24 * HOUR;

export const SLACK_QUEUES: readonly QueueSpec[] = [
  { name: QUEUES.inbox, kind: 'plain', concurrency: 8 },
  { name: QUEUES.message, kind: 'fifo', concurrency: 8 },
  { name: QUEUES.edit, kind: 'merge', concurrency: 4 },
];

/** A running Tocsin, as main, the local workspace and the tests see it. */
export interface Tocsin {
  readonly store: Store;
  readonly database: Database;
  readonly incidents: Incidents;
  readonly queue: StoreQueue;
  readonly metrics: Metrics;
  readonly ops: OpsServer;
  /** The port of HTTP delivery; `null` in Socket Mode. */
  readonly slackPort: number | null;
  /** The port that webhooks come in by; `null` when none are taken. */
  readonly intakePort: number | null;
  /** Takes note of an error that nothing handles. */
  readonly unexpected: ReportUnexpected;
  /** Resolves with why the bot has to end, if it has to. */
  readonly mustEnd: Promise<TocsinError>;
  /** Takes nothing new, finishes what is at work, closes everything. */
  stop(): Promise<void>;
}

export interface WireOptions {
  /** Another database than the configuration says: tests keep theirs in memory. */
  readonly database?: DatabaseTarget;
  /** For a Slack with other limits than the published ones, or with none. */
  readonly editsPerMinute?: number;
}

/** Puts everything together and starts it (ADR 13). */
export async function startTocsin(config: Config, logger: Logger, options: WireOptions = {}): Promise<Tocsin> {
  const { environment, file } = config;
  if (environment.SLACK_BOT_TOKEN === undefined) {
    throw new TocsinError(
      'slack-not-configured',
      'Set SLACK_BOT_TOKEN: docs/how-to/create-the-slack-app.md. Without any Slack, `npm start` opens a local workspace.',
    );
  }
  const metrics = createMetrics();
  const ending = Promise.withResolvers<TocsinError>();
  const closers: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const close of closers.toReversed()) await close().catch((err: unknown) => logger.warn({ err }, 'a part did not stop cleanly'));
  };
  try {
    const link = createLink({
      onFailure: (reason) => metrics.slackFailures.inc({ reason }),
      onChange(reason) {
        if (reason === null) logger.warn('Slack can be talked to again');
        else logger.error({ reason }, 'Slack cannot be talked to: what was to be said waits and is tried again');
      },
    });
    metrics.gauge('tocsin_slack_down', 'Whether Slack cannot be talked to: 0 or 1.', () => (link.reason() === null ? 0 : 1));
    const client = createClient(environment.SLACK_BOT_TOKEN, environment.SLACK_API_URL, link);
    const slackDown = watchLink(link, () => client.auth.test());
    const opened = openDatabase(options.database ?? databaseOf(config), {
      onError(err) {
        const fault = faultOf(err);
        if (fault === null) logger.warn({ err }, 'database');
        else logger.warn({ code: fault.code }, `database: ${fault.says}`);
      },
      onLost: ending.resolve,
    });
    closers.push(() =>
      opened.then(
        (database) => database.close(),
        () => undefined,
      ),
    );
    const [home, unsealed] = await Promise.all([homeOf(client, file), opened]);
    await migrate(unsealed);
    const evidence = await openEvidenceStore(config);
    const signer = await openSigningKey(keyFileOf(environment), evidence, unsealed);
    const database = withSeal(unsealed, createSeal(await openMacKey(keyFileOf(environment))));
    const queue = await startQueue(database, [...ENGINE_QUEUES, ...SLACK_QUEUES, WEBHOOK_QUEUE], {
      onError(err, { queue: name }) {
        metrics.jobErrors.inc({ queue: name ?? 'none' });
        logger.warn({ err, queue: name }, 'a job failed and is tried again');
      },
    });
    // Jobs wait for evidence to be stored, so its keeping ends after them.
    let keeping: Keeping | null = null;
    closers.push(async () => keeping?.stop());
    closers.push(() => queue.stop(DRAIN));
    const cipher = await openFileCipher(keyFileOf(environment));
    const store = readEncrypted(createStore(database, queue), cipher);
    const redactor = createRedactor(secretsOf(config));
    const chain = redactedChain(redactor);
    const channels = channelsOf(file);
    const incidents = createIncidents({ store, chain, channelsOf: channels });
    const kept = await startKeeping({
      database,
      store,
      chain,
      evidence,
      signer,
      replica: randomUUID(),
      anchorChannel: anchorChannelOf(file),
      metrics,
      logger,
    });
    keeping = kept;
    // Before there are workers, behind whose first look for jobs it would wait.
    await store.transaction(async (tx) => {
      await startDailyAnchor(tx, await tx.now());
      await startNightly(tx, file, await tx.now());
    });
    await ensureReverts(store, incidents);
    const rejections = startRejections(metrics, logger, (record) => store.transaction((tx) => appendTo(tx, chain, SYSTEM_STREAM, record)));
    closers.push(() => rejections.stop());
    const people = createPeople(client, home, file.roles);
    const workspace = createWorkspace({
      client,
      people,
      team: [...home.teams][0] ?? null,
      serviceOf: (id) => own(file.services, id) ?? null,
      incidentsOf: (channel) => store.incidents({ channel }),
    });
    const respondersOf = (id: string) => own(file.services, id)?.responders ?? [];
    const runbooks = await openRunbooks({
      config,
      secrets: secretsOf(config),
      client,
      database,
      store,
      incidents,
      chain,
      evidence,
      durable: kept.durable,
      personNow: (user, service) => people.person(user, own(file.services, service) ?? null, 'now'),
      logger,
    });
    closers.push(async () => runbooks.stop());
    const alerts = openAlerts({ config, store, chain, incidents });
    const intake = wireIntake({
      config,
      store,
      chain,
      incidents,
      alerts,
      runbooks: runbooks.deps,
      database,
      queue,
      cipher,
      onRefused: (reason) => rejections.count(reason),
      logger,
    });
    const control = await startControl({
      path: controlSocket(environment.TOCSIN_DATA),
      runbooks: runbooks.deps,
      incidents,
      store,
      onError: (err) => logger.error({ err }, 'a request of the command line failed'),
    }).catch((err: unknown) => {
      logger.warn({ err }, 'the command line cannot reach this bot: its socket could not be made');
      return null;
    });
    closers.push(async () => control?.close());
    const poster = createPoster({
      client,
      store,
      incidents,
      exposureOf: (channel) => workspace.exposure(channel),
      people,
      isThreadRoom: (incident, channel) => !hasOwnChannel(incident, channels(incident.service)) && channels(incident.service).incidents === channel,
      mayRespondTo: (url) => responseOrigins(environment.SLACK_API_URL).includes(new URL(url).origin),
      evidence: evidence.location,
      editsPerMinute: options.editsPerMinute,
      holders: (role) => whoHolds(file.roles, role, []).map(sayWho).join(' '),
      onFailed(message, code) {
        metrics.messagesFailed.inc({ template: message.template });
        logger.error({ key: message.key, template: message.template, code }, 'Slack refused a message');
      },
    });
    const serviceConfig = (id: string) => own(file.services, id) ?? null;
    const holders = (role: string) => whoHolds(file.roles, role, []).map(sayWho).join(' ');
    const dispatch = createDispatch({
      client,
      store,
      incidents,
      alerts,
      people,
      commands: COMMANDS,
      services: servicesOf(file),
      runbooks: runbooks.catalogue,
      serviceConfig,
      assignee: assigneeLookUp({ client, people, serviceConfig, holders }),
      redact: (text) => redactor.redactText(text).value,
      logger,
      onOutcome: (command, outcome) => metrics.commands.inc({ command, outcome }),
    });

    const runs = await startRuns({
      queue,
      journal: runJournal(database, queue, storeTx),
      kinds: defineRuns({
        ...runbooks.kinds,
        ...intake.kinds,
        'preflight-nightly': nightlyRun({
          store,
          file,
          catalogue: runbooks.catalogue,
          survey: (service) => surveyService(createSurveyor(client, createPeople(client, home, {})), service),
        }),
        ...approverRuns({
          store,
          incidents,
          people,
          personIn: (user, service) => people.person(user, serviceConfig(service)),
          roles: file.roles,
          respondersOf,
        }),
        'pin-card': pinRun(client, logger),
        ...reachRuns({ store, incidents, workspace, channelsOf: channels }),
        ...anchorRuns({
          store,
          channel: anchorChannelOf(file),
          durable: kept.durable,
          newest: () => newestAnchor(database),
          record: (tx, anchor, channel, ts) => appendTo(tx, chain, LOG_STREAM, anchored(anchor, channel, ts)),
        }),
        pack: packRun({
          client,
          store,
          incidents,
          durable: kept.durable,
          prepare: (id, seq) => preparePack({ evidence, signer, store, names: people.names() }, id, seq),
          make: (id, basis) => makePack({ evidence, signer, store, names: people.names() }, id, basis),
          record: (tx, made) => appendTo(tx, chain, SYSTEM_STREAM, packRecord(made)),
        }),
      }),
      onError: (err, about) => logger.warn({ err, ...about }, 'a run failed and is tried again'),
    });
    closers.push(async () => runs.drain());
    await queue.work(QUEUES.message, async (data) => poster.send((data as { key: string }).key));
    await queue.work(QUEUES.edit, async (data) => poster.edit((data as { stream: string }).stream));
    await intake.work();
    await queue.work(QUEUES.inbox, async (data) => dispatch((data as { id: string }).id));
    const timers = await startTimers({
      table: timerTable(database, queue.send),
      queue,
      bus: database.bus,
      async onDue({ stream, name }) {
        const change = await store.transaction((tx) => incidents.tell(tx, stream, { type: 'timer', name: name as TimerName }));
        for (const record of change?.records ?? []) if (record.type === 'breach.recorded') metrics.breaches.inc({ target: record.data.target });
      },
      onError: (err) => logger.warn({ err }, 'timers'),
    });
    closers.push(() => timers.stop());

    const slack = connectSlack(
      {
        botToken: environment.SLACK_BOT_TOKEN,
        appToken: environment.SLACK_APP_TOKEN ?? null,
        signingSecret: environment.SLACK_SIGNING_SECRET ?? null,
        port: environment.PORT ?? 3_000,
        host: environment.TOCSIN_SLACK_HOST,
        apiUrl: environment.SLACK_API_URL,
        onRejected: (reason) => rejections.count(reason),
        logger,
      },
      {
        keep: keepEncrypted(inboxWriter(database, queue, QUEUES.inbox), cipher),
        isFull: database.isFull,
        commands: COMMANDS,
        home,
        logger,
        onRejected: (reason) => rejections.count(reason),
        onStored: (fresh) => metrics.payloads.inc({ delivery: fresh ? 'first' : 'again' }),
      },
    );
    const pruning = setInterval(
      () => inBackground(pruneInbox(database, INBOX_KEPT), (err) => logger.warn({ err }, 'the inbox was not pruned')),
      HOUR,
    ).unref();
    closers.push(async () => clearInterval(pruning));
    const unexpected = watchUnexpected({ metrics, store, channel: anchorChannelOf(file), logger });
    let connected = false;
    const ops = await startOpsServer({
      port: environment.TOCSIN_OPS_PORT,
      host: environment.TOCSIN_OPS_HOST,
      registry: metrics.registry,
      health: {
        missing: () => missingParts({ database, connected: () => connected, evidenceFull: kept.isFull }),
        notes: async () => [...slackNotes(slackDown()), ...(await kept.troubles()), ...unexpected.notes()],
      },
      onError: (err) => logger.error({ err }, 'the operations port could not answer'),
    });
    closers.push(() => ops.close());
    const webhooks = await intake.listen();
    closers.push(async () => webhooks?.close());
    await slack.start();
    closers.push(() => slack.stop());
    connected = true;
    inBackground(joinChannels(client, file, logger), (err) => logger.warn({ err }, 'channels were not joined'));
    logger.info(
      {
        database: database.kind,
        delivery: environment.SLACK_APP_TOKEN === undefined ? 'http' : 'socket',
        ops: ops.port,
        slack: slack.port(),
        intake: webhooks?.port ?? null,
      },
      'Tocsin is ready',
    );
    return {
      store,
      database,
      incidents,
      queue,
      metrics,
      ops,
      slackPort: slack.port(),
      intakePort: webhooks?.port ?? null,
      unexpected: unexpected.report,
      mustEnd: ending.promise,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Slack's host for response URLs, or the one that stands in for Slack. */
function responseOrigins(apiUrl: string | undefined): readonly string[] {
  return ['https://hooks.slack.com', ...(apiUrl === undefined ? [] : [new URL(apiUrl).origin])];
}

/** Where anchors are published: as configured, or where the first service's incidents are. */
function anchorChannelOf(file: ConfigFile): string {
  const channel = file.anchor_channel ?? Object.values(file.services)[0]?.channels.incidents;
  if (channel === undefined) throw new TocsinError('config-invalid', 'The configuration names no service.');
  return channel;
}

function databaseOf({ environment }: Config): DatabaseTarget {
  return environment.DATABASE_URL === undefined ? { directory: join(environment.TOCSIN_DATA, 'database') } : { url: environment.DATABASE_URL };
}
