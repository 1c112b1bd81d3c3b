import type { Config } from '../../config/load.ts';
import { isOld, type PathStanding } from '../../domain/page-path/standing.ts';
import { sayFailures, sayUnseen, sayWays } from '../../domain/page-path/words.ts';
import { sayUtc } from '../../lib/time.ts';
import { askBot } from '../../ops/control.ts';
import { bad, type Check, good, unknown, warning } from './check.ts';

const HOW = 'docs/how-to/prove-that-a-page-arrives.md';
const STALE = `A try is due each night: see whether the bot runs at page_path.at, and what its log says: ${HOW}.`;

/** What the running bot found when it tried each way of a page last, and who has not confirmed the test message of the week. */
export async function checkPagePath({ file, environment }: Config): Promise<readonly Check[]> {
  const name = 'Page path';
  if (file.page_path === undefined) return [good(name, `not tried each night: page_path is not configured (${HOW})`)];
  try {
    const { standings, now = null } = await askBot<{ standings: readonly PathStanding[]; now?: number }>(environment.TOCSIN_DATA, '/page-path', {});
    return standings.map((standing) => checkStanding(standing, now));
  } catch {
    return [unknown(name, 'the bot does not run here, so the last try cannot be shown', `Run doctor where the bot runs, while it runs: ${HOW}.`)];
  }
}

/** How it stands with one service. `now`: the bot's time (ms); `null` where it does not tell it. */
export function checkStanding({ service, tried, asked }: PathStanding, now: number | null): Check {
  const name = `Page path of ${service}`;
  const missed = asked?.missed ?? [];
  const unconfirmed = missed.length === 0 ? [] : [`${missed.join(', ')} did not confirm the test message of ${asked?.at.slice(0, 10)}.`];
  const ask = `Ask them whether Slack notifies them: ${HOW}.`;
  if (tried === null)
    return unconfirmed.length > 0 ? warning(name, unconfirmed.join(' '), ask) : good(name, 'not tried yet: the first try is tonight');
  const failed = sayFailures(tried, (user) => user);
  const unseen = sayUnseen(tried, (user) => user);
  const isStale = now !== null && isOld(tried, now);
  const last = `Last tried at ${sayUtc(tried.on)}${isStale ? ', more than two nights ago' : ''}.`;
  if (failed.length > 0) return bad(name, [...failed, ...unseen, ...unconfirmed, last].join(' '), `Correct it; the next try is tonight: ${HOW}.`);
  if (unconfirmed.length > 0) return warning(name, [...unconfirmed, ...unseen, last].join(' '), isStale ? `${ask} ${STALE}` : ask);
  if (!isStale && tried.unseen?.some((one) => one.tried) === true)
    return unknown(name, [...unseen, last].join(' '), `Correct what can be corrected; the next try is tonight: ${HOW}.`);
  const confirmed = (asked?.confirmed ?? []).length === 0 ? '' : `; confirmed by ${asked?.confirmed.join(', ')}`;
  const says = [`${sayWays(tried)}${confirmed}.`, ...unseen, last].join(' ').replace(/\.$/, '');
  return isStale ? warning(name, says, STALE) : good(name, says);
}
