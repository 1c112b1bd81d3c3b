import { pagerDutyEvents } from '../../adapters/pagerduty/events.ts';
import type { Config } from '../../config/load.ts';
import { pagerDutyOf } from '../../config/pagerduty.ts';
import { PagerDutyError } from '../../ports/pagerduty.ts';
import { bad, type Check, good, warning } from './check.ts';

const HOW = 'docs/how-to/page-with-pagerduty.md';
/** Integration keys have this form; PagerDuty says so when one has another. */
const KEY = /^[A-Za-z0-9]{32}$/;

/** Whether PagerDuty answers and takes events under the key of each service. Whom it would page, only a page shows: nobody is paged for a check. */
export async function checkPagerDuty(config: Config): Promise<Check[]> {
  const ids = Object.keys(config.file.services).filter((id) => pagerDutyOf(config, id) !== null);
  if (ids.length === 0) return [];
  const address = await checkAddress(config);
  const keys = await Promise.all(ids.map((id) => checkKey(config, id, address.state !== 'bad')));
  return [address, ...keys.filter((check) => check !== null)];
}

/** Why PagerDuty would page nobody for a service, as far as that can be seen without a page; `null` where nothing is wrong. */
export async function whyNoPages(config: Config, id: string): Promise<string | null> {
  const address = await checkAddress(config);
  const wrong = [address, await checkKey(config, id, address.state !== 'bad')].find((check) => check?.state === 'bad');
  return wrong == null ? null : `${wrong.says}. ${wrong.advice ?? ''}`.trim().replace(/\.$/, '');
}

async function checkAddress({ environment: { PAGERDUTY_EVENTS_URL: address } }: Config): Promise<Check> {
  const name = 'PagerDuty';
  try {
    await pagerDutyEvents(address).reach();
    return good(name, `${new URL(address).host} answers`);
  } catch (error) {
    const says = error instanceof PagerDutyError ? error.message : 'cannot be asked';
    return bad(name, says, `Let Tocsin reach ${address}, or correct PAGERDUTY_EVENTS_URL: ${HOW}.`);
  }
}

/** `isTried`: by an event that PagerDuty throws away. */
async function checkKey(config: Config, id: string, isTried: boolean): Promise<Check | null> {
  const terms = pagerDutyOf(config, id);
  if (terms === null) return null;
  const name = `PagerDuty of ${id}`;
  const { variable, key } = terms;
  if (key === null)
    return bad(name, `${variable} is not set, so nobody is paged`, `Set it to the integration key of an Events API v2 integration: ${HOW}.`);
  if (!KEY.test(key))
    return bad(
      name,
      `${variable} is not an integration key: those have 32 letters and digits`,
      `Copy the key of an Events API v2 integration, not an API key: ${HOW}.`,
    );
  const refused = isTried ? await whyRefused(config, key) : null;
  if (refused !== null)
    return bad(name, `an event under the key of ${variable} was not taken: ${refused}`, `Set it to the key of an Events API v2 integration: ${HOW}.`);
  const says = isTried ? 'PagerDuty takes events under the key' : 'the key looks right (not tried)';
  const unheard = config.file.webhooks.pagerduty === undefined;
  if (unheard) return warning(name, `${says}; Tocsin does not hear what people do in PagerDuty`, `Set webhooks.pagerduty: ${HOW}.`);
  return good(name, `${says}, and Tocsin takes its webhooks`);
}

async function whyRefused({ environment: { PAGERDUTY_EVENTS_URL: address } }: Config, key: string): Promise<string | null> {
  try {
    await pagerDutyEvents(address).tryKey(key);
    return null;
  } catch (error) {
    return error instanceof PagerDutyError ? error.message : 'it cannot be asked';
  }
}
