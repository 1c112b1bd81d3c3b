import { isGraver, type Severity } from '../severity.ts';

/** How a runbook is practised: played like an incident, answered at the table, or read and signed (AU-90). */
export const DRILL_FORMS = ['fire', 'tabletop', 'review'] as const;
export type DrillForm = (typeof DRILL_FORMS)[number];

export const FORM_NAMES: Readonly<Record<DrillForm, string>> = { fire: 'fire drill', tabletop: 'tabletop exercise', review: 'review' };

/** P0 scenarios are played, P1 scenarios are talked through, the others are read again (AU-90). */
export function formOf(severity: Severity): DrillForm {
  if (severity === 'P0') return 'fire';
  return isGraver(severity, 'P2') ? 'tabletop' : 'review';
}

export function isDrillForm(word: string): word is DrillForm {
  return (DRILL_FORMS as readonly string[]).includes(word);
}

/** How often a drill is due, by the calendar; `null`: never. */
export type DrillInterval = { readonly count: number; readonly unit: DrillUnit } | null;

const UNITS = ['day', 'week', 'month', 'year'] as const;
type DrillUnit = (typeof UNITS)[number];

/** Reads `1 month`, `3 months`, `1 year`; `undefined` when it is none of these. */
export function parseInterval(text: string): Exclude<DrillInterval, null> | undefined {
  const [, count, word] = /^([1-9]\d?) (day|week|month|year)s?$/.exec(text) ?? [];
  const unit = UNITS.find((one) => one === word);
  return unit === undefined ? undefined : { count: Number(count), unit };
}

export function sayInterval({ count, unit }: Exclude<DrillInterval, null>): string {
  return count === 1 ? `every ${unit}` : `every ${count} ${unit}s`;
}

const DAY = 24 * 60 * 60_000;

/** The same time of day that much later, in UTC; a day that the month does not have becomes its last one. `at`: ms. */
export function later(at: number, { count, unit }: Exclude<DrillInterval, null>): number {
  if (unit === 'day' || unit === 'week') return at + count * (unit === 'day' ? 1 : 7) * DAY;
  const date = new Date(at);
  const months = date.getUTCMonth() + count * (unit === 'month' ? 1 : 12);
  const last = new Date(Date.UTC(date.getUTCFullYear(), months + 1, 0)).getUTCDate();
  const day = Date.UTC(date.getUTCFullYear(), months, Math.min(date.getUTCDate(), last));
  return day + (at - Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()));
}
