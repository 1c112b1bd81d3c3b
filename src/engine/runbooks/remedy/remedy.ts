import { revertDue } from '../../../domain/change/reverts.ts';
import { PROGRESS_BOARD } from '../../../domain/messages/messages.ts';
import { toIso } from '../../../lib/time.ts';
import type { Run, RunContext } from '../../../ports/runs.ts';
import { revertRunId } from '../../incidents/notice.ts';
import { REMEDY, REVERT } from '../../run-kinds.ts';
import { putBoard } from '../board.ts';
import type { RunbookDeps } from '../deps.ts';
import { afterwards } from '../load/afterwards.ts';
import { readPlan } from './applying.ts';
import { planIn, planNow, stands, tellChange } from './plan-state.ts';
import { remedyOf } from './planning.ts';
import { checkPlan } from './remedy-check.ts';
import { planStep, type RemedyInput } from './remedy-plan.ts';
import { applySteps, captureEvidence, progressBoard, setGuards, verifyEffect, type Work } from './remedy-steps.ts';
import { release, reserve } from './reservation.ts';

/** After this many plans that went stale before they could be applied, somebody has to ask again. */
const MAX_PLANS = 5;
/** A decision is waited for by the plan's own timers; this is only how long the run sleeps at most, ms. */
const DECISION_WAIT = 7 * 24 * 60 * 60_000;

/**
 * Carries out a remedy: plan, approvals, capture, intent, apply, verify. Every step is journalled; what an
 * action does is safe to do again. Its revert is a run of its own (revert.ts).
 */
export function remedyRun(deps: RunbookDeps): Run {
  return REMEDY.does(async (run, asked) => {
    let replaces: string | null = null;
    for (let attempt = 1; attempt <= MAX_PLANS; attempt += 1) {
      const plan: string | null = await planStep(deps, run, asked, attempt, replaces);
      if (plan === null || !(await isApproved(run, asked, plan, attempt))) return;
      if ((await carryOut(run, asked, plan, attempt)) === 'over') return;
      replaces = plan;
    }
    await giveUp(run, asked, replaces);
  });

  async function isApproved(run: RunContext, asked: RemedyInput, plan: string, attempt: number): Promise<boolean> {
    const standing = await run.step(`standing:${attempt}`, async () => (await planNow(deps, asked.incident, plan)).plan.status);
    if (standing !== 'waiting') return standing === 'approved';
    return (await run.signal(`decided:${plan}`, DECISION_WAIT)) === 'approved';
  }

  /** From the approval to the end; `stale` when another plan has to be made. */
  async function carryOut(run: RunContext, asked: RemedyInput, plan: string, attempt: number): Promise<'over' | 'stale'> {
    const first = await checkPlan(deps, run, `check:${attempt}`, asked, plan);
    if (first !== 'same') return first === 'stale' ? 'stale' : 'over';
    const work = await workOf(run, asked, plan, attempt);
    if (work === null) return fail({ run, incident: asked.incident, plan, attempt }, `The runbook ${asked.runbook} no longer exists.`, true);
    const { runbook, document } = work;
    await run.step(`reserve:${attempt}`, () => reserve(deps, run.id, runbook.service, document));
    try {
      return await withTargets(work, asked);
    } finally {
      await release(deps, run.id, runbook.service, document);
    }
  }

  async function withTargets(work: Work, asked: RemedyInput): Promise<'over' | 'stale'> {
    const { run, incident, plan, attempt, remedy, document } = work;
    const missing = await captureEvidence(work, 'before');
    if (missing !== null) return fail(work, `Evidence could not be captured (${missing}), so nothing was changed (AU-06).`, false);
    // Looked at once more with its targets reserved: from here on no other remedy changes them.
    const verdict = await checkPlan(deps, run, `recheck:${attempt}`, asked, plan);
    if (verdict !== 'same') return verdict === 'stale' ? 'stale' : 'over';
    const intent = await run.write(`intend:${attempt}`, async (tx) => {
      const steps = document.steps.map((step) => step.planned?.summary ?? step.uses);
      const data = { plan, plan_hash: document.hash, approvers: [], steps, ...afterwards(work.runbook) };
      // Voided since it was looked at: whoever resolved the incident has recorded it.
      if (!(await stands(tx, incident, plan))) return 0;
      return (await tellChange(deps, tx, incident, { type: 'change.intended', data })).incident.seq;
    });
    if (intent === 0) return 'over';
    // The intent is with the evidence store before anything is done.
    if (remedy.risk !== 'safe') await run.step(`durable:${attempt}`, () => deps.durable(incident, intent).then(() => true));
    // The store may have been away for long: the approvals and the world are looked at once more.
    const begin = await checkPlan(deps, run, `begin:${attempt}`, asked, plan);
    if (begin !== 'same') return begin === 'stale' ? 'stale' : 'over';
    const unguarded = await setGuards(work);
    if (unguarded !== null) return fail(work, unguarded, true);
    const broken = await applySteps(work);
    await captureEvidence(work, 'during');
    if (broken !== null) return fail(work, broken, true);
    const effective = await verifyEffect(work);
    await captureEvidence(work, 'after');
    if (!effective && (document.verify ?? remedy.verify)?.otherwise === 'revert')
      return fail(work, 'The change did not have the expected effect.', true);
    await run.write(`applied:${attempt}`, async (tx) => {
      const total = document.steps.length;
      await putBoard(tx, progressBoard(work), await tx.now(), PROGRESS_BOARD.with({ plan, text: 'Done', done: total, total }));
      const revertAt = revertDue(await planIn(tx, incident, plan));
      const resolves = document.v === 1 ? remedy.resolves : document.resolves;
      const wayBack = revertAt === null && document.steps.some(({ snapshot_sha256: snapshot }) => snapshot !== null);
      const data = { plan, revert_at: revertAt === null ? null : toIso(revertAt), ...(wayBack ? { way_back: true } : {}) };
      await tellChange(deps, tx, incident, { type: 'remedy.applied', data });
      if (resolves !== undefined && effective) await deps.incidents.tell(tx, incident, { type: 'resolved-by-remedy', summary: resolves });
      return true;
    });
    return 'over';
  }

  /** What is carried out; `null` when its runbook is gone. */
  async function workOf(run: RunContext, asked: RemedyInput, id: string, attempt: number): Promise<Work | null> {
    const runbook = deps.catalogue.get(asked.runbook);
    if (runbook === null || !Object.hasOwn(runbook.remedies, asked.remedy)) return null;
    const { incident, plan } = await planNow(deps, asked.incident, id);
    const document = await readPlan(deps, incident, plan);
    return { deps, run, incident: asked.incident, plan: id, attempt, runbook, remedy: remedyOf(runbook, asked.remedy), document };
  }

  /** Ends a remedy that failed; what was done of it, or may have been, is put back. A revert looks first. */
  async function fail(work: Pick<Work, 'run' | 'incident' | 'plan' | 'attempt'>, reason: string, revert: boolean): Promise<'over'> {
    const { run, incident, plan: id, attempt } = work;
    await run.write(`failed:${attempt}`, async (tx) => {
      const plan = await planIn(tx, incident, id);
      if (plan.status !== 'approved' && plan.status !== 'applying') return true;
      const applied = plan.applied.length;
      if (plan.intendedAt !== null) {
        const view = PROGRESS_BOARD.with({ plan: id, text: 'Stopped', done: applied, total: plan.steps });
        await putBoard(tx, progressBoard(work), await tx.now(), view);
      }
      await tellChange(deps, tx, incident, { type: 'remedy.failed', outcome: 'failed', data: { plan: id, run: run.id, reason, applied } });
      if (revert && plan.intendedAt !== null) {
        await tx.startRun({ id: revertRunId(id), ...REVERT.with({ incident, plan: id, because: reason, all: true }) });
      }
      return true;
    });
    return 'over';
  }

  async function giveUp(run: RunContext, asked: RemedyInput, plan: string | null): Promise<void> {
    const reason = `The target kept changing while it was being approved${plan === null ? '' : ` (last plan: ${plan})`}. Ask again when it is stable.`;
    await run.write('too-many', async (tx) => {
      const data = { plan: null, run: run.id, reason, applied: 0 };
      await tellChange(deps, tx, asked.incident, { type: 'remedy.failed', outcome: 'failed', data });
      return true;
    });
  }
}
