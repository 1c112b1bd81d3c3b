import { assertNever } from '../../lib/assert-never.ts';
import { plural } from '../../lib/plural.ts';
import { sayUtc } from '../../lib/time.ts';
import { TYPED } from '../../lib/typed.ts';
import { mention } from '../mentions.ts';
import { SEVERITIES, type Severity } from '../severity.ts';
import { saySlackError } from '../slack-error-words.ts';
import { isOld, type PathStanding, type PathTried } from './standing.ts';

type Failed = PathTried['failed'][number];
type Unseen = NonNullable<PathTried['unseen']>[number];

/** Why no address is looked for: its owner wants no mail. Stored. */
export const OPTED_OUT = 'opted_out';

/** How a person is said. */
type Say = (user: string) => string;

/**
 * What is wrong, each as a sentence, with the severities that it is a way of. Who has no address is said together. `named` says whoever is only named,
 * `who` somebody whom Slack does not reach.
 */
export function sayFailures({ failed }: PathTried, named: Say, who: Say = named): readonly string[] {
  const without = failed.filter(({ way }) => way === 'address').map(({ what }) => named(what));
  const others = failed.filter(({ way }) => way !== 'address').map((one) => sayFailed(one, who));
  if (without.length === 0) return others;
  const have = without.length === 1 ? 'has' : 'have';
  return [
    ...others,
    `${without.join(', ')} ${have} no mail address that Tocsin knows, and mail is the last way to whoever Slack does not reach. Put it into the profile in Slack, or into \`contacts\` of the service. Severities: ${saySeverities(SEVERITIES)}.`,
  ];
}

function sayFailed(failed: Failed, who: Say): string {
  return `${sayWhat(failed, who)}. ${failed.severities.length === 1 ? 'Severity' : 'Severities'}: ${saySeverities(failed.severities)}.`;
}

function sayWhat({ way, what, error }: Failed, who: Say): string {
  switch (way) {
    case 'line':
      return `Nobody is called by \`${what}\`: ${saySlackError(error)}`;
    case 'person':
      return `${who(what)} gets no direct message: ${saySlackError(error)}`;
    case 'channel':
      return `<#${what}> takes no message: ${saySlackError(error)}`;
    case 'pagerduty':
      return `PagerDuty would not page: ${error}`;
    case 'pagerduty-on-call':
      return `PagerDuty would not call whom it should: ${error}`;
    case 'mail':
      return `Nobody would get mail: ${error}`;
    case 'address':
      return `${who(what)} has no mail address that Tocsin knows`;
    case 'status-page':
      return `The status page would show nothing: ${error}`;
    default:
      return assertNever(way);
  }
}

/** `P0 to P3`, `P0, P1`. */
function saySeverities(severities: readonly Severity[]): string {
  return severities.length === SEVERITIES.length ? `${SEVERITIES[0]} to ${SEVERITIES.at(-1)}` : severities.join(', ');
}

/** What works, as part of a sentence: `5 people by direct message, <#C0INC>, PagerDuty`. */
export function sayWays({ people, ways }: PathTried): string {
  const words = {
    line: null,
    person: null,
    pagerduty: 'PagerDuty',
    'pagerduty-on-call': 'PagerDuty’s on-call',
    mail: 'mail',
    address: null,
    'status-page': 'the status page',
  } as const;
  const others = ways.flatMap(({ way, what }) => (way === 'channel' ? [`<#${what}>`] : (words[way] ?? [])));
  const reached = people === 0 ? [] : [`${plural(people, 'person', 'people')} by direct message`];
  return [...reached, ...others].join(', ') || 'nothing';
}

/** What nothing is known of, and why, each as a sentence; people of whom the same is not known together, each as `named` says them. */
export function sayUnseen({ unseen = [] }: PathTried, named: Say): readonly string[] {
  const groups = Map.groupBy(unseen, ({ way, error }) => `${way} ${error}`);
  return [...groups.values()].flatMap((same) => {
    const [first] = same;
    return first === undefined
      ? []
      : [
          sayGroup(
            first,
            same.map(({ what }) => named(what)),
          ),
        ];
  });
}

function sayGroup(first: Unseen, people: readonly string[]): string {
  if (first.error !== OPTED_OUT) return `${sayUnknown(first, people)}: ${saySlackError(first.error)}.`;
  const [get, address] = people.length === 1 ? ['gets', 'address is'] : ['get', 'addresses are'];
  return `${people.join(', ')} ${get} no mail where Slack does not reach them: their ${address} in \`opt_out\`.`;
}

function sayUnknown({ way }: Unseen, people: readonly string[]): string {
  if (way === 'address') return `Whether ${people.join(', ')} ${people.length === 1 ? 'has' : 'have'} a mail address is not known`;
  return way === 'pagerduty-on-call' ? 'Whom PagerDuty would call is not known' : `Whether a page goes this way is not known (${way})`;
}

/**
 * The report of a night in which something was wrong, or could not be looked at. Only whom Slack does not reach is mentioned; `named` says everybody else,
 * so that it notifies nobody.
 */
export function sayNight(name: string, tried: PathTried, named: Say): string {
  const opening =
    tried.failed.length > 0
      ? `:warning: A page of *${name}* would not arrive by every way.`
      : `:warning: It is not known whether a page of *${name}* would arrive by every way.`;
  return [
    `${opening} It was tried without waking anybody:`,
    ...sayFailures(tried, named, mention).map((one) => `• ${one}`),
    ...sayUnseen(tried, named).map((one) => `• ${one}`),
    `What works: ${sayWays(tried)}. \`${TYPED} doctor\` shows what the last try found.`,
  ].join('\n');
}

/** So long (ms) after a try it was last night. */
const LAST_NIGHT = 24 * 60 * 60_000;

/**
 * The line of a week: who confirmed, who did not and what to do, and whether the ways work. `named` says whoever was not asked for this; `now`: ms. A try of
 * long ago is no reason for a good word.
 */
export function sayWeek(name: string, { tried, asked }: PathStanding, within: string, named: Say, now: number): string {
  const confirmed = asked?.confirmed ?? [];
  const missed = (asked?.users ?? []).filter((user) => !confirmed.includes(user));
  if (missed.length > 0)
    return `:warning: ${missed.map(mention).join(', ')} did not confirm this week’s test message of *${name}* within ${within}. Does Slack notify you of Tocsin’s direct messages? Check that, and press *I got it* in the message: it still counts.`;
  const who = confirmed.map(mention).join(', ');
  if (tried !== null && isOld(tried, now))
    return `:warning: ${who} confirmed this week’s test message of *${name}*, but whether a page arrives by every way was last tried at ${sayUtc(tried.on)}. It is to be tried each night: see whether Tocsin runs at that time, and what its log says.`;
  const when = tried !== null && now - tried.on > LAST_NIGHT ? `at ${sayUtc(tried.on)}` : 'last night';
  const ways = tried === null ? '' : [` Tried ${when}: ${sayWays(tried)}.`, ...sayUnseen(tried, named)].join(' ');
  return `:white_check_mark: A page of *${name}* arrives: ${who} confirmed this week’s test message.${ways}`;
}
