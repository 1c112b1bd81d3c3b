import { z } from 'zod';
import { plural } from '../../lib/plural.ts';
import { readAction } from '../../ports/action.ts';
import { anyJson, duration, msOf, targetField } from '../shared/fields.ts';
import { askPostgres, postgresPreflight, postgresRights, type Row } from './ask.ts';
import { cellsOf, columnsOf } from './show.ts';
import { questionField, withoutSemicolon } from './sql.ts';

const input = z.strictObject({
  target: targetField,
  sql: questionField.describe('One SELECT, as a literal in the runbook.'),
  limit: z.number().int().min(1).max(1_000).default(100),
  timeout: duration.default('15s'),
});

const output = z.strictObject({
  found: z.boolean(),
  rows: z.array(anyJson),
  count: z.number().int(),
  /** There are more rows than the limit. */
  more: z.boolean(),
});

/** Asks one SELECT of a runbook, in a read-only session with a time limit. */
export const postgresQuery = readAction({
  name: 'postgres.query',
  about: 'Asks a PostgreSQL one question, read only.',
  input,
  output,
  rights: ({ target }, context) => postgresRights(context, target),
  preflight: ({ target }, context) => postgresPreflight(context, target),
  async run({ target, sql, limit, timeout }, context) {
    const asked = await askPostgres(context, target, wrapped(sql, limit + 1), { timeoutMs: msOf(timeout) });
    if (asked.kind !== 'rows') return { state: 'unknown', output: { found: false }, summary: asked.why };
    const all = rowsOf(asked.rows);
    const rows = all.slice(0, limit);
    const more = all.length > limit;
    const columns = columnsOf(rows);
    return {
      output: { found: true, rows, count: rows.length, more },
      summary: `${plural(rows.length, 'row')} from ${asked.by}${more ? ', and more' : ''}.`,
      ...(rows.length === 0 ? {} : { table: { columns, rows: rows.slice(0, 50).map((row) => cellsOf(row, columns)) } }),
      ...(rows.length > 50 ? { text: { name: `${target}-rows.jsonl`, content: `${rows.map((row) => JSON.stringify(row)).join('\n')}\n` } } : {}),
    };
  },
});

/** As a subquery it can be nothing but a question; rows come as JSON, so that numbers stay numbers. */
function wrapped(sql: string, limit: number): string {
  return `SELECT row_to_json(answer)::text AS row FROM (\n${withoutSemicolon(sql)}\n) AS answer LIMIT ${limit}`;
}

/** Rows that came as one column of JSON. */
export function rowsOf(rows: readonly Row[], column = 'row'): z.infer<typeof anyJson>[] {
  return rows.map((row) => anyJson.parse(JSON.parse(row[column] ?? 'null')));
}
