import type { WebClient } from '@slack/web-api';
import { safe } from '../../blocks/outside.ts';
import { pathQuestion } from '../../blocks/page-path.ts';
import type { Config } from '../config/load.ts';
import { mailSenderOf } from '../config/mail.ts';
import type { ConfigFile, ServiceConfig } from '../config/schema.ts';
import { TocsinError } from '../domain/errors.ts';
import { PATH_RECORDS, type PathStanding, pathStandings } from '../domain/page-path/standing.ts';
import { GRAVE, SEVERITIES } from '../domain/severity.ts';
import { SYSTEM_STREAM, TOCSIN } from '../domain/streams.ts';
import { pathAskRun, pathConfirmRun, startPathAsk } from '../engine/reach/page-path/asking.ts';
import { pathNightRun, startPathNight } from '../engine/reach/page-path/nightly.ts';
import { isPassing } from '../engine/reach/page-path/passing.ts';
import type { PathDeps, PathRecord, PathService, Station } from '../engine/reach/page-path/ports.ts';
import { toIso } from '../lib/time.ts';
import type { Metrics } from '../ops/metrics.ts';
import type { Run } from '../ports/runs.ts';
import type { Store, StoreTx } from '../ports/store.ts';
import { tryPosting, tryWriting } from '../slack/posting-try.ts';
import { recordsOfTypesSince } from '../store/newest.ts';
import { whyNoPages } from './doctor/pagerduty.ts';
import { findCover } from './doctor/pagerduty-cover.ts';
import { appendTo, sharedRead } from './keeping.ts';
import { findAddress, mailServerOf } from './mail.ts';
import { statusPageOf } from './notices.ts';
import type { WhoIsWho } from './people.ts';
import { linesOf } from './services.ts';
import type { Storage } from './storage.ts';

/** How far back (ms) it is looked: each night and each week makes what came before worthless, and none of it ever leaves the database. */
const LOOKED_BACK = 60 * 24 * 60 * 60_000;

/** What records of the page path are read with. */
type PathSource = Pick<Storage, 'database' | 'store'>;

/** Begins to wait for the next night and the next question of each service, where that is configured. Each once, whoever asks. */
export async function startPagePath(store: Store, file: ConfigFile): Promise<void> {
  await store.transaction(async (tx) => {
    const now = await tx.now();
    await startPathNight(tx, file.page_path?.at ?? null, now);
    for (const [id, service] of Object.entries(file.services)) await startPathAsk(tx, { id, asks: asksOf(file, service) }, now);
  });
}

export interface PagePathDeps {
  readonly client: WebClient;
  readonly config: Config;
  readonly storage: Pick<Storage, 'database' | 'store' | 'chain'>;
  readonly who: WhoIsWho;
}

/** The runs that prove that a page arrives, on the production parts. */
export function pagePathRuns({ client, config, storage, who }: PagePathDeps): readonly Run[] {
  const { store, chain } = storage;
  const { file } = config;
  const withinMs = file.page_path?.confirm_within ?? 0;
  const deps: PathDeps = {
    store,
    at: file.page_path?.at ?? null,
    withinMs,
    services: servicesOf(config, client, store),
    members: (one) => who.workspace.members(one),
    tryPerson: async (user) => tryWriting(client, user, await store.now()),
    findAddress: (service, user) => findAddress(file, who.people, service, user),
    nameOf: async (user) => safe((await who.people.nameOf(user)) ?? user),
    question: (service, at) => pathQuestion(service, at, withinMs),
    records: () => pathRecords(storage),
    record: (tx: StoreTx, { type, data }: PathRecord) =>
      appendTo(tx, chain, SYSTEM_STREAM, { v: 1, actor: TOCSIN, subject: SYSTEM_STREAM, outcome: 'done', type, data } as Parameters<
        typeof appendTo<'system'>
      >[3]),
  };
  return [pathNightRun(deps), pathAskRun(deps), pathConfirmRun(deps)];
}

/** How it stands with every service. */
export async function standingsOf(storage: PathSource, file: Pick<ConfigFile, 'services'>): Promise<readonly PathStanding[]> {
  return pathStandings(await pathRecords(storage), Object.keys(file.services));
}

/** What operators are to see of it before anybody is paged. */
export function measurePagePath(metrics: Metrics, storage: PathSource, file: ConfigFile): void {
  if (file.page_path === undefined) return;
  const standings = sharedRead(() => standingsOf(storage, file));
  const sum = async (of: (standing: PathStanding) => number) => (await standings()).reduce((all, one) => all + of(one), 0);
  metrics.gauge('tocsin_page_path_failures', 'Ways of a page that did not work when they were tried last, of all services.', () =>
    sum(({ tried }) => tried?.failed.length ?? 0),
  );
  metrics.gauge('tocsin_page_path_unseen', 'Ways of a page that could not be looked at when they were tried last, of all services.', () =>
    sum(({ tried }) => tried?.unseen?.filter((one) => one.tried).length ?? 0),
  );
  metrics.gauge(
    'tocsin_page_path_last_look_timestamp_seconds',
    'When (Unix time) the ways of a page were tried last, of the service whose last try is the longest ago.',
    async () => lastLook(await standings()),
  );
  metrics.gauge('tocsin_page_path_unconfirmed', 'People who have not confirmed the newest test message in time, of all services.', () =>
    sum(({ asked }) => asked?.missed.length ?? 0),
  );
}

/** When (s since 1970) the service was looked at whose last try is the longest ago; `NaN` where none was ever tried. */
export function lastLook(standings: readonly PathStanding[]): number {
  const times = standings.flatMap(({ tried }) => (tried === null ? [] : [tried.on]));
  return times.length === 0 ? Number.NaN : Math.min(...times) / 1_000;
}

async function pathRecords({ database, store }: PathSource) {
  return recordsOfTypesSince(database, SYSTEM_STREAM, PATH_RECORDS, toIso((await store.now()) - LOOKED_BACK));
}

function asksOf({ page_path: path }: ConfigFile, { time_zone: timeZone }: ServiceConfig): PathService['asks'] {
  return path === undefined || path.ask === null ? null : { ...path.ask, timeZone };
}

function servicesOf(config: Config, client: WebClient, store: Store): readonly PathService[] {
  const lines = new Map(linesOf(config.file).map((one) => [one.id, one.lines]));
  return Object.entries(config.file.services).map(([id, service]) => ({
    id,
    name: service.name,
    channel: service.channels.incidents,
    lines: lines.get(id) ?? [],
    stations: stationsOf(config, client, store, id, service),
    responders: service.responders,
    isMailed: mailSenderOf(config.file, id).from !== null,
    asks: asksOf(config.file, service),
  }));
}

/** What else a page or what follows from it needs: the channels, and each system outside that the service names. */
function stationsOf(config: Config, client: WebClient, store: Store, id: string, service: ServiceConfig): readonly Station[] {
  const { incidents, updates, alerts } = service.channels;
  const channels = [...new Set([incidents, updates, alerts].filter((channel) => channel !== undefined))];
  const grave = SEVERITIES.filter((one) => GRAVE.has(one));
  const { pagerduty, notices } = service;
  const paged = pagerduty === undefined ? [] : SEVERITIES.filter((one) => pagerduty.severities.length === 0 || pagerduty.severities.includes(one));
  return [
    ...channels.map(
      (channel): Station => ({
        way: 'channel',
        what: channel,
        severities: SEVERITIES,
        attempt: async () => tryPosting(client, channel, await store.now()),
      }),
    ),
    ...(pagerduty === undefined
      ? []
      : [
          { way: 'pagerduty', what: pagerduty.routing_key_env, severities: paged, attempt: () => whyNoPages(config, id) } as const,
          { way: 'pagerduty-on-call', what: pagerduty.service ?? '', severities: paged, attempt: () => findCover(config, id) } as const,
        ]),
    ...(mailSenderOf(config.file, id).from === null
      ? []
      : [{ way: 'mail', what: '', severities: SEVERITIES, attempt: () => whyNoMail(config) } as const]),
    ...(notices?.status_page === undefined
      ? []
      : [
          {
            way: 'status-page',
            what: '',
            severities: grave,
            attempt: () => problemOf(async () => statusPageOf(config, id, async () => '')?.verify()),
          } as const,
        ]),
  ];
}

function whyNoMail(config: Config): Promise<string | null> {
  const server = mailServerOf(config);
  return server === null ? Promise.resolve('no mail server is configured. Set SMTP_URL') : problemOf(() => server.verify());
}

/** What a system outside says against it for certain; `null` where it says nothing. What may pass, and what is not known, is thrown. */
async function problemOf(ask: () => Promise<unknown>): Promise<string | null> {
  try {
    await ask();
    return null;
  } catch (error) {
    if (isPassing(error) || !(error instanceof TocsinError)) throw error;
    return error.message;
  }
}
