import { z } from 'zod';
import { largest } from '../../lib/numbers.ts';
import { plural } from '../../lib/plural.ts';
import { readAction } from '../../ports/action.ts';
import { integer } from '../k8s/fields.ts';
import { askPostgres, postgresPreflight, postgresRights, type Row } from '../postgres/ask.ts';
import { columnField, identifier, tableField } from '../postgres/sql.ts';
import { sayBytes, targetField } from '../shared/fields.ts';

const input = z.strictObject({
  target: targetField.describe('The ledger’s database'),
  tenant: z.string().default('').describe('Empty: not known'),
  table: tableField.default('UsageEvent'),
  tenant_column: columnField.default('tenantId'),
  bytes_column: columnField.default('netBytes'),
  time_column: columnField.default('ts'),
  rows: integer.min(10).max(1_000).default(100),
  factor: z.number().min(1).default(10).describe('An event that sent so many times the median is an outlier'),
});

const output = z.strictObject({
  found: z.boolean(),
  count: integer,
  median_bytes: integer,
  average_bytes: integer,
  largest_bytes: integer,
  /** Events far above the median, and what they sent together. */
  outliers: integer,
  outlier_bytes: integer,
  /** When the first and the last of them was, RFC 3339; empty without one. */
  first: z.string(),
  last: z.string(),
  says: z.string(),
});

interface Event {
  readonly at: string;
  readonly bytes: number;
}

/** Whether a tenant sends out far more than it is used to (PF-25). The ledger's image has no psql: the bot asks itself. */
export const fabricUsage = readAction({
  name: 'fabric.usage',
  about: 'The newest usage events of a tenant in the ledger: whether some sent far more than the others.',
  input,
  output,
  rights: ({ target }, context) => postgresRights(context, target),
  preflight: ({ target }, context) => postgresPreflight(context, target),
  async run(asked, context) {
    const { target, tenant, table, tenant_column, bytes_column, time_column, rows, factor } = asked;
    if (tenant === '') return { state: 'unknown', output: { found: false }, summary: 'No tenant is named, so no usage was read.' };
    const [bytes, time] = [identifier(bytes_column), identifier(time_column)];
    const sql = `SELECT to_char(${time}, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS at, ${bytes}::bigint AS bytes FROM ${identifier(table)}
WHERE ${identifier(tenant_column)} = $1 ORDER BY ${time} DESC LIMIT ${rows}`;
    const answer = await askPostgres(context, target, sql, { values: [tenant] });
    if (answer.kind !== 'rows') return { state: 'unknown', output: { found: false }, summary: answer.why };
    const events = answer.rows.map(eventOf);
    if (events.length === 0)
      return { state: 'unknown', output: { found: true, count: 0 }, summary: `The ledger has no usage of tenant ${tenant}. Is it spelled so?` };
    const sizes = events.map((event) => event.bytes);
    const median = medianOf(sizes);
    const outliers = events.filter((event) => event.bytes > Math.max(median, 1) * factor);
    const sent = outliers.reduce((sum, event) => sum + event.bytes, 0);
    const says = sayUsage(tenant, events, outliers, median, sent);
    return {
      state: outliers.length === 0 ? 'good' : 'bad',
      output: {
        found: true,
        count: events.length,
        median_bytes: Math.round(median),
        average_bytes: Math.round(sizes.reduce((sum, size) => sum + size, 0) / sizes.length),
        largest_bytes: largest(sizes),
        outliers: outliers.length,
        outlier_bytes: sent,
        first: outliers.at(-1)?.at ?? '',
        last: outliers[0]?.at ?? '',
        says,
      },
      summary: says,
      table: {
        columns: ['Time (UTC)', 'Sent'],
        rows: [...events]
          .sort((one, other) => other.bytes - one.bytes)
          .slice(0, 10)
          .map((event) => [event.at, sayBytes(event.bytes)]),
      },
      text: { name: 'usage.csv', content: ['time,bytes', ...events.map((event) => `${event.at},${event.bytes}`), ''].join('\n') },
    };
  },
});

function eventOf(row: Row): Event {
  return { at: row['at'] ?? '', bytes: Number(row['bytes'] ?? 0) };
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

function sayUsage(tenant: string, events: readonly Event[], outliers: readonly Event[], median: number, sent: number): string {
  const usual = `half of the last ${plural(events.length, 'event')} sent at most ${sayBytes(Math.round(median))}`;
  if (outliers.length === 0) return `Tenant ${tenant} sends as usual: ${usual}, none far more.`;
  const first = outliers.at(-1)?.at ?? '';
  return `Tenant ${tenant} sent ${sayBytes(sent)} in ${plural(outliers.length, 'event')} since ${first}: far more than usual, for ${usual}.`;
}
