import { z } from 'zod';
import { spokenDuration } from '../../lib/time.ts';
import { readAction } from '../../ports/action.ts';
import { duration, msOf, targetField } from '../shared/fields.ts';
import { askPostgres, postgresPreflight, postgresRights } from './ask.ts';

/** Use of the pool from here on is drawn as alarming. In per cent. */
const ALARMING = 80;

function sqlOf(idle: string): string {
  return `SELECT coalesce(state, 'hidden') AS state, count(*) AS count,
  count(*) FILTER (WHERE state = 'idle' AND state_change < now() - interval '${Math.round(msOf(idle) / 1_000)} seconds') AS idle_long,
  current_setting('max_connections') AS max
FROM pg_stat_activity WHERE backend_type = 'client backend' GROUP BY 1 ORDER BY 2 DESC, 1`;
}

const input = z.strictObject({
  target: targetField,
  idle: duration.default('10m').describe('A connection that is idle for longer than this counts in idle_long.'),
});

const output = z.strictObject({
  found: z.boolean(),
  /** It accepts no more connections, or none is left. Then the other figures may be unknown. */
  exhausted: z.boolean(),
  /** Connections of clients, the question's own among them. */
  count: z.number().int(),
  max: z.number().int(),
  /** Idle for longer than `idle`. */
  idle_long: z.number().int(),
  /** The same by its name of earlier releases, when `idle` was always 10 minutes. */
  idle_over_10m: z.number().int(),
  active: z.number().int(),
  idle: z.number().int(),
  idle_in_transaction: z.number().int(),
  /** Connections by state. */
  by_state: z.record(z.string(), z.number().int()),
});

const rowSchema = z.object({
  state: z.string(),
  count: z.coerce.number().int(),
  idle_long: z.coerce.number().int(),
  max: z.coerce.number().int(),
});

/** How many connections a database has, by state (AU-23). */
export const postgresConnections = readAction({
  name: 'postgres.connections',
  about: 'Counts the connections of a PostgreSQL by state.',
  input,
  output,
  rights: ({ target }, context) => postgresRights(context, target),
  preflight: ({ target }, context) => postgresPreflight(context, target),
  async run({ target, idle }, context) {
    const asked = await askPostgres(context, target, sqlOf(idle));
    if (asked.kind === 'missing') return { state: 'unknown', output: { found: false }, summary: asked.why };
    if (asked.kind === 'exhausted') return { state: 'bad', output: { found: true, exhausted: true }, summary: asked.why };
    const rows = asked.rows.map((row) => rowSchema.parse(row));
    const of = (state: string) => rows.find((row) => row.state === state)?.count ?? 0;
    const count = rows.reduce((sum, row) => sum + row.count, 0);
    const max = rows[0]?.max ?? 0;
    const idleLong = rows.reduce((sum, row) => sum + row.idle_long, 0);
    const hidden = of('hidden') === 0 ? '' : ` The state of ${of('hidden')} is hidden from this user (grant pg_monitor).`;
    const percent = max === 0 ? 0 : Math.round((count * 100) / max);
    return {
      state: percent >= ALARMING ? 'bad' : 'good',
      output: {
        found: true,
        exhausted: max > 0 && count >= max,
        count,
        max,
        idle_long: idleLong,
        idle_over_10m: idleLong,
        active: of('active'),
        idle: of('idle'),
        idle_in_transaction: of('idle in transaction') + of('idle in transaction (aborted)'),
        by_state: Object.fromEntries(rows.map((row) => [row.state, row.count])),
      },
      summary: `${count} of ${max} connections in use (${percent}%), ${of('active')} active, ${of('idle')} idle, ${idleLong} of them for more than ${spokenDuration(idle)}.${hidden}`,
      table: { columns: ['state', 'connections'], rows: rows.map((row) => [row.state, String(row.count)]) },
      chart: {
        title: `Connections of ${target} (at most ${max})`,
        unit: '',
        bars: [...rows.map((row) => ({ label: row.state, value: row.count })), { label: 'all', value: count, alarming: percent >= ALARMING }],
      },
    };
  },
});
