import { clamp } from '../../../lib/clamp.ts';
import type { RunContext } from '../../../ports/runs.ts';
import type { StoreTx } from '../../../ports/store.ts';
import type { RunbookDeps } from '../deps.ts';
import { planNow, tellChange } from '../remedy/plan-state.ts';
import { type Tried, tryRevert } from './trying.ts';
import { NEVER } from './waiting.ts';

/** Waits (ms) between tries of a revert; the last one for ever. It is never given up (ADR 8). */
const TRIES = [5_000, 15_000, 30_000, 60_000, 120_000, 300_000];

/** Tries until it is done. False when a person decided to keep what is there. */
export async function revertStep(deps: RunbookDeps, run: RunContext, id: string, planId: string, step: number): Promise<boolean> {
  let force = false;
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await run.writeAfter(
      `revert:${step}:${attempt}`,
      () => tryRevert(deps, id, planId, step, force),
      async (tx, tried) => {
        await tellTried(deps, tx, id, { plan: planId, step, attempt, tried });
        return tried.kind;
      },
    );
    if (outcome === 'reverted' || outcome === 'already') return true;
    if (outcome === 'failed') {
      await run.sleep(`again:${step}:${attempt}`, TRIES[Math.min(attempt, TRIES.length) - 1] ?? NEVER);
      continue;
    }
    const keep = await askPeople(deps, run, id, planId, step, attempt);
    if (keep) {
      await run.write(`kept:${step}`, async (tx) => {
        await tellChange(deps, tx, id, {
          type: 'change.reverted',
          data: { plan: planId, step, uses: 'none', summary: 'Left unchanged, as decided.' },
        });
        return true;
      });
      return false;
    }
    force = true;
  }
}

/** Somebody changed the value meanwhile: a person decides. Reminders are the plan's own timer (src/domain/incident/timers.ts). */
async function askPeople(deps: RunbookDeps, run: RunContext, id: string, planId: string, step: number, attempt: number): Promise<boolean> {
  const conflicts = await run.step(`conflicts:${step}:${attempt}`, async () => (await planNow(deps, id, planId)).plan.conflicts);
  const told = (await run.signal(`settled:${conflicts}`, NEVER)) as { readonly keep: boolean } | null;
  return told?.keep === true;
}

/** Records what became of a try. */
async function tellTried(
  deps: RunbookDeps,
  tx: StoreTx,
  id: string,
  { plan, step, attempt, tried }: { readonly plan: string; readonly step: number; readonly attempt: number; readonly tried: Tried },
): Promise<void> {
  const { uses, summary } = tried;
  if (tried.kind === 'failed') {
    await tellChange(deps, tx, id, { type: 'revert.failed', outcome: 'failed', data: { plan, step, error: summary, attempt } });
  } else if (tried.kind === 'conflict') {
    await tellChange(deps, tx, id, {
      type: 'revert.conflict',
      outcome: 'failed',
      data: { plan, step, object: tried.object, summary, diff: clamp(tried.diff, 2_400) },
    });
  } else {
    await tellChange(deps, tx, id, { type: 'change.reverted', data: { plan, step, uses, summary } });
  }
}
