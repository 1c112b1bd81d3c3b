import type { Logger } from 'pino';
import type { Config } from '../config/load.ts';
import type { TocsinError } from '../domain/errors.ts';
import { SYSTEM_STREAM } from '../domain/streams.ts';
import { createIncidents } from '../engine/incidents/incidents.ts';
import { inBackground } from '../lib/background.ts';
import { createMetrics } from '../ops/metrics.ts';
import { homeOf } from '../slack/home.ts';
import { joinChannels } from '../slack/workflows/joining.ts';
import { ensureReverts } from './adopting.ts';
import { openAlerts, wireIntake } from './alerts.ts';
import { createClosing } from './closing.ts';
import { openDelivery } from './delivery.ts';
import { openDoors } from './doors.ts';
import { openDrillBook } from './drills.ts';
import { appendTo } from './keeping.ts';
import { startEveryDay } from './nightly.ts';
import { openOnCall } from './on-call.ts';
import { openConfiguredDatabase } from './open-database.ts';
import { openControl, openOps } from './operations.ts';
import { openPeople } from './people.ts';
import { openReceiving } from './receiving.ts';
import { type RejectionReason, startRejections } from './rejections.ts';
import { openRunbooks } from './runbooks.ts';
import { openRuns } from './runs.ts';
import { resolveSettings } from './settings.ts';
import { openSlackClient } from './slack-client.ts';
import { openStorage } from './storage.ts';
import { openTimers } from './timers.ts';
import type { StartOptions, Tocsin } from './tocsin.ts';
import { openTrackers } from './trackers.ts';
import { watchUnexpected } from './unexpected.ts';

/**
 * Opens every part and starts it: from now on payloads come in and work is done.
 * @throws TocsinError when a part cannot be opened; nothing stays open then
 */
export async function startTocsin(config: Config, logger: Logger, options: StartOptions = {}): Promise<Tocsin> {
  const { environment, file } = config;
  const settings = resolveSettings(config);
  const metrics = createMetrics();
  const ending = Promise.withResolvers<TocsinError>();
  const closing = createClosing(logger);
  const tools = { config, settings, metrics, logger, closing };
  try {
    const { client, down, shareLimits } = openSlackClient(settings.slackToken, environment.SLACK_API_URL, {
      ...tools,
      postsPerMinute: options.postsPerMinute,
    });
    // Both at once, since each takes its time; nothing is written before Slack has said which workspace this is.
    const [opened, home] = await Promise.all([
      openConfiguredDatabase({ ...tools, target: options.database, onLost: ending.resolve }),
      homeOf(client, file),
    ]);
    const storage = await openStorage({ ...tools, database: opened });
    shareLimits(storage.database.bus);
    const { database, queue, store, chain, keeping } = storage;
    const incidents = createIncidents({ store, chain, channelsOf: settings.channels, wrong: database.seal.wrong });
    await startEveryDay(store, file);
    const { rotas, feeds } = await openOnCall(tools, storage);
    await ensureReverts(store, incidents);
    const rejections = startRejections(metrics, logger, (record) => store.transaction((tx) => appendTo(tx, chain, SYSTEM_STREAM, record)));
    closing.add(() => rejections.stop());
    const who = openPeople({ ...tools, client, home, store, rotas, elapsed: options.elapsed });
    const personNow = (user: string, service: string) => who.people.person(user, settings.service(service), 'now');
    const parts = { ...tools, ...storage, client, incidents };
    const simulated = options.simulated !== undefined;
    const runbooks = await openRunbooks({
      ...parts,
      secrets: settings.secrets,
      durable: keeping.durable,
      personNow,
      names: () => who.people.names(),
      simulated,
    });
    const drills = openDrillBook(storage, file, runbooks.catalogue, simulated);
    closing.add(async () => runbooks.stop());
    const alerts = openAlerts({ config, store, chain, incidents, rotas });
    const onRefused = (reason: RejectionReason) => rejections.count(reason);
    const intake = wireIntake({ ...parts, alerts, runbooks: runbooks.deps, channel: settings.anchorChannel, onRefused });
    await openControl({ ...parts, runbooks });
    const shared = { ...tools, storage, client, incidents, who, runbooks };
    const delivery = openDelivery({ ...shared, editsPerMinute: options.editsPerMinute });
    const receiving = openReceiving({ ...shared, alerts, rotas, rejections, drills });
    const trackers = openTrackers({ config, who, store, incidents, channelsOf: settings.channels, logger });
    const runs = await openRuns({ ...shared, alerts, rotas, feeds, intake, trackers, drills, inject: options.simulated?.inject ?? null });
    closing.add(async () => runs.drain());
    await delivery.work();
    await intake.work();
    await trackers.work();
    await receiving.work();
    const timers = await openTimers(storage, incidents, tools);
    closing.add(() => timers.stop());
    const unexpected = watchUnexpected({ metrics, store, channel: settings.anchorChannel, logger });
    let connected = false;
    const ops = await openOps({ ...tools, storage, connected: () => connected, slackDown: down, unexpected, kafka: intake.kafka });
    const ports = await openDoors(intake, receiving.slack, closing);
    connected = true;
    inBackground(joinChannels(client, file, logger), (err) => logger.warn({ err }, 'channels were not joined'));
    const delivered = environment.SLACK_APP_TOKEN === undefined ? 'http' : 'socket';
    logger.info({ database: database.kind, delivery: delivered, ops: ops.port, slack: ports.slackPort, intake: ports.intakePort }, 'Tocsin is ready');
    const running = { store, database, incidents, queue, metrics, ops, ...ports };
    return { ...running, unexpected: unexpected.report, mustEnd: ending.promise, stop: () => closing.close() };
  } catch (error) {
    await closing.close();
    throw error;
  }
}
