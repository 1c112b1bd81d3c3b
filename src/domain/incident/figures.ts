import { type Spread, spreadOf } from '../../lib/quantile.ts';
import type { Severity } from '../severity.ts';
import { type Incident, isOpen, type Status } from './incident.ts';
import { perTarget, TARGETS, type Tally, type TargetName } from './tally.ts';

/** What is counted of one incident. Lengths of time in ms; `null` for what did not happen. */
export interface IncidentFigures {
  readonly id: string;
  readonly title: string;
  readonly service: string;
  readonly serviceName: string;
  readonly severity: Severity;
  readonly status: Status;
  readonly declaredAt: number;
  readonly resolvedAt: number | null;
  /** It is part of another incident, which is counted. */
  readonly merged: boolean;
  /** It was none. */
  readonly cancelled: boolean;
  readonly open: boolean;
  /** From each call of the responders to its acknowledgement. */
  readonly acknowledged: Tally['acknowledgements'];
  /** From the declaration to the first update by a person. */
  readonly firstUpdateMs: number | null;
  /** From when it was noticed to the last resolution. */
  readonly resolvedMs: number | null;
  readonly updates: number;
  readonly lateUpdates: number;
  readonly automaticUpdates: number;
  readonly breaches: Tally['breaches'];
  readonly reopened: number;
}

/** The figures of one incident, by its state. */
export function figuresOf({ milestones, tally, ...incident }: Incident): IncidentFigures {
  const { detected, declared, resolved } = milestones;
  const { acknowledgements, firstUpdateAt, ...rest } = tally;
  return {
    id: incident.id,
    title: incident.title,
    service: incident.service,
    serviceName: incident.serviceName,
    severity: incident.severity,
    status: incident.status,
    declaredAt: declared,
    resolvedAt: resolved,
    merged: incident.mergedInto !== null,
    cancelled: incident.cancelled === true,
    open: isOpen({ milestones, tally, ...incident }),
    acknowledged: acknowledgements,
    firstUpdateMs: firstUpdateAt === null ? null : firstUpdateAt - declared,
    resolvedMs: resolved === null ? null : Math.max(0, resolved - (detected ?? declared)),
    ...rest,
    reopened: incident.reopened,
  };
}

/** What is counted over the incidents of a period. */
export interface PeriodFigures {
  readonly incidents: number;
  /** Merged into others, and not among them. */
  readonly merged: number;
  /** Those were none, and are not among them. */
  readonly cancelled: number;
  readonly open: number;
  readonly bySeverity: Readonly<Record<Severity, number>>;
  /** The most incidents first. */
  readonly byService: readonly { readonly name: string; readonly incidents: number }[];
  readonly acknowledge: Spread | null;
  /** How many acknowledgements were not after their target. */
  readonly acknowledgedInTime: number;
  readonly firstUpdate: Spread | null;
  readonly resolve: Spread | null;
  readonly updates: number;
  readonly lateUpdates: number;
  readonly automaticUpdates: number;
  readonly breaches: Readonly<Record<TargetName, number>>;
  /** How many incidents were reopened at least once. */
  readonly reopened: number;
}

/** Whether it is an incident of its own. */
function counts({ merged, cancelled }: IncidentFigures): boolean {
  return !merged && !cancelled;
}

/** Sums up the incidents of a period. Those that were merged into others are counted there, and those that were cancelled were none. */
export function periodFigures(all: readonly IncidentFigures[]): PeriodFigures {
  const those = all.filter(counts);
  const sum = (of: (one: IncidentFigures) => number) => those.reduce((total, one) => total + of(one), 0);
  const acknowledged = those.flatMap((one) => one.acknowledged);
  return {
    incidents: those.length,
    merged: all.filter(({ merged }) => merged).length,
    cancelled: all.filter(({ merged, cancelled }) => cancelled && !merged).length,
    open: those.filter(({ open }) => open).length,
    bySeverity: bySeverity(those),
    byService: byService(those),
    acknowledge: spreadOf(acknowledged.map(({ within_ms }) => within_ms)),
    acknowledgedInTime: acknowledged.filter(({ within_ms, target_ms }) => within_ms <= target_ms).length,
    firstUpdate: spreadOf(those.flatMap(({ firstUpdateMs }) => firstUpdateMs ?? [])),
    resolve: spreadOf(those.flatMap(({ resolvedMs }) => resolvedMs ?? [])),
    updates: sum(({ updates }) => updates),
    lateUpdates: sum(({ lateUpdates }) => lateUpdates),
    automaticUpdates: sum(({ automaticUpdates }) => automaticUpdates),
    breaches: perTarget((target) => sum(({ breaches }) => breaches[target])),
    reopened: those.filter(({ reopened }) => reopened > 0).length,
  };
}

/** One part of a period. */
export interface TrendPart {
  /** ms. */
  readonly from: number;
  readonly bySeverity: Readonly<Record<Severity, number>>;
  readonly resolve: Spread | null;
}

/** A period in parts of the same length, oldest first. `from` and `to` in ms; what lies outside is left out. */
export function trendOf(all: readonly IncidentFigures[], from: number, to: number, parts: number): readonly TrendPart[] {
  const length = (to - from) / parts;
  const placed = all.filter((one) => counts(one) && one.declaredAt >= from && one.declaredAt < to);
  const partOf = ({ declaredAt }: IncidentFigures) => Math.min(parts - 1, Math.floor((declaredAt - from) / length));
  return Array.from({ length: parts }, (_, i) => {
    const those = placed.filter((one) => partOf(one) === i);
    return { from: from + i * length, bySeverity: bySeverity(those), resolve: spreadOf(those.flatMap(({ resolvedMs }) => resolvedMs ?? [])) };
  });
}

/** All breaches of a period. */
export function breachesOf({ breaches }: Pick<PeriodFigures, 'breaches'>): number {
  return TARGETS.reduce((sum, target) => sum + breaches[target], 0);
}

function bySeverity(those: readonly IncidentFigures[]): Readonly<Record<Severity, number>> {
  const sums: Record<Severity, number> = { P0: 0, P1: 0, P2: 0, P3: 0 };
  for (const { severity } of those) sums[severity] += 1;
  return sums;
}

function byService(those: readonly IncidentFigures[]): PeriodFigures['byService'] {
  const found = new Map<string, { name: string; incidents: number }>();
  for (const { service, serviceName: name } of those) found.set(service, { name, incidents: (found.get(service)?.incidents ?? 0) + 1 });
  return [...found.values()].sort((a, b) => b.incidents - a.incidents || a.name.localeCompare(b.name));
}
