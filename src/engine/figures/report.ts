import { figuresOf, type IncidentFigures, type PeriodFigures, periodFigures, type TrendPart, trendOf } from '../../domain/incident/figures.ts';
import type { Incidents } from '../incidents/incidents.ts';

export const DAY_MS = 86_400_000;
/** Parts of a trend, unless the period has fewer days. */
const PARTS = 10;
/** So many days are a part each. */
const DAILY = 14;

/** Which incidents are counted: those that were declared in so many days before a moment (ms), of all services or one. */
export interface FiguresAsked {
  readonly before: number;
  readonly days: number;
  readonly service: string | null;
}

/** The figures of a period, beside those of the period of the same length before it. */
export interface FiguresReport extends FiguresAsked {
  /** ms. */
  readonly from: number;
  readonly period: PeriodFigures;
  readonly earlier: PeriodFigures;
  readonly trend: readonly TrendPart[];
  /** Those of the period, oldest first. */
  readonly incidents: readonly IncidentFigures[];
}

/** Counts by the states of the incidents, which two statements read. Private ones are left out: nobody may tell from a sum that there is one. */
export async function figuresReport(incidents: Pick<Incidents, 'list'>, asked: FiguresAsked): Promise<FiguresReport> {
  const { before, days, service } = asked;
  const from = before - days * DAY_MS;
  const found = await incidents.list({ since: from - days * DAY_MS, before, private: false, ...(service === null ? {} : { service }) });
  const all = found.map(figuresOf).toReversed();
  const those = all.filter(({ declaredAt }) => declaredAt >= from);
  return {
    ...asked,
    from,
    period: periodFigures(those),
    earlier: periodFigures(all.filter(({ declaredAt }) => declaredAt < from)),
    trend: trendOf(those, from, before, days <= DAILY ? days : PARTS),
    incidents: those,
  };
}
