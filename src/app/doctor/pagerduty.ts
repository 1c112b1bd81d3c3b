import { pagerDutyEvents } from '../../adapters/pagerduty/events.ts';
import type { Config } from '../../config/load.ts';
import { pagerDutyOf, pagerDutyServiceOf } from '../../config/pagerduty.ts';
import { PagerDutyError } from '../../ports/pagerduty.ts';
import { bad, type Check, good, warning } from './check.ts';
import { checkCover } from './pagerduty-cover.ts';

const HOW = 'docs/how-to/page-with-pagerduty.md';
/** Integration keys have this form; PagerDuty says so when one has another. */
const KEY = /^[A-Za-z0-9]{32}$/;

/** Whether PagerDuty answers, takes events under the key of each service, and would call somebody. Nobody is paged for a check. */
export async function checkPagerDuty(config: Config): Promise<Check[]> {
  const ids = Object.keys(config.file.services).filter((id) => pagerDutyOf(config, id) !== null);
  if (ids.length === 0) return [];
  const address = await checkAddress(config);
  const checks = await Promise.all(ids.map((id) => checkService(config, id, address.state !== 'bad')));
  return [address, ...checks.flat()];
}

/** The key, and whom the service behind it calls. Where the key is wrong, nobody need be told that the service is not looked at. */
async function checkService(config: Config, id: string, isTried: boolean): Promise<readonly Check[]> {
  const [key, cover] = await Promise.all([checkKey(config, id, isTried), checkCover(config, id)]);
  const isAsked = pagerDutyServiceOf(config, id)?.service != null;
  return [key, key?.state === 'bad' && !isAsked ? null : cover].filter((check) => check !== null);
}

/** Why PagerDuty takes no event for a service; `null` where nothing is wrong. */
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

/** `isTried`: by an event that PagerDuty ignores. */
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
