import { z } from 'zod';
import { UserError } from '../../domain/errors.ts';
import { plural } from '../../lib/plural.ts';
import { type ActionContext, readAction } from '../../ports/action.ts';
import { oneLine, targetField } from '../shared/fields.ts';
import { askPostgres, postgresPreflight, postgresRights } from './ask.ts';
import { parsePlan, sayPlan, scansSequentially } from './plan-tree.ts';
import { hasParameters, questionField, whyNotQuestion, withoutSemicolon } from './sql.ts';

/** Running for at least that long is slow. */
const SLOW = `SELECT DISTINCT query FROM pg_stat_activity
WHERE state = 'active' AND pid <> pg_backend_pid() AND datname = current_database()
  AND query_start < now() - interval '1 second' AND query ~* '^\\s*(select|with)'`;

const input = z.strictObject({
  target: targetField,
  queries: z.array(questionField).min(1).max(20).optional().describe('Unset: the SELECTs that have been running for more than a second.'),
  limit: z.number().int().min(1).max(20).default(5),
});

const output = z.strictObject({
  found: z.boolean(),
  plans: z.array(
    z.strictObject({
      query: z.string(),
      /** In PostgreSQL's own unit; 0 when there is no plan. */
      cost: z.number(),
      sequential_scan: z.boolean(),
      /** Why there is no plan; empty when there is one. */
      problem: z.string(),
    }),
  ),
});

type PlanOutput = z.infer<typeof output>['plans'][number];

/** How the database would run queries (SK-35): EXPLAIN only, so nothing is run. */
export const postgresPlans = readAction({
  name: 'postgres.plans',
  about: 'Explains slow or given SELECTs without running them.',
  input,
  output,
  rights: ({ target }, context) => postgresRights(context, target),
  preflight: ({ target }, context) => postgresPreflight(context, target),
  async run({ target, queries, limit }, context) {
    const slow = queries === undefined ? await askPostgres(context, target, `${SLOW} LIMIT ${limit}`) : null;
    if (slow !== null && slow.kind !== 'rows') return { state: 'unknown', output: { found: false }, summary: slow.why };
    const wanted = (queries ?? slow?.rows.map((row) => row['query'] ?? '') ?? []).slice(0, limit);
    if (wanted.length === 0) return { output: { found: true, plans: [] }, summary: 'No SELECT has been running for more than a second.' };
    const explained: { plan: PlanOutput; text: string }[] = [];
    for (const query of wanted) {
      const one = await explain(context, target, query);
      if (one === null) return { state: 'unknown', output: { found: false }, summary: `${target} cannot be asked for plans.` };
      explained.push(one);
    }
    const plans = explained.map(({ plan }) => plan);
    const scans = plans.filter((plan) => plan.sequential_scan).length;
    return {
      output: { found: true, plans },
      summary: `${plural(plans.length, 'query', 'queries')} explained, ${scans === 0 ? 'none reads' : `${scans} of them ${scans === 1 ? 'reads' : 'read'}`} a whole table.`,
      table: {
        columns: ['query', 'cost', 'whole table'],
        rows: plans.map((plan) => [
          oneLine(plan.query, 80),
          plan.problem === '' ? plan.cost.toFixed(0) : 'none',
          plan.sequential_scan ? 'yes' : 'no',
        ]),
      },
      text: { name: `${target}-plans.txt`, content: `${explained.map(({ text }) => text).join('\n\n')}\n` },
    };
  },
});

async function explain(context: ActionContext, target: string, query: string): Promise<{ plan: PlanOutput; text: string } | null> {
  // pg_stat_activity cuts long statements, which then are none.
  const refused = whyNotQuestion(query);
  if (refused !== null) return without(query, refused);
  const options = hasParameters(query) ? 'GENERIC_PLAN, FORMAT JSON' : 'FORMAT JSON';
  try {
    const asked = await askPostgres(context, target, `EXPLAIN (${options}) ${withoutSemicolon(query)}`);
    if (asked.kind !== 'rows') return asked.kind === 'missing' ? null : without(query, asked.why);
    const plan = parsePlan(asked.rows[0]?.['QUERY PLAN'] ?? '');
    if (plan === null) return without(query, 'the answer is no plan');
    return {
      plan: { query, cost: plan['Total Cost'], sequential_scan: scansSequentially(plan), problem: '' },
      text: `${query.trim()}\n\n${sayPlan(plan)}`,
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const old = error.message.includes('generic_plan');
    return without(query, old ? 'its parameters are unknown, and only PostgreSQL 16 and newer plans without them' : error.message);
  }
}

function without(query: string, problem: string): { plan: PlanOutput; text: string } {
  return { plan: { query, cost: 0, sequential_scan: false, problem }, text: `${query.trim()}\n\nNo plan: ${problem}` };
}
