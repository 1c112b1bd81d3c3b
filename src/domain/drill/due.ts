import type { StoredRecord } from '../record.ts';
import { DRILL_DATA } from '../records/data/drills.ts';
import type { Severity } from '../severity.ts';
import { DRILL_FORMS, type DrillForm, type DrillInterval, formOf, later } from './forms.ts';

/** Types of the records of `system` from which it follows when drills were held, and whether anybody was told that one is overdue. */
export const DRILL_RECORDS = ['drill.started', 'drill.finished', 'drill.reminded'] as const satisfies readonly (keyof typeof DRILL_DATA)[];

/** How often drills of a service are due, by form. */
export type DrillIntervals = Readonly<Record<DrillForm, DrillInterval>>;

/** A service that holds drills. */
export interface DrilledService {
  readonly id: string;
  readonly name: string;
  readonly every: DrillIntervals;
  /** Its runbooks: a form without any is not due. */
  readonly runbooks: readonly { readonly id: string; readonly severity: Severity }[];
}

/** When a drill was last held, and of which runbook. */
export interface Held {
  readonly drill: string;
  readonly runbook: string;
  /** ms. */
  readonly at: number;
}

/** After everything that is ever due, ms. */
const NEVER = Number.MAX_SAFE_INTEGER;

/** How a service stands with one form of drill. Times in ms. */
export interface DrillStanding {
  readonly service: string;
  readonly serviceName: string;
  readonly form: DrillForm;
  readonly last: Held | null;
  /** `null`: never, since it is switched off. */
  readonly dueAt: number | null;
  readonly overdue: boolean;
}

/**
 * How each service stands with each form of which it has a runbook: the overdue ones first, longest overdue before. What was never held is
 * due one interval after `since`, when Tocsin began here (ms).
 */
export function standings(
  records: readonly StoredRecord[],
  services: readonly DrilledService[],
  { since, now }: { readonly since: number; readonly now: number },
): readonly DrillStanding[] {
  const held = heldIn(records);
  const all = services.flatMap(({ id, name, every, runbooks }) =>
    DRILL_FORMS.filter((form) => runbooks.some(({ severity }) => formOf(severity) === form)).map((form): DrillStanding => {
      const last = held.findLast((one) => one.service === id && one.form === form) ?? null;
      const interval = every[form];
      const dueAt = interval === null ? null : later(last?.at ?? since, interval);
      return { service: id, serviceName: name, form, last, dueAt, overdue: dueAt !== null && dueAt <= now };
    }),
  );
  return all.toSorted((one, other) => (one.dueAt ?? NEVER) - (other.dueAt ?? NEVER));
}

/** When each runbook was last drilled, in any form, ms. */
export function lastByRunbook(records: readonly StoredRecord[]): ReadonlyMap<string, number> {
  return new Map(heldIn(records).map(({ runbook, at }) => [runbook, at]));
}

/** An overdue drill is said again after this long, ms. */
const REMIND_EVERY = 7 * 24 * 60 * 60_000;

/** What of a service is to be said now: all that is overdue, when nobody was told within the week; else nothing. */
export function toRemind(
  records: readonly StoredRecord[],
  standing: readonly DrillStanding[],
  service: string,
  now: number,
): readonly DrillStanding[] {
  const overdue = standing.filter((one) => one.service === service && one.overdue);
  if (overdue.length === 0) return [];
  const told = records.findLast((record) => record.type === 'drill.reminded' && DRILL_DATA['drill.reminded'].parse(record.data).service === service);
  return told !== undefined && Date.parse(told.time) + REMIND_EVERY > now ? [] : overdue;
}

/** Drills that were played to their end, in order. One that was broken off was not held. */
function heldIn(records: readonly StoredRecord[]): readonly (Held & { readonly service: string; readonly form: DrillForm })[] {
  return records.flatMap(({ type, data, time }) => {
    if (type !== 'drill.finished') return [];
    const { drill, service, form, runbook, held } = DRILL_DATA['drill.finished'].parse(data);
    return held ? [{ drill, service, form, runbook, at: Date.parse(time) }] : [];
  });
}
