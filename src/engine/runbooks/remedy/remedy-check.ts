import type { Plan } from '../../../domain/change/plans.ts';
import { whyDrillEnds } from '../../../domain/drill/drill.ts';
import { UserError } from '../../../domain/errors.ts';
import type { IncidentRecord } from '../../../domain/incident/events.ts';
import { replay } from '../../../domain/incident/evolve.ts';
import type { RunContext } from '../../../ports/runs.ts';
import type { RunbookDeps } from '../deps.ts';
import { isTransient, sayError } from '../diagnose/reading.ts';
import { readPlan } from './applying.ts';
import { whyNotNow } from './may-apply.ts';
import { canonical, differences, stillHolds } from './plan-document.ts';
import { planIn, planNow, tellChange } from './plan-state.ts';
import { assertMay, makePlan, PLAN_TIMEOUT, remedyOf } from './planning.ts';
import type { RemedyInput } from './remedy-plan.ts';

/** `same`: what was approved is what would be done now. `stale`: another plan is needed. `void`, `refused`: it is over. */
export type Verdict = 'same' | 'stale' | 'void' | 'refused';

/**
 * Reads the approvals and the world again before anything is done: what was approved is applied, or nothing (ADR 7). Whoever has
 * voided the plan meanwhile has recorded why.
 */
export async function checkPlan(deps: RunbookDeps, run: RunContext, name: string, asked: RemedyInput, id: string): Promise<Verdict> {
  const verdict = await run.writeAfter(
    name,
    () => compare(deps, asked, id),
    async (tx, { kind, why, wouldHave }) => {
      const { status } = await planIn(tx, asked.incident, id);
      if (status !== 'approved' && status !== 'applying') return 'void';
      if (kind === 'void') {
        const data = { plan: id, reason: why, final: true, ...(wouldHave === undefined ? {} : { would_have: wouldHave }) };
        await tellChange(deps, tx, asked.incident, { type: 'plan.voided', data });
      }
      if (kind === 'refused') {
        const data = { plan: id, run: run.id, reason: why, applied: 0 };
        await tellChange(deps, tx, asked.incident, { type: 'remedy.failed', outcome: 'failed', data });
      }
      if (kind === 'stale') await tellChange(deps, tx, asked.incident, { type: 'plan.voided', data: { plan: id, reason: why } });
      return kind;
    },
  );
  return verdict;
}

interface Compared {
  readonly kind: Verdict;
  readonly why: string;
  /** Of a drill that ends here. */
  readonly wouldHave?: readonly string[];
}

async function compare(deps: RunbookDeps, asked: RemedyInput, id: string): Promise<Compared> {
  const why = await whyNotNow(deps, asked.incident, id, 0);
  const { incident, plan } = await planNow(deps, asked.incident, id);
  if (why !== null && whyDrillEnds(incident, deps.simulated === true) !== null)
    return { kind: 'void', why, wouldHave: (await readPlan(deps, incident, plan)).steps.map(({ planned, uses }) => planned?.summary ?? uses) };
  if (why !== null) return { kind: 'void', why };
  const runbook = deps.catalogue.get(asked.runbook);
  if (runbook === null) return { kind: 'refused', why: `The runbook ${asked.runbook} no longer exists.` };
  const context = deps.context({ service: runbook.service, incident: incident.id, signal: AbortSignal.timeout(PLAN_TIMEOUT) });
  try {
    await assertUnaltered(deps, plan, incident.id);
    const approved = await readPlan(deps, incident, plan);
    assertMay(runbook, remedyOf(runbook, asked.remedy), incident);
    // A text of the incident that somebody has edited since is no reason: what is written is what was approved.
    const { document } = await makePlan(deps, runbook, asked.remedy, incident, asked.arguments, context, approved.incident_values);
    if (stillHolds(approved, document)) return { kind: 'same', why: '' };
    return { kind: 'stale', why: differences(approved, document) };
  } catch (error) {
    if (isTransient(error)) throw error;
    return { kind: 'refused', why: sayError(error, context) };
  }
}

/** What stands in the database is a copy; what people decided is the records. @throws UserError `plan-altered` */
async function assertUnaltered(deps: RunbookDeps, plan: Plan, incident: string): Promise<void> {
  const truth = replay((await deps.store.records(incident)) as IncidentRecord[])?.plans[plan.id];
  if (canonical(truth ?? null) === canonical(plan)) return;
  throw new UserError('plan-altered', `“${plan.title}” in the database differs from its record: somebody has altered it. Nothing was changed.`);
}
