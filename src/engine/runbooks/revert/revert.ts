import type { ChangeEventData } from '../../../domain/change/events.ts';
import { type Plan } from '../../../domain/change/plans.ts';
import { isLookedAfter, revertLate } from '../../../domain/change/reverts.ts';
import { plural } from '../../../lib/plural.ts';
import type { Run } from '../../../ports/runs.ts';
import { REVERT } from '../../run-kinds.ts';
import type { RunbookDeps } from '../deps.ts';
import { readPlan } from '../remedy/applying.ts';
import { planIn, planNow, tellChange } from '../remedy/plan-state.ts';
import { revertStep } from './step.ts';
import { canRevert, looksReverted, stepInput } from './trying.ts';
import { waitForRevert } from './waiting.ts';

/**
 * Puts back what a plan changed: when its time is over, when a person asks, or when the change failed. Whichever replica is there does it, at
 * once if the time passed while none was. It looks first and asks when somebody has changed the value meanwhile.
 */
export function revertRun(deps: RunbookDeps): Run {
  return REVERT.does(async (run, { incident: id, plan: planId, because: given, all }) => {
    const because = given ?? (await waitForRevert(deps, run, id, planId));
    await run.write('start', async (tx) => {
      const plan = await planIn(tx, id, planId);
      const late_ms = revertLate(plan, await tx.now());
      await tellChange(deps, tx, id, { type: 'revert.started', data: { plan: planId, because, late_ms } });
      return true;
    });
    const steps = await run.step('steps', async () => {
      const { incident, plan } = await planNow(deps, id, planId);
      const document = await readPlan(deps, incident, plan);
      // `all`: which steps were applied may have been lost with the database; looking tells.
      const applied = all ? document.steps.map((_, i) => i) : plan.applied;
      return applied.filter((step) => !plan.reverted.includes(step) && canRevert(deps, document, step)).toReversed();
    });
    let kept = 0;
    for (const step of steps) if (!(await revertStep(deps, run, id, planId, step))) kept += 1;
    await run.step('unguard', async () => {
      const { incident, plan } = await planNow(deps, id, planId);
      const document = await readPlan(deps, incident, plan);
      for (const [step, { uses, planned }] of document.steps.entries()) {
        if (planned === null) continue;
        await deps.guards.remove({ service: incident.service, plan: planId, step, uses, input: stepInput(incident, plan, document, step) });
      }
      return true;
    });
    const verified = kept > 0 ? null : await run.step('verified', () => looksReverted(deps, id, planId, steps));
    await run.write('end', async (tx) => {
      const plan = await planIn(tx, id, planId);
      const late_ms = revertLate(plan, await tx.now());
      const summary =
        kept > 0
          ? `${kept} of ${count(steps.length)} left unchanged, as decided.`
          : steps.length === 0
            ? 'Nothing had to be reverted.'
            : `${count(steps.length)} reverted.`;
      const asked = askedOf(plan);
      const looks = isLookedAfter(plan, kept) && (deps.catalogue.get(plan.runbook)?.findings.length ?? 0) > 0 ? { looks: true } : {};
      await tellChange(deps, tx, id, { type: 'remedy.reverted', data: { plan: planId, late_ms, verified, kept, summary, ...asked, ...looks } });
      return true;
    });
  });
}

/** Who asked for the revert, where somebody did. */
function askedOf({ revertAsked: asked }: Plan): Pick<ChangeEventData['remedy.reverted'], 'asked'> {
  return asked === undefined ? {} : { asked: { by: asked.by, reason: asked.reason, early_ms: asked.earlyMs } };
}

function count(steps: number): string {
  return plural(steps, 'step');
}
