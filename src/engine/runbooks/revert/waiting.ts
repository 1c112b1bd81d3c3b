import type { RunContext } from '../../../ports/runs.ts';
import type { RunbookDeps } from '../deps.ts';
import { readPlan, withSnapshot } from '../remedy/applying.ts';
import { planNow } from '../remedy/plan-state.ts';
import { stepInput } from './trying.ts';

/** How long (ms) a revert waits for what only a person can say. */
export const NEVER = 365 * 24 * 60 * 60_000;

/** What a person told a revert that waits. */
type Turn = { readonly kind: 'revert'; readonly by: string } | { readonly kind: 'extended' };

/** Waits until the plan's time is over or a person asks for its revert. Returns why it begins. */
export async function waitForRevert(deps: RunbookDeps, run: RunContext, id: string, planId: string): Promise<string> {
  for (let turn = 1; ; turn += 1) {
    const left = await run.step(`left:${turn}`, async () => {
      const { plan } = await planNow(deps, id, planId);
      if (plan.turns >= turn) return 0;
      return plan.revertAt === null ? NEVER : Math.max(0, plan.revertAt - (await deps.store.now()));
    });
    const told = (await run.signal(`turn:${turn}`, left)) as Turn | null;
    if (told?.kind === 'revert') return `asked for by <@${told.by}>`;
    if (told?.kind === 'extended') {
      await run.step(`guard:${turn}`, () => moveGuard(deps, id, planId));
      continue;
    }
    const over = await run.step(`over:${turn}`, async () => {
      const { plan } = await planNow(deps, id, planId);
      return plan.turns < turn && plan.revertAt !== null && plan.revertAt <= (await deps.store.now());
    });
    if (over) return 'its time is up';
  }
}

/** More time was given: what reverts inside of the cluster has to wait as long. */
async function moveGuard(deps: RunbookDeps, id: string, planId: string): Promise<boolean> {
  const { incident, plan } = await planNow(deps, id, planId);
  if (plan.revertAt === null) return false;
  const document = await readPlan(deps, incident, plan);
  for (const [step, { uses, planned, snapshot_sha256 }] of document.steps.entries()) {
    if (planned === null || snapshot_sha256 === null) continue;
    const { snapshot } = await withSnapshot(deps, plan, step, document, async () => null);
    const input = stepInput(incident, plan, document, step);
    await deps.guards.set({ service: incident.service, plan: planId, step, uses, input, snapshot, deadline: plan.revertAt });
  }
  return true;
}
