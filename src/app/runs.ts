import type { WebClient } from '@slack/web-api';
import type { Logger } from 'pino';
import { figures } from '../../blocks/figures.ts';
import { renderPng } from '../adapters/pictures/render.ts';
import type { Config } from '../config/load.ts';
import { LOG_STREAM, SYSTEM_STREAM } from '../domain/streams.ts';
import { type Runs, runKinds, startRuns } from '../durable/runs.ts';
import type { AlertBook } from '../engine/alerts/alerts.ts';
import type { DrillBook } from '../engine/drills/book.ts';
import { earlierRun } from '../engine/incidents/earlier.ts';
import type { Incidents } from '../engine/incidents/incidents.ts';
import { reachRuns } from '../engine/reach/runs.ts';
import { surveyService } from '../engine/reach/survey.ts';
import { keepRun } from '../engine/rota/keeping.ts';
import { type Feed, readingRun } from '../engine/rota/reading.ts';
import type { RotaBook } from '../engine/rota/rotas.ts';
import { turnRun } from '../engine/rota/turning.ts';
import { createByMail } from '../slack/by-mail.ts';
import { createCanvases, createReviewCanvases } from '../slack/canvases.ts';
import { pinRun } from '../slack/deliver/pinning.ts';
import { createOnCallSigns } from '../slack/on-call-signs.ts';
import { createPeople } from '../slack/people.ts';
import { approverRun } from '../slack/receive/approvers.ts';
import { anchorRuns } from '../slack/workflows/anchoring.ts';
import { digestRun } from '../slack/workflows/digest.ts';
import { figuresRun } from '../slack/workflows/figures.ts';
import { packRun } from '../slack/workflows/packing.ts';
import { reportRun } from '../slack/workflows/reporting.ts';
import { createSurveyor } from '../slack/workspace.ts';
import { runJournal } from '../store/journal.ts';
import { throughStore } from '../store/store.ts';
import type { Intake } from './alerts.ts';
import { canvasDrawer, reviewDrawer } from './canvas.ts';
import { digestOf } from './digest.ts';
import { drillRuns } from './drills.ts';
import { appendTo } from './keeping.ts';
import { pageMails, stakeholderMails } from './mail.ts';
import { nightlyRun } from './nightly.ts';
import { customerNotices } from './notices.ts';
import { copyPack } from './pack-copies.ts';
import { anchored, makePack, makeReport, newestAnchor, packRecord, preparePack } from './packs.ts';
import { pagePathRuns } from './page-path.ts';
import { pagerDutyPages } from './pagerduty.ts';
import type { WhoIsWho } from './people.ts';
import { retentionRun } from './retention.ts';
import { handoverChannels, keptOf } from './rotas.ts';
import type { Runbooks } from './runbooks.ts';
import type { Settings } from './settings.ts';
import type { Storage } from './storage.ts';
import type { Trackers } from './trackers.ts';
import { VIEWS } from './views.ts';

export interface RunsDeps {
  readonly client: WebClient;
  readonly config: Config;
  readonly settings: Settings;
  readonly storage: Storage;
  readonly incidents: Incidents;
  readonly alerts: AlertBook;
  readonly who: WhoIsWho;
  readonly runbooks: Runbooks;
  readonly rotas: RotaBook;
  readonly feeds: Readonly<Record<string, Feed>>;
  readonly intake: Intake;
  readonly trackers: Trackers;
  readonly drills: DrillBook;
  /** Breaks and mends the simulated platforms of the local workspace; `null` anywhere else. */
  readonly inject: ((fault: string, on: boolean) => Promise<void>) | null;
  readonly logger: Logger;
}

/** Every kind of durable run, on the production parts, and the work on those that are under way. */
export function openRuns({
  client,
  config,
  settings,
  storage,
  incidents,
  alerts,
  who,
  runbooks,
  rotas,
  feeds,
  intake,
  trackers,
  drills,
  inject,
  logger,
}: RunsDeps): Promise<Runs> {
  const { database, queue, store, chain, evidence, signer, keeping } = storage;
  const { people, home, workspace } = who;
  const { file } = config;
  const packs = () => ({ evidence, signer, store, names: people.names() });
  const counting = { client, store, incidents, show: figures, nameOf: (id: string) => settings.service(id)?.name ?? id, draw: renderPng };
  return startRuns({
    queue,
    journal: runJournal(database, queue, throughStore),
    kinds: runKinds([
      ...runbooks.runs,
      ...intake.runs,
      ...trackers.runs,
      nightlyRun({
        store,
        file,
        catalogue: runbooks.catalogue,
        rotas: async () => (await rotas.look()).rotas,
        survey: (service) => surveyService(createSurveyor(client, createPeople(client, home, {}, rotas)), service),
      }),
      approverRun({
        store,
        incidents,
        people,
        invite: workspace.invite,
        personIn: (user, service) => people.person(user, settings.service(service)),
        roles: file.roles,
        respondersOf: settings.responders,
      }),
      turnRun({ store, book: rotas }),
      readingRun({
        store,
        book: rotas,
        feeds,
        byMail: createByMail(client),
        channelsOf: (rota) => handoverChannels(file, rota),
        onError: (err, rota) => logger.warn({ err, rota }, 'a rota could not be read'),
      }),
      keepRun({
        store,
        book: rotas,
        signs: createOnCallSigns(client, [...home.teams][0] ?? null),
        keptOf: (rota) => keptOf(file, rota),
        channelsOf: (rota) => handoverChannels(file, rota),
      }),
      pinRun(client, logger),
      ...pagePathRuns({ client, config, storage, who }),
      retentionRun({ database, store, evidence, alerts, kept: file.retention.closed_incidents, logger }, file),
      ...drillRuns(storage, file, incidents, drills, inject),
      stakeholderMails(config, who, store, incidents),
      pageMails(config, who, store, incidents),
      pagerDutyPages({ config, who, store, incidents, channelsOf: settings.channels }),
      ...customerNotices(config, store, incidents),
      earlierRun({ incidents }),
      ...reachRuns({
        store,
        incidents,
        workspace,
        canvases: createCanvases(client),
        channelsOf: settings.channels,
        drawCanvas: canvasDrawer(store, people, settings),
        reviewCanvases: createReviewCanvases(client, [...home.teams][0] ?? null),
        drawReview: reviewDrawer((id, seq) => makeReport(packs(), id, seq, 'post-mortem')),
      }),
      ...anchorRuns({
        store,
        views: VIEWS,
        channel: settings.anchorChannel,
        isPrivate: async (id) => (await incidents.find(id))?.private ?? true,
        durable: keeping.durable,
        newest: () => newestAnchor(database),
        record: (tx, anchor, channel, ts) => appendTo(tx, chain, LOG_STREAM, anchored(anchor, channel, ts)),
      }),
      packRun({
        client,
        views: VIEWS,
        store,
        incidents,
        durable: keeping.durable,
        prepare: (id, seq) => preparePack(packs(), id, seq),
        make: (id, basis) => makePack(packs(), id, basis),
        copy: (incident, number) => copyPack({ file, evidence: packs().evidence, context: runbooks.deps.context }, incident, number),
        record: (tx, made) => appendTo(tx, chain, SYSTEM_STREAM, packRecord(made)),
      }),
      figuresRun(counting),
      digestRun({ ...counting, digest: digestOf(file) }),
      reportRun({ client, incidents, report: (id, seq, what) => makeReport(packs(), id, seq, what) }),
    ]),
    onError: (err, about) => logger.warn({ err, ...about }, 'a run failed and is tried again'),
  });
}
