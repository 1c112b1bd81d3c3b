import type { ChangeEvent } from '../../../domain/change/events.ts';
import type { Run } from '../../../ports/runs.ts';
import { revertRunId } from '../../incidents/notice.ts';
import { ADOPT, REVERT } from '../../run-kinds.ts';
import type { RunbookDeps } from '../deps.ts';
import { incidentIn, planIn, tellChange } from './plan-state.ts';

const LOST = 'The database was lost and restored. Earlier approvals are void: ask again if you still need it.';

/** After a restore: a plan that was being made or decided is void, and one that was being applied is put back as far as it went. */
export function adoptRun(deps: RunbookDeps): Run {
  return ADOPT.does(async (run, adopted) => {
    const { incident: id } = adopted;
    if (!('plan' in adopted)) {
      await run.write('settle', async (tx) => {
        const asked = (await incidentIn(tx, id))?.requested[adopted.run];
        if (asked === undefined) return true;
        const data = { plan: null, run: asked.run, reason: LOST, applied: 0, requester: asked.by };
        await tellChange(deps, tx, id, { type: 'remedy.failed', outcome: 'failed', data });
        return true;
      });
      return;
    }
    const { plan: planId } = adopted;
    await run.write('settle', async (tx) => {
      const plan = await planIn(tx, id, planId);
      const tell = (event: ChangeEvent) => tellChange(deps, tx, id, event);
      if (plan.status === 'waiting' || plan.status === 'approved')
        await tell({ type: 'plan.voided', data: { plan: planId, reason: LOST, final: true } });
      if (plan.status !== 'applying') return true;
      const applied = plan.applied.length;
      await tell({
        type: 'remedy.failed',
        outcome: 'failed',
        data: { plan: planId, run: plan.run, reason: 'It was in progress when the database was lost.', applied },
      });
      // Also without a recorded step: the last one may have been applied and not recorded. A revert looks first.
      const revert = REVERT.with({ incident: id, plan: planId, because: 'it was in progress when the database was lost', all: true });
      await tx.startRun({ id: revertRunId(planId), ...revert });
      return true;
    });
  });
}
