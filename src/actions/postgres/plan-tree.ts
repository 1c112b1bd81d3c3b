import { z } from 'zod';

/** One node of `EXPLAIN (FORMAT JSON)` (PostgreSQL manual, EXPLAIN). */
export interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string | undefined;
  readonly 'Index Name'?: string | undefined;
  readonly 'Startup Cost': number;
  readonly 'Total Cost': number;
  readonly 'Plan Rows': number;
  readonly Filter?: string | undefined;
  readonly 'Index Cond'?: string | undefined;
  readonly Plans?: readonly PlanNode[] | undefined;
}

const node: z.ZodType<PlanNode> = z.object({
  'Node Type': z.string(),
  'Relation Name': z.string().optional(),
  'Index Name': z.string().optional(),
  'Startup Cost': z.number(),
  'Total Cost': z.number(),
  'Plan Rows': z.number(),
  Filter: z.string().optional(),
  'Index Cond': z.string().optional(),
  get Plans() {
    return z.array(node).optional();
  },
});

/** What EXPLAIN answers; `null` when it is no plan. */
export function parsePlan(text: string): PlanNode | null {
  try {
    return z.tuple([z.object({ Plan: node })]).safeParse(JSON.parse(text)).data?.[0].Plan ?? null;
  } catch {
    return null;
  }
}

/** Whether any part reads a whole table from end to end. */
export function scansSequentially(plan: PlanNode): boolean {
  return plan['Node Type'].includes('Seq Scan') || (plan.Plans ?? []).some(scansSequentially);
}

/** The tree as psql would show it, one node a line. */
export function sayPlan(plan: PlanNode, depth = 0): string {
  const indent = depth === 0 ? '' : `${'      '.repeat(depth - 1)}  ->  `;
  const using = plan['Index Name'] === undefined ? '' : ` using ${plan['Index Name']}`;
  const on = plan['Relation Name'] === undefined ? '' : ` on ${plan['Relation Name']}`;
  const cost = `(cost=${plan['Startup Cost'].toFixed(2)}..${plan['Total Cost'].toFixed(2)} rows=${plan['Plan Rows']})`;
  const details = [
    plan['Index Cond'] === undefined ? [] : [`Index Cond: ${plan['Index Cond']}`],
    plan.Filter === undefined ? [] : [`Filter: ${plan.Filter}`],
  ].flat();
  const lines = [`${indent}${plan['Node Type']}${using}${on}  ${cost}`, ...details.map((detail) => `${'      '.repeat(depth)}    ${detail}`)];
  return [...lines, ...(plan.Plans ?? []).map((child) => sayPlan(child, depth + 1))].join('\n');
}
