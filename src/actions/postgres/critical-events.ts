import { z } from 'zod';
import { plural } from '../../lib/plural.ts';
import { readAction } from '../../ports/action.ts';
import { anyJson, duration, msOf, targetField } from '../shared/fields.ts';
import { askPostgres, postgresPreflight, postgresRights } from './ask.ts';
import { rowsOf } from './query.ts';
import { cellsOf, columnsOf } from './show.ts';
import { identifier, literal, tableField } from './sql.ts';

/** Shown first, where a table has them (audit_events of SARK). */
const COLUMNS = ['timestamp', 'event_type', 'user_email', 'server_id', 'tool_name', 'decision', 'ip_address', 'error_message'];

const input = z.strictObject({
  target: targetField,
  table: tableField.default('audit_events'),
  within: duration.default('1h'),
  limit: z.number().int().min(1).max(500).default(100),
});

const output = z.strictObject({
  found: z.boolean(),
  /** All of them, also beyond the limit. */
  count: z.number().int(),
  /** Ids of the servers that they name, those that most are about first. */
  servers: z.array(z.string()),
  /** Users, and addresses from which it was done, in the same order; empty where the table has none. */
  users: z.array(z.string()),
  addresses: z.array(z.string()),
  /** Newest first. */
  events: z.array(anyJson),
});

/** Columns that name somebody or something; of each row the first that says anything counts. */
const NAMING = {
  servers: ['server_id'],
  users: ['user_email', 'user_name', 'username', 'user_id'],
  addresses: ['ip_address', 'source_ip', 'client_ip', 'remote_addr'],
} as const;

const row = z.record(z.string(), z.json());

/** CRITICAL audit events of the last hour (SK-50). The severity is an enum in upper case in some versions and a text in others. */
export const postgresCriticalEvents = readAction({
  name: 'postgres.critical-events',
  about: 'Lists the newest audit events of severity CRITICAL.',
  input,
  output,
  rights: ({ target }, context) => postgresRights(context, target),
  preflight: ({ target }, context) => postgresPreflight(context, target),
  async run({ target, table, within, limit }, context) {
    const since = new Date(Math.max((await context.now()) - msOf(within), context.newerThan ?? 0)).toISOString();
    const sql = `SELECT count(*) OVER () AS total, row_to_json(event)::text AS row FROM ${identifier(table)} AS event
WHERE upper(event.severity::text) = 'CRITICAL' AND event."timestamp" >= ${literal(since)} ORDER BY event."timestamp" DESC LIMIT ${limit}`;
    const asked = await askPostgres(context, target, sql);
    if (asked.kind !== 'rows') return { state: 'unknown', output: { found: false }, summary: asked.why };
    const events = rowsOf(asked.rows);
    const total = Number(asked.rows[0]?.['total'] ?? 0);
    const present = columnsOf(events);
    const known = COLUMNS.filter((column) => present.includes(column));
    const columns = known.length > 0 ? known : present.slice(0, 6);
    return {
      state: total === 0 ? 'good' : 'bad',
      output: {
        found: true,
        count: total,
        servers: namedIn(events, 'servers'),
        users: namedIn(events, 'users'),
        addresses: namedIn(events, 'addresses'),
        events,
      },
      summary: total === 0 ? `No CRITICAL event in ${table} within ${within}.` : `${plural(total, 'CRITICAL event')} in ${table} within ${within}.`,
      ...(events.length === 0
        ? {}
        : {
            table: { columns, rows: events.map((event) => cellsOf(event, columns)) },
            text: { name: `${table}-critical.jsonl`, content: `${events.map((event) => JSON.stringify(event)).join('\n')}\n` },
          }),
    };
  },
});

/** What the rows name, that which most of them do first. */
function namedIn(events: ReturnType<typeof rowsOf>, what: keyof typeof NAMING): string[] {
  const all = events.flatMap((event) => {
    const columns = row.safeParse(event).data ?? {};
    return NAMING[what].map((column) => columns[column]).find((value) => typeof value === 'string' && value !== '') ?? [];
  });
  return [...Map.groupBy(all.map(String), (name) => name)].sort(([, one], [, other]) => other.length - one.length).map(([name]) => name);
}
