import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { ChangeEvent } from '../../domain/change-events.ts';
import { UserError } from '../../domain/errors.ts';
import type { IncidentRecord } from '../../domain/events.ts';
import { replay } from '../../domain/evolve.ts';
import type { Incident } from '../../domain/incident.ts';
import type { Plan } from '../../domain/plans.ts';
import type { ArtifactRef, Json } from '../../domain/record.ts';
import { toIso } from '../../domain/time.ts';
import { revertRunId } from '../change-notices.ts';
import { RetryLater, type RunContext, type RunKind, type StoreTx } from '../ports.ts';
import { lateValues, readPlan, snapshotKey, withSnapshot } from './applying.ts';
import { type Board, putBoard } from './board.ts';
import type { RunbookDeps } from './deps.ts';
import { readDiagnosisStep } from './diagnosis.ts';
import {
  assertMay,
  canonical,
  differences,
  type MadePlan,
  makePlan,
  neededRoles,
  PLAN_TIMEOUT,
  type PlanDocument,
  parseInput,
  plannedSteps,
  remedyOf,
} from './planning.ts';
import { changing, isTransient, readUntil, sayError } from './reading.ts';
import { incidentValues, overOutput, overRemedy, type Runbook } from './runbook.ts';
import { evaluateInputs } from './values.ts';

/** After this many plans that went stale before they could be applied, somebody has to ask again. */
const MAX_PLANS = 5;
/** A decision is waited for by the plan's own timers; this is only how long the run sleeps at most, ms. */
const DECISION_WAIT = 7 * 24 * 60 * 60_000;
/** How long (ms) a step is tried again while the other side cannot be reached. */
const APPLY_FOR = 10 * 60_000;
/** How long (ms) a change may take at once, and how long its targets stay reserved without a sign of life. */
const APPLY_TIMEOUT = 120_000;
const RESERVED = 5 * 60_000;
const WAIT_WITHIN = 5 * 60_000;

const remedyInput = z.object({
  incident: z.string(),
  runbook: z.string(),
  remedy: z.string(),
  arguments: z.record(z.string(), z.string()),
  reason: z.string(),
});
type RemedyInput = z.infer<typeof remedyInput>;

/**
 * Carries out a remedy: plan, approvals, capture, intent, apply, verify (DESIGN, What makes it better). Every step is journalled; what an
 * action does is safe to do again. Its revert is a run of its own (revert.ts).
 */
export function remedyRun(deps: RunbookDeps): RunKind {
  return async function remedy(run: RunContext, input: Json): Promise<void> {
    const asked = remedyInput.parse(input);
    let replaces: string | null = null;
    for (let attempt = 1; attempt <= MAX_PLANS; attempt += 1) {
      const plan: string | null = await planStep(run, asked, attempt, replaces);
      if (plan === null) return;
      const decision = (await run.step(`standing:${attempt}`, async () => (await planNow(asked.incident, plan)).plan.status)) as string;
      if (decision !== 'waiting' && decision !== 'approved') return;
      if (decision === 'waiting' && (await run.signal(`decided:${plan}`, DECISION_WAIT)) !== 'approved') return;
      if (await carryOut(run, asked, plan, attempt)) return;
      replaces = plan;
    }
    await fail(run, asked, replaces, 'The target kept changing while it was being approved. Ask again when it is quiet.', 'too-many');
  };

  /** Makes and records a plan; `null` when there is none to decide upon. */
  async function planStep(run: RunContext, asked: RemedyInput, attempt: number, replaces: string | null): Promise<string | null> {
    const id = planId(run.id, attempt);
    const outcome = await run.writeAfter(
      `plan:${attempt}`,
      () => tryPlan(asked),
      async (tx, made) => {
        if ('refused' in made) {
          await tell(tx, asked.incident, {
            type: 'remedy.failed',
            outcome: 'failed',
            data: { plan: null, run: run.id, reason: made.refused, applied: 0 },
          });
          return null;
        }
        await recordPlan(tx, run, asked, id, made, replaces);
        return id;
      },
    );
    return outcome;
  }

  async function tryPlan(asked: RemedyInput): Promise<(MadePlan & { runbook: Runbook }) | { refused: string }> {
    const incident = await incidentNow(asked.incident);
    const runbook = deps.catalogue.get(asked.runbook);
    if (runbook === null) return { refused: `The runbook ${asked.runbook} is no longer there.` };
    const context = deps.context({ service: runbook.service, incident: incident.id, signal: AbortSignal.timeout(PLAN_TIMEOUT) });
    try {
      const made = await makePlan(deps, runbook, asked.remedy, incident, asked.arguments, context);
      return made.changes
        ? { ...made, runbook }
        : { refused: `Nothing to change: ${made.document.steps.map((step) => step.planned?.summary ?? '').join('; ')}` };
    } catch (error) {
      return { refused: sayError(error, context) };
    }
  }

  async function recordPlan(
    tx: StoreTx,
    run: RunContext,
    asked: RemedyInput,
    id: string,
    made: MadePlan & { runbook: Runbook },
    replaces: string | null,
  ): Promise<void> {
    const { document, runbook } = made;
    const remedy = remedyOf(runbook, asked.remedy);
    const artifact = await tx.putArtifact(asked.incident, Buffer.from(`${canonical(document)}\n`));
    for (const [i, snapshot] of made.snapshots.entries()) {
      if (snapshot !== null) await tx.putSnapshot(snapshotKey(id, i), deps.cipher.seal(Buffer.from(JSON.stringify(snapshot))));
    }
    const expires = (await tx.now()) + (remedy.approvals?.expire ?? 15 * 60_000);
    await tell(tx, asked.incident, {
      type: 'plan.made',
      artifacts: [artifact],
      data: {
        plan: id,
        run: run.id,
        kind: 'change',
        of: null,
        runbook: runbook.id,
        revision: runbook.revision,
        remedy: asked.remedy,
        title: remedy.last_resort ? `LAST RESORT: ${remedy.title}` : remedy.title,
        risk: remedy.risk,
        plan_hash: document.hash,
        needs: neededRoles(remedy),
        requester: '',
        requester_roles: [],
        expires: toIso(expires),
        steps: plannedSteps(document),
        reason: asked.reason,
        revert_after_ms: remedy.revert?.after ?? null,
        revert_remind_ms: remedy.revert?.remind ?? null,
        replaces,
      },
    });
  }

  /** From the approval to the end. False when the plan went stale and another one has to be made. */
  async function carryOut(run: RunContext, asked: RemedyInput, id: string, attempt: number): Promise<boolean> {
    const named = (name: string) => `${name}:${attempt}`;
    const { runbook, document, stale } = await settle(run, named('check'), asked, id);
    if (stale) return false;
    if (document === null || runbook === null) return true;
    const remedy = remedyOf(runbook, asked.remedy);
    const targets = targetsOf(document);
    await run.step(named('reserve'), () => reserve(run, runbook.service, targets));
    try {
      for (const name of remedy.capture)
        if (!(await capture(run, asked.incident, id, runbook, name, 'before', attempt)))
          return await failed(run, asked, id, `Evidence could not be captured (${name}), so nothing was changed (AU-06).`, attempt);
      // Looked at once more with its targets reserved: from here on nobody else of us changes them.
      const again = await settle(run, named('recheck'), asked, id);
      if (again.stale) return false;
      const intent = await run.write(named('intend'), (tx) => intend(tx, asked.incident, id, document));
      if (remedy.risk !== 'safe') await run.step(named('durable'), () => deps.durable(asked.incident, intent).then(() => true));
      const guarded = await guard(run, runbook, asked.incident, id, document, attempt);
      if (guarded !== null) return await failed(run, asked, id, guarded, attempt);
      const broken = await applySteps(run, asked, runbook, id, document, attempt);
      for (const name of remedy.capture) await capture(run, asked.incident, id, runbook, name, 'during', attempt);
      if (broken !== null) return await failed(run, asked, id, broken, attempt, true);
      const passed = await verify(run, asked, runbook, id, attempt);
      for (const name of remedy.capture) await capture(run, asked.incident, id, runbook, name, 'after', attempt);
      if (!passed && remedy.verify?.otherwise === 'revert')
        return await failed(run, asked, id, 'The change did not have the effect it should.', attempt, true);
      await run.write(named('applied'), async (tx) => {
        await putBoard(tx, progressOf(run, asked.incident), await tx.now(), {
          plan: id,
          text: 'Done',
          done: document.steps.length,
          total: document.steps.length,
        });
        const revertAt = remedy.revert === undefined ? null : intentTime(await planIn(asked.incident, id, tx)) + remedy.revert.after;
        await tell(tx, asked.incident, { type: 'remedy.applied', data: { plan: id, revert_at: revertAt === null ? null : toIso(revertAt) } });
        return true;
      });
      return true;
    } finally {
      await release(run, runbook.service, targets);
    }
  }

  /** Reads the world again: what was approved is applied, or nothing. */
  async function settle(
    run: RunContext,
    name: string,
    asked: RemedyInput,
    id: string,
  ): Promise<{ runbook: Runbook | null; document: PlanDocument | null; stale: boolean }> {
    const verdict = await run.writeAfter(
      name,
      () => compare(asked, id),
      async (tx, found) => {
        if (found.kind === 'same') return 'same';
        if (found.kind === 'refused') {
          await tell(tx, asked.incident, {
            type: 'remedy.failed',
            outcome: 'failed',
            data: { plan: id, run: run.id, reason: found.why, applied: 0 },
          });
          return 'refused';
        }
        await tell(tx, asked.incident, { type: 'plan.voided', data: { plan: id, reason: found.why } });
        return 'stale';
      },
    );
    if (verdict === 'refused') return { runbook: null, document: null, stale: false };
    const { incident, plan } = await planNow(asked.incident, id);
    return {
      runbook: deps.catalogue.get(asked.runbook),
      document: verdict === 'stale' ? null : await readPlan(deps, incident, plan),
      stale: verdict === 'stale',
    };
  }

  async function compare(asked: RemedyInput, id: string): Promise<{ kind: 'same' } | { kind: 'stale' | 'refused'; why: string }> {
    const { incident, plan } = await planNow(asked.incident, id);
    const runbook = deps.catalogue.get(asked.runbook);
    if (runbook === null) return { kind: 'refused', why: `The runbook ${asked.runbook} is no longer there.` };
    const context = deps.context({ service: runbook.service, incident: incident.id, signal: AbortSignal.timeout(PLAN_TIMEOUT) });
    try {
      await assertUnaltered(plan, incident.id);
      const approved = await readPlan(deps, incident, plan);
      assertMay(runbook, remedyOf(runbook, asked.remedy), incident);
      const { document } = await makePlan(deps, runbook, asked.remedy, incident, asked.arguments, context);
      return document.hash === approved.hash && approved.hash === plan.hash
        ? { kind: 'same' }
        : { kind: 'stale', why: differences(approved, document) };
    } catch (error) {
      if (isTransient(error)) throw error;
      return { kind: 'refused', why: sayError(error, context) };
    }
  }

  /** What stands in the database is a copy; what people decided is the records. @throws UserError `plan-altered` */
  async function assertUnaltered(plan: Plan, incident: string): Promise<void> {
    const truth = replay((await deps.store.records(incident)) as IncidentRecord[])?.plans[plan.id];
    if (canonical(truth ?? null) === canonical(plan)) return;
    throw new UserError(
      'plan-altered',
      `“${plan.title}” does not stand in the database as it was recorded: somebody has altered it. Nothing was changed.`,
    );
  }

  /** The intent: recorded, and with it all before it, before anything is done. Returns the seq that has to be durable. */
  async function intend(tx: StoreTx, incident: string, id: string, document: PlanDocument): Promise<number> {
    const steps = document.steps.map((step) => step.planned?.summary ?? step.uses);
    const change = await tell(tx, incident, { type: 'change.intended', data: { plan: id, plan_hash: document.hash, approvers: [], steps } });
    return change.incident.seq;
  }

  /** In the cluster itself before the change, so that it is there whatever becomes of the bot. Returns why there is none, or `null`. */
  async function guard(
    run: RunContext,
    runbook: Runbook,
    incident: string,
    id: string,
    document: PlanDocument,
    attempt: number,
  ): Promise<string | null> {
    const remedy = runbook.remedies[document.remedy];
    if (remedy?.revert === undefined) return null;
    const after = remedy.revert.after;
    for (const [i, step] of document.steps.entries()) {
      if (step.planned === null || step.snapshot_sha256 === null) continue;
      const problem = await run.step(`guard:${i}:${attempt}`, async () => {
        const { incident: state, plan } = await planNow(incident, id);
        const context = deps.context({ service: runbook.service, incident, signal: AbortSignal.timeout(APPLY_TIMEOUT) });
        try {
          const { snapshot } = await withSnapshot(deps, plan, i, document, async () => null);
          const input = evaluateInputs(step.with, overRemedy(remedy), valuesOf(state, document), lateValues(state, plan));
          await deps.guards.set({
            service: runbook.service,
            plan: id,
            step: i,
            uses: step.uses,
            input,
            snapshot,
            deadline: intentTime(plan) + after,
          });
          return null;
        } catch (error) {
          if (isTransient(error)) throw error;
          return `The guard that would revert it without Tocsin could not be created, so nothing was changed: ${sayError(error, context)}`;
        }
      });
      if (problem !== null) return problem;
    }
    return null;
  }

  /** Steps in order. Returns why one failed, or `null`. */
  async function applySteps(
    run: RunContext,
    asked: RemedyInput,
    runbook: Runbook,
    id: string,
    document: PlanDocument,
    attempt: number,
  ): Promise<string | null> {
    for (const [i, step] of document.steps.entries()) {
      await show(
        run,
        asked.incident,
        id,
        `Step ${i + 1} of ${document.steps.length}: ${step.title ?? step.planned?.summary ?? step.uses}`,
        i,
        document.steps.length,
        attempt,
      );
      const error =
        step.planned === null
          ? await waitStep(run, asked, runbook, id, document, i, attempt)
          : await changeStep(run, asked, runbook, id, document, i, attempt);
      if (error !== null) return error;
    }
    return null;
  }

  async function changeStep(
    run: RunContext,
    asked: RemedyInput,
    runbook: Runbook,
    id: string,
    document: PlanDocument,
    i: number,
    attempt: number,
  ): Promise<string | null> {
    const step = document.steps[i];
    if (step === undefined) return null;
    return run.writeAfter(
      `apply:${i}:${attempt}`,
      async (key) => {
        const { incident, plan } = await planNow(asked.incident, id);
        const context = deps.context({ service: runbook.service, incident: incident.id, signal: AbortSignal.timeout(APPLY_TIMEOUT) });
        const remedy = remedyOf(runbook, asked.remedy);
        await reserve(run, runbook.service, targetsOf(document));
        try {
          const action = changing(deps, step.uses);
          const input = evaluateInputs(step.with, overRemedy(remedy), valuesOf(incident, document), lateValues(incident, plan));
          const planned = await withSnapshot(deps, plan, i, document, async () => null);
          const reading = await action.apply(parseInput(action, input), planned, context, key);
          const text = reading.text === undefined || reading.text.content === '' ? null : context.redact(reading.text.content);
          return { ok: true, summary: context.redact(reading.summary), text };
        } catch (error) {
          const now = await deps.store.now();
          if (isTransient(error) && now < intentTime(plan) + APPLY_FOR) throw error;
          return { ok: false, summary: sayError(error, context), text: null };
        }
      },
      async (tx, { ok, summary, text }) => {
        const about = { plan: id, step: i, uses: step.uses };
        const artifacts = text === null ? [] : [await tx.putArtifact(asked.incident, Buffer.from(text))];
        if (ok) await tell(tx, asked.incident, { type: 'change.applied', artifacts, data: { ...about, summary } });
        else await tell(tx, asked.incident, { type: 'change.failed', outcome: 'failed', data: { ...about, error: summary } });
        return ok ? null : `Step ${i + 1} failed: ${summary}`;
      },
    );
  }

  /** A step that reads: the next one needs what the one before leads to. */
  async function waitStep(
    run: RunContext,
    asked: RemedyInput,
    runbook: Runbook,
    id: string,
    document: PlanDocument,
    i: number,
    attempt: number,
  ): Promise<string | null> {
    const step = document.steps[i];
    if (step === undefined) return null;
    const deadline = await run.step(`wait:${i}:${attempt}`, async () => (await deps.store.now()) + (step.within_ms ?? WAIT_WITHIN));
    return run.step(`waited:${i}:${attempt}`, async () => {
      const { incident, plan } = await planNow(asked.incident, id);
      const remedy = remedyOf(runbook, asked.remedy);
      const input = evaluateInputs(step.with, overRemedy(remedy), valuesOf(incident, document), lateValues(incident, plan));
      const { until } = step;
      const over = overOutput(changingOrReading(step.uses));
      const holds = (output: Json) => until === null || over.evaluate(until, { output, incident: incidentValues(incident) }) === true;
      const { held, last } = await readUntil(deps, { uses: step.uses, input }, holds, deadline, {
        service: runbook.service,
        incident: incident.id,
        say: (text) => void progress(run, asked.incident, `Waiting: ${text}`, i, document.steps.length),
      });
      return held ? null : `Step ${i + 1} (${step.title ?? step.uses}) did not come to pass: ${last.summary}`;
    });
  }

  async function verify(run: RunContext, asked: RemedyInput, runbook: Runbook, id: string, attempt: number): Promise<boolean> {
    const remedy = remedyOf(runbook, asked.remedy);
    const { verify: check } = remedy;
    if (check === undefined) return true;
    await show(run, asked.incident, id, 'Verifying the effect', 1, 1, attempt, 'verify');
    const deadline = await run.step(`verify:${attempt}`, async () => (await deps.store.now()) + check.within);
    return run.writeAfter(
      `verified:${attempt}`,
      async () => {
        const { incident, plan } = await planNow(asked.incident, id);
        const input = evaluateInputs(
          check.with,
          overRemedy(remedy),
          { incident: incidentValues(incident), arg: asked.arguments },
          lateValues(incident, plan),
        );
        const over = overOutput(changingOrReading(check.uses));
        const holds = (output: Json) => over.evaluate(check.until, { output, incident: incidentValues(incident) }) === true;
        return readUntil(deps, { uses: check.uses, input }, holds, deadline, {
          service: runbook.service,
          incident: incident.id,
          say: (text) => void progress(run, asked.incident, `Verifying: ${text}`, 1, 1),
        });
      },
      async (tx, { held, last }) => {
        const outcome = held ? ('done' as const) : ('failed' as const);
        await tell(tx, asked.incident, { type: 'change.verified', outcome, data: { plan: id, passed: held, summary: last.summary } });
        return held;
      },
    );
  }

  /** A diagnosis step's result as evidence of this change. False when it could not be read. */
  async function capture(
    run: RunContext,
    incident: string,
    id: string,
    runbook: Runbook,
    name: string,
    phase: 'before' | 'during' | 'after',
    attempt: number,
  ): Promise<boolean> {
    const step = runbook.diagnose[name];
    if (step === undefined) return true;
    return run.writeAfter(
      `capture:${phase}:${name}:${attempt}`,
      () => readDiagnosisStep(deps, runbook, name, step, incident),
      async (tx, result) => {
        const artifacts: ArtifactRef[] = [];
        const content = result.text?.content ?? `${JSON.stringify(result.output, null, 2)}\n`;
        artifacts.push(await tx.putArtifact(incident, Buffer.from(content)));
        await tell(tx, incident, {
          type: 'evidence.captured',
          outcome: result.ok ? 'done' : 'failed',
          artifacts,
          data: { plan: id, phase, step: name, uses: step.uses, summary: result.summary },
        });
        return result.ok;
      },
    );
  }

  /** Ends a remedy that failed; what was done of it is reverted when it can be. Always true: it is over. */
  async function failed(run: RunContext, asked: RemedyInput, id: string, reason: string, attempt: number, revert = false): Promise<true> {
    await run.write(`failed:${attempt}`, async (tx) => {
      const plan = await planIn(asked.incident, id, tx);
      const applied = plan.applied.length;
      const view = { plan: id, text: 'Stopped', done: applied, total: plan.steps };
      if (plan.intendedAt !== null) await putBoard(tx, progressOf(run, asked.incident), await tx.now(), view);
      const change = await tell(tx, asked.incident, { type: 'remedy.failed', outcome: 'failed', data: { plan: id, run: run.id, reason, applied } });
      // Every step: the one that failed may have been done all the same. A revert looks first.
      if (revert) {
        await tx.startRun({ id: revertRunId(id), kind: 'revert', input: { incident: asked.incident, plan: id, because: reason, all: true } });
      }
      return change.incident.seq;
    });
    return true;
  }

  async function fail(run: RunContext, asked: RemedyInput, plan: string | null, reason: string, name: string): Promise<void> {
    await run.write(name, async (tx) => {
      await tell(tx, asked.incident, {
        type: 'remedy.failed',
        outcome: 'failed',
        data: { plan: null, run: run.id, reason: `${reason}${plan === null ? '' : ` (last plan: ${plan})`}`, applied: 0 },
      });
      return true;
    });
  }

  /** One remedy at a time on a target (DESIGN, Runbooks). The holder keeps it over a restart. */
  async function reserve(run: RunContext, service: string, targets: readonly string[]): Promise<boolean> {
    const held: string[] = [];
    for (const target of targets) {
      const name = `target:${service}/${target}`;
      if (await deps.leases.acquire(name, run.id, RESERVED)) {
        held.push(name);
        continue;
      }
      for (const other of held) await deps.leases.release(other, run.id);
      throw new RetryLater(1_000);
    }
    return true;
  }

  async function release(run: RunContext, service: string, targets: readonly string[]): Promise<void> {
    for (const target of targets) await deps.leases.release(`target:${service}/${target}`, run.id).catch(() => undefined);
  }

  function targetsOf(document: PlanDocument): string[] {
    const names = document.steps.flatMap((step) => {
      const action = deps.actions.get(step.uses);
      const input = action?.input.safeParse(step.input);
      return action !== undefined && input?.success === true ? action.targets(input.data) : [];
    });
    return [...new Set(names)].sort();
  }

  async function show(
    run: RunContext,
    incident: string,
    plan: string,
    text: string,
    done: number,
    total: number,
    attempt: number,
    what = 'step',
  ): Promise<void> {
    await run.write(`show:${what}:${done}:${attempt}`, async (tx) => {
      await putBoard(tx, progressOf(run, incident), await tx.now(), { plan, text, done, total });
      return true;
    });
  }

  function progressOf(run: RunContext, incident: string): Board {
    return { key: `${run.id}:progress`, stream: incident, to: deps.roomOf(incident), template: 'progress' };
  }

  /** Between two steps of the journal: may be lost. */
  async function progress(run: RunContext, incident: string, text: string, done: number, total: number): Promise<void> {
    await deps.store
      .transaction(async (tx) => putBoard(tx, progressOf(run, incident), await tx.now(), { plan: '', text, done, total }))
      .catch(() => undefined);
  }

  function changingOrReading(uses: string) {
    const action = deps.actions.get(uses);
    if (action === undefined) throw new UserError('action-unknown', `This release of Tocsin has no action ${uses}.`);
    return action;
  }

  function valuesOf(incident: Incident, document: PlanDocument) {
    return { incident: incidentValues(incident), arg: document.arguments };
  }

  async function tell(tx: StoreTx, incident: string, event: ChangeEvent) {
    const change = await deps.incidents.tell(tx, incident, { type: 'change', event });
    if (change === null) throw new UserError('no-incident', `There is no incident ${incident}.`);
    return change;
  }

  async function incidentNow(id: string): Promise<Incident> {
    const incident = await deps.incidents.find(id);
    if (incident === null) throw new UserError('no-incident', `There is no incident ${id}.`);
    return incident;
  }

  async function planNow(incident: string, id: string): Promise<{ incident: Incident; plan: Plan }> {
    const state = await incidentNow(incident);
    const plan = state.plans[id];
    if (plan === undefined) throw new UserError('no-plan', `${incident} has no plan ${id}.`);
    return { incident: state, plan };
  }

  /** The plan as the transaction sees it. */
  async function planIn(incident: string, id: string, tx: StoreTx): Promise<Plan> {
    const { state } = await tx.lockStream(incident);
    const plan = (state as unknown as { incident?: Incident } | null)?.incident?.plans[id];
    if (plan === undefined) throw new UserError('no-plan', `${incident} has no plan ${id}.`);
    return plan;
  }
}

/** Opaque and the same at every try: eight characters without those that look alike. */
export function planId(run: string, attempt: number): string {
  const alphabet = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';
  const digest = createHash('sha256').update(`${run}:${attempt}`).digest();
  return `PLN-${[...digest.subarray(0, 8)].map((byte) => alphabet[byte % alphabet.length]).join('')}`;
}

function intentTime(plan: Plan): number {
  return plan.intendedAt ?? plan.madeAt;
}
