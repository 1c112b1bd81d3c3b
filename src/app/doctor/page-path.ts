import type { Config } from '../../config/load.ts';
import type { PathStanding } from '../../domain/page-path/standing.ts';
import { sayFailures, sayUnseen, sayWays } from '../../domain/page-path/words.ts';
import { askBot } from '../../ops/control.ts';
import { bad, type Check, good, unknown, warning } from './check.ts';

const HOW = 'docs/how-to/prove-that-a-page-arrives.md';

/** What the running bot found when it tried each way of a page last, and who has not confirmed the test message of the week. */
export async function checkPagePath({ file, environment }: Config): Promise<readonly Check[]> {
  const name = 'Page path';
  if (file.page_path === undefined) return [good(name, `not tried each night: page_path is not configured (${HOW})`)];
  try {
    const { standings } = await askBot<{ standings: readonly PathStanding[] }>(environment.TOCSIN_DATA, '/page-path', {});
    return standings.map(checkService);
  } catch {
    return [unknown(name, 'the bot does not run here, so the last try cannot be shown', `Run doctor where the bot runs, while it runs: ${HOW}.`)];
  }
}

function checkService({ service, tried, asked }: PathStanding): Check {
  const name = `Page path of ${service}`;
  const failed = tried === null ? [] : sayFailures(tried, (user) => user);
  const missed = asked?.missed ?? [];
  const unseen = tried === null ? [] : sayUnseen(tried, (user) => user);
  const unconfirmed = missed.length === 0 ? [] : [`${missed.join(', ')} did not confirm the test message of ${asked?.at.slice(0, 10)}.`];
  if (failed.length > 0) return bad(name, [...failed, ...unseen, ...unconfirmed].join(' '), `Correct it; the next try is tonight: ${HOW}.`);
  if (unconfirmed.length > 0) return warning(name, [...unconfirmed, ...unseen].join(' '), `Ask them whether Slack notifies them: ${HOW}.`);
  if (tried?.unseen?.some((one) => one.tried) === true)
    return unknown(name, unseen.join(' '), `Correct what can be corrected; the next try is tonight: ${HOW}.`);
  if (tried === null) return good(name, 'not tried yet: the first try is tonight');
  const confirmed = (asked?.confirmed ?? []).length === 0 ? '' : `; confirmed by ${asked?.confirmed.join(', ')}`;
  return good(name, [`${sayWays(tried)}${confirmed}`, ...unseen].join('. ').replace(/\.$/, ''));
}
