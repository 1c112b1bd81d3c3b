import type { Plan } from '../../../domain/change/plans.ts';
import { UserError } from '../../../domain/errors.ts';
import type { Incident } from '../../../domain/incident/incident.ts';
import { clamp } from '../../../lib/clamp.ts';
import { plural } from '../../../lib/plural.ts';
import type { Run, RunContext } from '../../../ports/runs.ts';
import { REVERT } from '../../run-kinds.ts';
import type { RunbookDeps } from '../deps.ts';
import { changing, sayError } from '../diagnose/reading.ts';
import { approvedInput, readPlan, withSnapshot } from '../remedy/applying.ts';
import type { PlanDocument } from '../remedy/plan-document.ts';
import { planIn, planNow, tellChange } from '../remedy/plan-state.ts';
import { parseInput } from '../remedy/planning.ts';

const REVERT_TIMEOUT = 120_000;
/** Waits (ms) between tries of a revert; the last one for ever. It is never given up (ADR 8). */
const TRIES = [5_000, 15_000, 30_000, 60_000, 120_000, 300_000];
const NEVER = 365 * 24 * 60 * 60_000;

type Turn = { readonly kind: 'revert'; readonly by: string } | { readonly kind: 'extended' };

/**
 * Puts back what a plan changed: when its time is over, when a person asks, or when the change failed. Whichever replica is there does it, at
 * once if the time passed while none was. It looks first and asks when somebody has changed the value meanwhile.
 */
export function revertRun(deps: RunbookDeps): Run {
  return REVERT.does(async (run, { incident: id, plan: planId, because: given, all }) => {
    const because = given ?? (await waitForIt(run, id, planId));
    await run.write('start', async (tx) => {
      const plan = await planIn(tx, id, planId);
      const late = plan.revertAt === null ? 0 : Math.max(0, (await tx.now()) - plan.revertAt);
      await tellChange(deps, tx, id, { type: 'revert.started', data: { plan: planId, because, late_ms: late } });
      return true;
    });
    const steps = await run.step('steps', async () => {
      const { incident, plan } = await planNow(deps, id, planId);
      const document = await readPlan(deps, incident, plan);
      // `all`: which steps were applied may have been lost with the database; looking tells.
      const applied = all ? document.steps.map((_, i) => i) : plan.applied;
      return applied.filter((step) => !plan.reverted.includes(step) && canRevert(document, step)).toReversed();
    });
    let kept = 0;
    for (const step of steps) if (!(await revertStep(run, id, planId, step))) kept += 1;
    await run.step('unguard', async () => {
      const { incident, plan } = await planNow(deps, id, planId);
      const document = await readPlan(deps, incident, plan);
      for (const [step, { uses, planned }] of document.steps.entries()) {
        if (planned === null) continue;
        await deps.guards.remove({ service: incident.service, plan: planId, step, uses, input: inputOf(incident, plan, document, step) });
      }
      return true;
    });
    const verified = kept > 0 ? null : await run.step('verified', () => looksReverted(id, planId, steps));
    await run.write('end', async (tx) => {
      const plan = await planIn(tx, id, planId);
      const late = plan.revertAt === null ? 0 : Math.max(0, (await tx.now()) - plan.revertAt);
      const summary =
        kept > 0
          ? `${kept} of ${count(steps.length)} left unchanged, as decided.`
          : steps.length === 0
            ? 'Nothing had to be reverted.'
            : `${count(steps.length)} reverted.`;
      await tellChange(deps, tx, id, { type: 'remedy.reverted', data: { plan: planId, late_ms: late, verified, kept, summary } });
      return true;
    });
  });

  /** Until the time is over or a person asks for it. Returns why it begins. */
  async function waitForIt(run: RunContext, id: string, planId: string): Promise<string> {
    for (let turn = 1; ; turn += 1) {
      const left = await run.step(`left:${turn}`, async () => {
        const { plan } = await planNow(deps, id, planId);
        if (plan.turns >= turn) return 0;
        return plan.revertAt === null ? NEVER : Math.max(0, plan.revertAt - (await deps.store.now()));
      });
      const told = (await run.signal(`turn:${turn}`, left)) as Turn | null;
      if (told?.kind === 'revert') return `asked for by <@${told.by}>`;
      if (told?.kind === 'extended') {
        await run.step(`guard:${turn}`, () => moveGuard(id, planId));
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
  async function moveGuard(id: string, planId: string): Promise<boolean> {
    const { incident, plan } = await planNow(deps, id, planId);
    if (plan.revertAt === null) return false;
    const document = await readPlan(deps, incident, plan);
    for (const [step, { uses, planned, snapshot_sha256 }] of document.steps.entries()) {
      if (planned === null || snapshot_sha256 === null) continue;
      const { snapshot } = await withSnapshot(deps, plan, step, document, async () => null);
      const input = inputOf(incident, plan, document, step);
      await deps.guards.set({ service: incident.service, plan: planId, step, uses, input, snapshot, deadline: plan.revertAt });
    }
    return true;
  }

  /** Tries until it is done. False when a person decided to keep what is there. */
  async function revertStep(run: RunContext, id: string, planId: string, step: number): Promise<boolean> {
    let force = false;
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await run.writeAfter(
        `revert:${step}:${attempt}`,
        () => tryRevert(id, planId, step, force),
        async (tx, tried) => {
          const uses = tried.uses;
          if (tried.kind === 'failed') {
            await tellChange(deps, tx, id, { type: 'revert.failed', outcome: 'failed', data: { plan: planId, step, error: tried.summary, attempt } });
          } else if (tried.kind === 'conflict') {
            await tellChange(deps, tx, id, {
              type: 'revert.conflict',
              outcome: 'failed',
              data: { plan: planId, step, object: tried.object, summary: tried.summary, diff: clamp(tried.diff, 2_400) },
            });
          } else {
            await tellChange(deps, tx, id, { type: 'change.reverted', data: { plan: planId, step, uses, summary: tried.summary } });
          }
          return tried.kind;
        },
      );
      if (outcome === 'reverted' || outcome === 'already') return true;
      if (outcome === 'failed') {
        await run.sleep(`again:${step}:${attempt}`, TRIES[Math.min(attempt, TRIES.length) - 1] ?? NEVER);
        continue;
      }
      const keep = await askPeople(run, id, planId, step, attempt);
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
  async function askPeople(run: RunContext, id: string, planId: string, step: number, attempt: number): Promise<boolean> {
    const conflicts = await run.step(`conflicts:${step}:${attempt}`, async () => (await planNow(deps, id, planId)).plan.conflicts);
    const told = (await run.signal(`settled:${conflicts}`, NEVER)) as { readonly keep: boolean } | null;
    return told?.keep === true;
  }

  async function tryRevert(
    id: string,
    planId: string,
    step: number,
    force: boolean,
  ): Promise<{ kind: 'reverted' | 'already' | 'conflict' | 'failed'; summary: string; diff: string; object: string; uses: string }> {
    const { incident, plan } = await planNow(deps, id, planId);
    const context = deps.context({ service: incident.service, incident: id, signal: AbortSignal.timeout(REVERT_TIMEOUT) });
    let uses = 'unknown';
    try {
      const document = await readPlan(deps, incident, plan);
      const planStep = document.steps[step];
      uses = planStep?.uses ?? uses;
      const action = changing(deps, uses);
      const input = inputOf(incident, plan, document, step);
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
  async function looksReverted(id: string, planId: string, steps: readonly number[]): Promise<boolean> {
    for (const step of steps) {
      const { kind } = await tryRevert(id, planId, step, false);
      if (kind !== 'already' && kind !== 'reverted') return false;
    }
    return true;
  }

  function inputOf(incident: Incident, plan: Plan, document: PlanDocument, step: number) {
    const planStep = document.steps[step];
    if (planStep === undefined) throw new UserError('plan-missing', `Step ${step + 1} has no plan.`);
    return approvedInput(document, planStep, incident, plan);
  }

  function canRevert(document: PlanDocument, step: number): boolean {
    const action = deps.actions.get(document.steps[step]?.uses ?? '');
    return action !== undefined && action.effect !== 'read' && action.revert !== undefined && document.steps[step]?.snapshot_sha256 !== null;
  }
}

function count(steps: number): string {
  return plural(steps, 'step');
}
