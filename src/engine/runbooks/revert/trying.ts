import type { Plan } from '../../../domain/change/plans.ts';
import { UserError } from '../../../domain/errors.ts';
import type { Incident } from '../../../domain/incident/incident.ts';
import type { RunbookDeps } from '../deps.ts';
import { changing, sayError } from '../diagnose/reading.ts';
import type { Inputs } from '../load/values.ts';
import { approvedInput, readPlan, withSnapshot } from '../remedy/applying.ts';
import type { PlanDocument } from '../remedy/plan-document.ts';
import { planNow } from '../remedy/plan-state.ts';
import { parseInput } from '../remedy/planning.ts';

const REVERT_TIMEOUT = 120_000;

/** What became of one try. `conflict`: somebody has changed the value meanwhile; `diff` shows it. */
export interface Tried {
  readonly kind: 'reverted' | 'already' | 'conflict' | 'failed';
  readonly summary: string;
  readonly diff: string;
  readonly object: string;
  readonly uses: string;
}

/** Puts back what one step changed, unless somebody has changed it meanwhile; `force`: also then. Never throws for what failed. */
export async function tryRevert(deps: RunbookDeps, id: string, planId: string, step: number, force: boolean): Promise<Tried> {
  const { incident, plan } = await planNow(deps, id, planId);
  const context = deps.context({ service: incident.service, incident: id, signal: AbortSignal.timeout(REVERT_TIMEOUT) });
  let uses = 'unknown';
  try {
    const document = await readPlan(deps, incident, plan);
    const planStep = document.steps[step];
    uses = planStep?.uses ?? uses;
    const action = changing(deps, uses);
    const input = stepInput(incident, plan, document, step);
    if (action.revert === undefined) return { kind: 'already', summary: 'This step cannot be reverted.', diff: '', object: '', uses };
    const planned = await withSnapshot(deps, plan, step, document, async (known, digest) =>
      action.recover === undefined ? null : action.recover(parseInput(action, input), known, digest, context),
    );
    const done = await action.revert(parseInput(action, input), planned, context, force);
    const object = planned.touches[0]?.object ?? uses;
    return {
      kind: done.kind,
      summary: context.redact(done.summary),
      diff: done.kind === 'conflict' ? context.redact(done.diff) : '',
      object,
      uses,
    };
  } catch (error) {
    return { kind: 'failed', summary: sayError(error, context), diff: '', object: '', uses };
  }
}

/** Looks once more: what was put back is there. */
export async function looksReverted(deps: RunbookDeps, id: string, planId: string, steps: readonly number[]): Promise<boolean> {
  for (const step of steps) {
    const { kind } = await tryRevert(deps, id, planId, step, false);
    if (kind !== 'already' && kind !== 'reverted') return false;
  }
  return true;
}

/** A step's inputs as they were approved. @throws UserError `plan-missing` */
export function stepInput(incident: Incident, plan: Plan, document: PlanDocument, step: number): Inputs {
  const planStep = document.steps[step];
  if (planStep === undefined) throw new UserError('plan-missing', `Step ${step + 1} has no plan.`);
  return approvedInput(document, planStep, incident, plan);
}

/** Whether a step has changed something that can be put back. */
export function canRevert(deps: RunbookDeps, document: PlanDocument, step: number): boolean {
  const action = deps.actions.get(document.steps[step]?.uses ?? '');
  return action !== undefined && action.effect !== 'read' && action.revert !== undefined && document.steps[step]?.snapshot_sha256 !== null;
}
