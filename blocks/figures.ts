import { breachesOf, type PeriodFigures } from '../src/domain/incident/figures.ts';
import { TARGETS } from '../src/domain/incident/tally.ts';
import { SEVERITIES } from '../src/domain/severity.ts';
import { plural } from '../src/lib/plural.ts';
import type { Spread } from '../src/lib/quantile.ts';
import { sayDuration } from '../src/lib/time.ts';
import { context, header, type Message, message, section } from './kit.ts';
import { safe } from './outside.ts';
import { when } from './text.ts';

/** Services that are named; the others are counted. */
const SERVICES = 8;

export interface FiguresShown {
  /** ms. */
  readonly from: number;
  readonly before: number;
  readonly days: number;
  /** The name of the only service that is counted; `null` for all. */
  readonly service: string | null;
  readonly period: PeriodFigures;
  readonly earlier: PeriodFigures;
}

/** The figures of a period beside those of the one before. The chart and the table follow below it. */
export function figures({ from, before, days, service, period, earlier }: FiguresShown): Message {
  const of = service === null ? '' : ` of ${service}`;
  const title = `Incidents${of}: the last ${days === 1 ? 'day' : `${days} days`}`;
  const lines =
    period.incidents === 0
      ? [`:white_check_mark: No incident was declared${sayBefore(String(earlier.incidents))}.`]
      : [
          `*${plural(period.incidents, 'incident')}*${sayBefore(String(earlier.incidents))}${period.open === 0 ? '' : `, ${period.open} still open`}`,
          `By severity: ${SEVERITIES.map((severity) => `${severity} ${period.bySeverity[severity]}`).join('  ·  ')}`,
          ...(service === null ? [`By service: ${sayServices(period)}`] : []),
        ];
  const rates =
    period.incidents === 0
      ? []
      : [
          section(
            [
              `*Time to acknowledge* (MTTA)\n${saySpread(period.acknowledge, earlier.acknowledge, 'Nobody acknowledged one.')}${sayInTime(period)}`,
              `*Time to the first update*\n${saySpread(period.firstUpdate, earlier.firstUpdate, 'Nobody posted one.')}`,
              `*Time to resolve* (MTTR)\n${saySpread(period.resolve, earlier.resolve, 'None is resolved.')}`,
            ].join('\n'),
          ),
          section([sayUpdates(period, earlier), sayBreaches(period, earlier), sayReopened(period, earlier)].join('\n')),
        ];
  return message(title, [
    header(title),
    context(
      `${when(from, 'in-sentence')} to ${when(before, 'in-sentence')}, by when they were declared. In brackets: the ${days === 1 ? 'day' : `${days} days`} before.`,
    ),
    section(lines.join('\n')),
    ...rates,
    context(`${sayMerged(period)}${sayCancelled(period)}Private incidents are not counted.`),
  ]);
}

function sayBefore(said: string): string {
  return ` (${said})`;
}

function sayServices({ byService }: PeriodFigures): string {
  const left = byService.slice(SERVICES).reduce((sum, { incidents }) => sum + incidents, 0);
  const named = byService.slice(0, SERVICES).map(({ name, incidents }) => `${safe(name)} ${incidents}`);
  return [...named, ...(left === 0 ? [] : [`others ${left}`])].join('  ·  ');
}

function saySpread(now: Spread | null, earlier: Spread | null, none: string): string {
  if (now === null) return none;
  const said = (label: string, of: (spread: Spread) => number) =>
    `${label} ${sayDuration(of(now))}${sayBefore(earlier === null ? 'none' : sayDuration(of(earlier)))}`;
  return [said('mean', ({ mean }) => mean), said('median', ({ median }) => median), said('90th percentile', ({ p90 }) => p90)].join(', ');
}

function sayInTime({ acknowledge, acknowledgedInTime: inTime }: PeriodFigures): string {
  return acknowledge === null ? '' : `; ${inTime} of ${acknowledge.count} in time`;
}

function sayUpdates(now: PeriodFigures, earlier: PeriodFigures): string {
  const automatic = now.automaticUpdates === 0 ? '' : `, and ${now.automaticUpdates} by Tocsin in place of a late one`;
  return `*Updates*: ${now.updates} by people${sayBefore(String(earlier.updates))}, ${now.lateUpdates} of them late${sayBefore(String(earlier.lateUpdates))}${automatic}`;
}

function sayBreaches(now: PeriodFigures, earlier: PeriodFigures): string {
  const each = breachesOf(now) === 0 ? '' : `: ${TARGETS.map((target) => `${target} ${now.breaches[target]}`).join(', ')}`;
  return `*Breaches of targets*: ${breachesOf(now)}${sayBefore(String(breachesOf(earlier)))}${each}`;
}

function sayReopened(now: PeriodFigures, earlier: PeriodFigures): string {
  return `*Reopened*: ${plural(now.reopened, 'incident')}${sayBefore(String(earlier.reopened))}`;
}

function sayCancelled({ cancelled }: PeriodFigures): string {
  return cancelled === 0
    ? ''
    : `${plural(cancelled, 'incident was', 'incidents were')} cancelled and ${cancelled === 1 ? 'is' : 'are'} not counted. `;
}

function sayMerged({ merged }: PeriodFigures): string {
  return merged === 0
    ? ''
    : `${plural(merged, 'incident was', 'incidents were')} merged into others and ${merged === 1 ? 'is' : 'are'} counted there. `;
}
