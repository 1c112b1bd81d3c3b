import { hash } from 'node:crypto';
import { calendarFeed } from '../adapters/calendar/feed.ts';
import { pagerDutySchedule } from '../adapters/pagerduty/schedules.ts';
import type { Config } from '../config/load.ts';
import { type RotaConfig, sourceOf } from '../config/rotas.ts';
import { oldestRead } from '../engine/rota/copies.ts';
import type { Feed } from '../engine/rota/reading.ts';
import type { Metrics } from '../ops/metrics.ts';
import type { RotaReader } from '../ports/rotas.ts';
import type { Store } from '../ports/store.ts';
import type { Threads } from '../ports/threads.ts';

/** The rotas that are kept elsewhere, by their ids. `threads`: where calendars are read. */
export function feedsOf(config: Config, threads: Threads): Readonly<Record<string, Feed>> {
  const sources = sourcesOf(config);
  return Object.fromEntries(
    Object.entries(config.file.rotas).flatMap(([id, rota]) => {
      const reader = readerOf(config, rota, threads);
      const source = sources[id];
      if (reader === null || source === undefined) return [];
      return [[id, { rota: { id, name: rota.name ?? id }, source, every: rota.read_every, people: rota.people, reader }] as const];
    }),
  );
}

function readerOf({ environment, variables }: Config, { ical, pagerduty, time_zone: timeZone }: RotaConfig, threads: Threads): RotaReader | null {
  if (ical !== undefined) return calendarFeed({ address: variables[ical.url_env] || null, variable: ical.url_env, timeZone, threads });
  if (pagerduty === undefined) return null;
  return pagerDutySchedule({ address: environment.PAGERDUTY_API_URL, key: environment.PAGERDUTY_API_KEY ?? null, schedule: pagerduty });
}

/** Says how old the oldest copy is of the rotas that are kept elsewhere; nothing where there are none. */
export function gaugeCopies(metrics: Pick<Metrics, 'gauge'>, store: Store, config: Config): void {
  const sources = sourcesOf(config);
  if (Object.keys(sources).length === 0) return;
  metrics.gauge('tocsin_rota_copy_oldest_seconds', 'Age of the oldest copy of a rota that is kept elsewhere.', async () => {
    const at = oldestRead(sources, await store.rotaLists());
    return at === null ? Number.NaN : Math.max(0, ((await store.now()) - at) / 1_000);
  });
}

/** Where each rota is kept that is not the file’s own, and how it is read, in a word: another word, and the copy before counts no more. */
export function sourcesOf({ file, variables }: Pick<Config, 'file' | 'variables'>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(file.rotas).flatMap(([id, rota]) => {
      const kind = sourceOf(rota);
      if (kind === null) return [];
      const { ical, pagerduty, time_zone, people } = rota;
      const said = JSON.stringify([kind, ical === undefined ? pagerduty : variables[ical.url_env], time_zone, people]);
      return [[id, hash('sha256', said, 'hex').slice(0, 12)] as const];
    }),
  );
}
