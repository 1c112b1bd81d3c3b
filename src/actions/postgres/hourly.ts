import { z } from 'zod';
import { plural } from '../../lib/plural.ts';
import { readAction } from '../../ports/action.ts';
import { targetField } from '../shared/fields.ts';
import { askPostgres, postgresPreflight, postgresRights, type Row } from './ask.ts';
import { columnField, identifier, literal, tableField } from './sql.ts';

const HOUR_MS = 3_600_000;

const input = z.strictObject({
  target: targetField,
  table: tableField,
  column: columnField.default('timestamp'),
  hours: z.number().int().min(1).max(168).default(24),
});

const output = z.strictObject({
  found: z.boolean(),
  total: z.number().int(),
  /** Whole hours (their beginning, UTC) without a single row. The hour that runs is none. */
  gaps: z.array(z.string()),
  per_hour: z.array(z.strictObject({ hour: z.string(), count: z.number().int() })),
});

type PerHour = z.infer<typeof output>['per_hour'];

/** Rows per hour, gaps pointed out: whether audit events are recorded (SK-43). */
export const postgresHourly = readAction({
  name: 'postgres.hourly',
  about: 'Counts the rows of a table per hour and points out gaps.',
  input,
  output,
  rights: ({ target }, context) => postgresRights(context, target),
  preflight: ({ target }, context) => postgresPreflight(context, target),
  async run({ target, table, column, hours }, context) {
    const slots = slotsOf(await context.now(), hours);
    const asked = await askPostgres(context, target, sqlOf(table, column, slots));
    if (asked.kind !== 'rows') return { state: 'unknown', output: { found: false }, summary: asked.why };
    const { perHour, gaps } = fill(asked.rows, slots);
    const total = perHour.reduce((sum, one) => sum + one.count, 0);
    const missing = gaps.length === 0 ? 'no gap' : `${plural(gaps.length, 'hour')} without any: ${sayHours(gaps)}`;
    return {
      state: gaps.length === 0 ? 'good' : 'bad',
      output: { found: true, total, gaps, per_hour: perHour },
      summary: `${plural(total, 'row')} of ${table} in the last ${plural(hours, 'hour')}, ${missing}.`,
      chart: {
        title: `Rows of ${table} per hour (UTC)`,
        unit: '',
        bars: perHour.map((one) => ({ label: one.hour.slice(11, 16), value: one.count, ...(gaps.includes(one.hour) ? { alarming: true } : {}) })),
      },
    };
  },
});

/** The beginnings of the last hours, the one that runs last. */
export function slotsOf(now: number, hours: number): string[] {
  const last = Math.floor(now / HOUR_MS) * HOUR_MS;
  return Array.from({ length: hours }, (_, index) => hourText(last - (hours - 1 - index) * HOUR_MS));
}

function sqlOf(table: string, column: string, slots: readonly string[]): string {
  const name = identifier(column);
  return `SELECT to_char(date_trunc('hour', ${name}), 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS hour, count(*) AS count
FROM ${identifier(table)} WHERE ${name} >= ${literal(slots[0] ?? '')} GROUP BY 1 ORDER BY 1`;
}

/** Every hour with its count, and the whole hours that have none. */
export function fill(rows: readonly Row[], slots: readonly string[]): { perHour: PerHour; gaps: string[] } {
  const counts = new Map(rows.map((row) => [row['hour'] ?? '', Number(row['count'] ?? 0)]));
  const perHour = slots.map((hour) => ({ hour, count: counts.get(hour) ?? 0 }));
  return {
    perHour,
    gaps: perHour
      .slice(0, -1)
      .filter((one) => one.count === 0)
      .map((one) => one.hour),
  };
}

function hourText(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}

/** The hours by their beginning, the first ones. */
function sayHours(gaps: readonly string[]): string {
  return `${gaps.slice(0, 6).join(', ')}${gaps.length > 6 ? ` and ${gaps.length - 6} more` : ''}`;
}
