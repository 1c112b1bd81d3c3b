import { pagerDutyEvents } from '../../adapters/pagerduty/events.ts';
import type { Config } from '../../config/load.ts';
import { pagerDutyOf, pagerDutyServiceOf } from '../../config/pagerduty.ts';
import { isPassing } from '../../engine/reach/page-path/passing.ts';
import { PagerDutyError, type PagerDutyTerms } from '../../ports/pagerduty.ts';
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

/**
 * Why PagerDuty takes no event for a service, for the proof that a page arrives; `null` where nothing is wrong.
 * @throws PagerDutyError that passes: it is for whoever has the patience to try again
 */
export async function whyNoPages(config: Config, id: string): Promise<string | null> {
  const terms = pagerDutyOf(config, id);
  if (terms === null) return null;
  const wrong = wrongKey(id, terms) ?? (await refusedKey(config, id, terms));
  return wrong === null ? null : `${wrong.says}. ${wrong.advice ?? ''}`.trim().replace(/\.$/, '');
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
  const wrong = wrongKey(id, terms) ?? (isTried ? await untakenKey(config, id, terms) : null);
  if (wrong !== null) return wrong;
  const name = nameOf(id);
  const says = isTried ? 'PagerDuty takes events under the key' : 'the key looks right (not tried)';
  const unheard = config.file.webhooks.pagerduty === undefined;
  if (unheard) return warning(name, `${says}; Tocsin does not hear what people do in PagerDuty`, `Set webhooks.pagerduty: ${HOW}.`);
  return good(name, `${says}, and Tocsin takes its webhooks`);
}

/** What is wrong with a key as it is set, before anybody is asked. */
function wrongKey(id: string, { variable, key }: PagerDutyTerms): Check | null {
  if (key === null)
    return bad(nameOf(id), `${variable} is not set, so nobody is paged`, `Set it to the integration key of an Events API v2 integration: ${HOW}.`);
  if (KEY.test(key)) return null;
  return bad(
    nameOf(id),
    `${variable} is not an integration key: those have 32 letters and digits`,
    `Copy the key of an Events API v2 integration, not an API key: ${HOW}.`,
  );
}

/** The same of a key that PagerDuty refuses. @throws PagerDutyError that passes */
async function refusedKey({ environment: { PAGERDUTY_EVENTS_URL: address } }: Config, id: string, terms: PagerDutyTerms): Promise<Check | null> {
  const { variable, key } = terms;
  if (key === null) return null;
  try {
    await pagerDutyEvents(address).tryKey(key);
    return null;
  } catch (error) {
    if (!(error instanceof PagerDutyError) || isPassing(error)) throw error;
    return bad(nameOf(id), notTaken(variable, error.message), `Set it to the key of an Events API v2 integration: ${HOW}.`);
  }
}

/** The same, where a moment in which PagerDuty takes nothing is the finding. */
async function untakenKey(config: Config, id: string, terms: PagerDutyTerms): Promise<Check | null> {
  try {
    return await refusedKey(config, id, terms);
  } catch (error) {
    const says = error instanceof PagerDutyError ? error.message : 'it cannot be asked';
    return bad(nameOf(id), notTaken(terms.variable, says), `It may pass: run doctor again (${HOW}).`);
  }
}

function notTaken(variable: string, why: string): string {
  return `an event under the key of ${variable} was not taken: ${why}`;
}

function nameOf(id: string): string {
  return `PagerDuty of ${id}`;
}
