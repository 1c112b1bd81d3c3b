import type { Logger } from 'pino';
import type { ServiceConfig } from '../config/schema.ts';
import { inBackground } from '../lib/background.ts';
import { type GitHub, GitHubError } from '../ports/github.ts';
import type { HookDelivery } from '../ports/github-hooks.ts';
import { isRepository } from '../ports/targets.ts';

/** How often (ms) it is looked: GitHub does not try again by itself. */
const EVERY = 10 * 60_000;
/** Deliveries of a webhook that are looked at: GitHub keeps three days of them, and a busy repository makes hundreds in an hour. */
const NEWEST = 1_000;
/** How often one event may be refused: what is refused each time is refused for good. */
const MAX_REFUSALS = 4;
const PATIENCE = 60_000;
/** The only event that is read. */
const EVENT = 'workflow_run';

export interface MissedDeps {
  readonly services: Readonly<Record<string, ServiceConfig>>;
  /** A repository by a service's credentials. */
  readonly open: (service: string, repository: string, signal: AbortSignal) => GitHub;
  /** Where senders reach this installation's webhooks; without it, each webhook that ends in `/github` may be its own. */
  readonly publicUrl?: string | undefined;
  readonly logger: Logger;
}

/** Has GitHub send again, now and regularly, what it could not deliver: while Tocsin was away, or had too much to do. */
export function fetchMissed(deps: MissedDeps): { readonly stop: () => void } {
  const ending = new AbortController();
  const silent = new Set<string>();
  const look = () =>
    inBackground(Promise.all(watchedRepositories(deps.services).map(([repository, service]) => lookAt(repository, service))), (err) =>
      deps.logger.warn({ err }, 'missed deliveries of GitHub were not looked for'),
    );

  async function lookAt(repository: string, service: string): Promise<void> {
    const signal = AbortSignal.any([ending.signal, AbortSignal.timeout(PATIENCE)]);
    try {
      const count = await redeliverMissed(deps.open(service, repository, signal), deps.publicUrl);
      if (count > 0) deps.logger.info({ repository, count }, 'GitHub sends again what it could not deliver');
    } catch (err) {
      if (ending.signal.aborted) return;
      const mayNot = err instanceof GitHubError && (err.reason === 'denied' || err.reason === 'not-found');
      // Doctor says so too; once is enough here.
      if (mayNot && silent.has(repository)) return;
      if (mayNot) silent.add(repository);
      deps.logger.warn({ err, repository }, 'missed deliveries of GitHub could not be fetched');
    }
  }

  look();
  const timer = setInterval(look, EVERY).unref();
  return {
    stop() {
      clearInterval(timer);
      ending.abort();
    },
  };
}

/** Has each event that was never taken sent once more. Returns how many. @throws GitHubError `denied` without the permission for webhooks */
export async function redeliverMissed(github: GitHub, publicUrl?: string): Promise<number> {
  let count = 0;
  for (const { id, url, active, events } of await github.hooks()) {
    const isRead = active && (events.includes(EVENT) || events.includes('*'));
    if (!isRead || !isOurs(url, publicUrl)) continue;
    for (const missed of missedOf(await github.deliveries(id, NEWEST))) {
      await github.redeliver(id, missed.id);
      count += 1;
    }
  }
  return count;
}

function isOurs(url: string, publicUrl: string | undefined): boolean {
  if (publicUrl === undefined) return URL.parse(url)?.pathname.endsWith('/github') === true;
  return URL.parse(url)?.href === URL.parse(`${publicUrl.replace(/\/+$/, '')}/github`)?.href;
}

/** Of each event that no try has brought over, the newest try. */
export function missedOf(deliveries: readonly HookDelivery[]): readonly HookDelivery[] {
  const byEvent = Map.groupBy(
    deliveries.filter(({ event }) => event === EVENT),
    ({ guid }) => guid,
  );
  return [...byEvent.values()].flatMap((tries) => {
    const [newest] = tries.toSorted((a, b) => b.at - a.at || b.id - a.id);
    const isTaken = tries.some(({ status }) => status >= 200 && status < 300);
    // What could not be brought over, or was put off, is no refusal: the database may be away for hours.
    const refusals = tries.filter(({ status }) => status >= 400 && status < 500).length;
    return newest === undefined || isTaken || refusals >= MAX_REFUSALS ? [] : [newest];
  });
}

/** The repositories of workflows that targets name, each with a service. */
export function watchedRepositories(services: Readonly<Record<string, ServiceConfig>>): readonly (readonly [string, string])[] {
  const found = new Map<string, string>();
  for (const [id, { targets }] of Object.entries(services)) {
    for (const target of Object.values(targets)) {
      if (!('workflow' in target)) continue;
      const named = targets[target.repository];
      if (isRepository(named)) found.set(named.repository, id);
    }
  }
  return [...found];
}
