import { WebClient } from '@slack/web-api';
import { openThreads } from '../../adapters/threads/pool.ts';
import type { Config } from '../../config/load.ts';
import type { Rotas } from '../../domain/rota/called.ts';
import { nextShift, onCall } from '../../domain/rota/on-call.ts';
import { isListed, type ListedRota } from '../../domain/rota/rota.ts';
import { type Feed, readFeed } from '../../engine/rota/reading.ts';
import { own } from '../../lib/own.ts';
import { plural } from '../../lib/plural.ts';
import { sayDuration, sayLocal } from '../../lib/time.ts';
import { type ByMail, RotaSourceError } from '../../ports/rotas.ts';
import { createByMail } from '../../slack/by-mail.ts';
import { patientOptions } from '../../slack/client.ts';
import { feedsOf } from '../feeds.ts';
import { rotasById } from '../rotas.ts';
import { bad, type Check, good, warning } from './check.ts';
import { metricsOfRunning } from './running.ts';

const HOW = 'docs/how-to/set-up-a-rota.md';

/** The rotas of the file, with what those say now that are kept elsewhere, and what is to be said of these. */
export async function lookAtRotas(config: Config): Promise<{ readonly rotas: Rotas['rotas']; readonly checks: readonly Check[] }> {
  const threads = openThreads();
  try {
    const { SLACK_BOT_TOKEN: token, SLACK_API_URL: url } = config.environment;
    const byMail: ByMail = token === undefined ? async () => null : createByMail(new WebClient(token, patientOptions(url)));
    const feeds = feedsOf(config, threads);
    const looks = Object.entries(rotasById(config.file)).map(async ([id, rota]) => {
      const feed = own(feeds, id);
      return feed === undefined || !isListed(rota) ? { id, rota, checks: [] } : { id, ...(await lookAt(rota, feed, byMail, config)) };
    });
    const found = await Promise.all(looks);
    return { rotas: Object.fromEntries(found.map(({ id, rota }) => [id, rota])), checks: found.flatMap(({ checks }) => checks) };
  } finally {
    threads.close();
  }
}

async function lookAt(
  rota: ListedRota,
  feed: Feed,
  byMail: ByMail,
  config: Config,
): Promise<{ readonly rota: ListedRota; readonly checks: readonly Check[] }> {
  const name = `Rota ${rota.id}`;
  const now = Date.now();
  try {
    const read = await readFeed(feed, byMail, now, null);
    if (read === 'same') return { rota, checks: [] };
    const seen = { ...rota, list: read.list };
    const problems = read.problems.map((problem) =>
      warning(name, problem, `Correct it where the rota is kept, or name people in \`people\`: ${HOW}.`),
    );
    return { rota: seen, checks: [whoNow(name, seen, now), ...problems] };
  } catch (error) {
    const says = error instanceof RotaSourceError ? error.message : 'it could not be read';
    const advice = error instanceof RotaSourceError ? error.advice : 'Try again.';
    return { rota, checks: [bad(name, `${says}. ${await sayCopies(config)}`, `${advice} ${HOW}.`)] };
  }
}

/** What counts while a rota cannot be read. The metric of a bot that runs here is of all its rotas: `NaN` where one was never read. */
async function sayCopies({ environment }: Config): Promise<string> {
  const [, age] = /^tocsin_rota_copy_oldest_seconds (NaN|[\d.]+)$/m.exec((await metricsOfRunning(environment)) ?? '') ?? [];
  const counts = 'Until it can be read, its last good copy counts; where there is none, nobody is on call by it';
  if (age === undefined) return counts;
  if (age === 'NaN') return `${counts}. The running bot has none of at least one rota`;
  return `${counts}. The oldest copy of the running bot is ${sayDuration(Number(age) * 1_000)} old`;
}

function whoNow(name: string, rota: ListedRota, now: number): Check {
  const { user } = onCall(rota, [], now);
  const next = nextShift(rota, [], now);
  const until = next === null ? '' : ` until ${sayLocal(next.from, rota.timeZone)}`;
  const count = plural(rota.list?.turns.length ?? 0, 'turn');
  if (user !== null) return good(name, `${user} is on call${until}; ${count} in the next twelve weeks`);
  return warning(
    name,
    `nobody is on call${until}; ${count} in the next twelve weeks`,
    `Fill the gap where the rota is kept, or swap somebody in: ${HOW}.`,
  );
}
