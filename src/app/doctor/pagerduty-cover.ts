import { pagerDutyCover } from '../../adapters/pagerduty/cover.ts';
import type { Config } from '../../config/load.ts';
import { pagerDutyServiceOf } from '../../config/pagerduty.ts';
import type { Found } from '../../engine/reach/page-path/ports.ts';
import { PagerDutyReadError } from '../../ports/pagerduty.ts';
import { bad, type Check, good, unknown, warning } from './check.ts';

const HOW = 'docs/how-to/page-with-pagerduty.md';

/**
 * Whether PagerDuty would call somebody: `covered`, `uncovered`, or not known, because it could not be read or nothing says what to read. `foreign`: none of
 * the service's integrations has the key, so that what is read of it says nothing of a page. That is a warning and no fault: an orchestration may lead the
 * page to this service all the same. `hidden`: somebody is called, if the key belongs to the service.
 */
type Cover =
  | { readonly state: 'foreign'; readonly says: string; readonly advice: string }
  | { readonly state: 'hidden'; readonly says: string }
  | { readonly state: 'covered'; readonly says: string }
  | { readonly state: 'uncovered'; readonly says: string; readonly advice: string }
  | { readonly state: 'unread'; readonly says: string; readonly advice: string; readonly error: PagerDutyReadError }
  | { readonly state: 'unasked'; readonly says: string };

/** Whether the service behind a key pages anybody, and whom it calls first. `null` where a service has no PagerDuty. */
export async function checkCover(config: Config, id: string): Promise<Check | null> {
  const cover = await coverOf(config, id);
  if (cover === null) return null;
  const name = `PagerDuty on-call of ${id}`;
  switch (cover.state) {
    case 'covered':
      return good(name, cover.says);
    case 'uncovered':
      return bad(name, cover.says, `${cover.advice} ${HOW}.`);
    case 'foreign':
      return warning(name, `not known: ${cover.says}`, `${cover.advice}: ${HOW}.`);
    case 'hidden':
      return unknown(name, `not known: ${cover.says}`, `Compare it with the service’s integrations in PagerDuty: ${HOW}.`);
    case 'unread':
      return isBeyondUs(cover.error)
        ? unknown(name, `not known: ${cover.says}`, `Run doctor again: ${HOW}.`)
        : bad(name, `not known: ${cover.says}`, `${cover.advice} ${HOW}.`);
    default:
      return unknown(name, `not known: ${cover.says}`, `Set pagerduty.service to its id in PagerDuty: ${HOW}.`);
  }
}

/** The same for the proof that a page arrives. @throws PagerDutyReadError that passes: it is for whoever has the patience to ask again */
export async function findCover(config: Config, id: string): Promise<Found> {
  const cover = await coverOf(config, id);
  if (cover === null || cover.state === 'covered') return null;
  if (cover.state === 'uncovered') return cover.says;
  // Nothing here can be corrected for it: neither makes a report by itself.
  if (cover.state === 'unasked' || cover.state === 'hidden') return { unseen: cover.says, tried: false };
  if (cover.state === 'foreign') return { unseen: `${cover.says}. ${cover.advice}`, tried: true };
  if (cover.error.reason === 'passing') throw cover.error;
  return { unseen: isBeyondUs(cover.error) ? cover.says : `${cover.says}. ${cover.advice.replace(/\.$/, '')}`, tried: true };
}

/** Whether nobody can do anything about it here: it passes, or it is PagerDuty’s own odd answer. */
function isBeyondUs({ reason }: PagerDutyReadError): boolean {
  return reason === 'passing' || reason === 'odd';
}

async function coverOf(config: Config, id: string): Promise<Cover | null> {
  const terms = pagerDutyServiceOf(config, id);
  if (terms === null) return null;
  const { service, key, variable, routing } = terms;
  if (service === null)
    return { state: 'unasked', says: 'pagerduty.service is not set, so neither the service there nor who is on call is looked at' };
  const reader = pagerDutyCover({ address: config.environment.PAGERDUTY_API_URL, key, variable });
  try {
    const { status, policy, hasKey } = await reader.service(service, routing?.key ?? null);
    if (routing !== null && hasKey === false)
      return {
        state: 'foreign',
        says: `none of the integrations of the service ${service} has the key of ${routing.variable}, so a page goes to another service or to an event orchestration, if PagerDuty takes it`,
        advice: `Set ${routing.variable} to the key of one of its integrations, or correct pagerduty.service; for an orchestration’s key set pagerduty.orchestration`,
      };
    if (status === 'disabled')
      return { state: 'uncovered', says: `the service ${service} is disabled there, so it pages nobody`, advice: 'Enable it in PagerDuty:' };
    if (status === 'maintenance')
      return {
        state: 'uncovered',
        says: `the service ${service} is in maintenance there, so it pages nobody until that ends`,
        advice: 'End the maintenance window in PagerDuty, or wait for its end:',
      };
    const [first] = await reader.levels(policy);
    const advice = 'Put somebody on call in PagerDuty:';
    if (first === undefined) return { state: 'uncovered', says: `nobody is on call now at any level of its escalation policy ${policy}`, advice };
    if (first > 1)
      return {
        state: 'uncovered',
        says: `nobody is on call now at the first level of its escalation policy ${policy}, only from level ${first} on`,
        advice,
      };
    const says = `the service ${service} is on, and somebody is on call at the first level of its escalation policy ${policy}`;
    if (routing !== null && hasKey === null)
      return { state: 'hidden', says: `${says}, but PagerDuty does not show whether the key of ${routing.variable} is one of its integrations’` };
    return { state: 'covered', says };
  } catch (error) {
    if (!(error instanceof PagerDutyReadError)) throw error;
    return { state: 'unread', says: error.message, advice: error.advice, error };
  }
}
