import type { Config } from '../../config/load.ts';
import { customersOf } from '../../config/notices.ts';
import { plural } from '../../lib/plural.ts';
import { StatusPageError } from '../../ports/status-page.ts';
import { mailServerOf } from '../mail.ts';
import { statusPageOf } from '../notices.ts';
import { bad, type Check, good } from './check.ts';

const HOW = 'docs/how-to/tell-customers.md';

/** Whether notices reach customers: by mail, and on each status page. */
export async function checkNotices(config: Config): Promise<Check[]> {
  const name = 'Notices to customers';
  const services = Object.keys(config.file.services);
  const mailed = services.flatMap((id) => customersOf(config.file, id) ?? []);
  const paged = services.filter((id) => config.file.services[id]?.notices?.status_page !== undefined);
  if (mailed.length > 0 && mailServerOf(config) === null)
    return [bad(name, 'customers are configured, and nothing can be sent to them', `Set SMTP_URL: ${HOW}.`)];
  const problems = await Promise.all(paged.map((id) => problemOf(config, id)));
  const found = problems.filter((problem) => problem !== null);
  if (found.length > 0) return found.map((problem) => bad(name, problem, `See ${HOW}.`));
  if (mailed.length + paged.length === 0) return [good(name, `people send them by hand: neither customers nor a status page is configured (${HOW})`)];
  const to = new Set(mailed.flatMap((terms) => terms.to));
  return [good(name, `${plural(to.size, 'address', 'addresses')}, ${plural(paged.length, 'status page')}`)];
}

async function problemOf(config: Config, id: string): Promise<string | null> {
  try {
    // Nothing is published here, so nobody asks whose it is.
    await statusPageOf(config, id, async () => '')?.verify();
    return null;
  } catch (error) {
    return error instanceof StatusPageError ? `${id}: ${error.message}` : `${id}: the status page cannot be asked`;
  }
}
