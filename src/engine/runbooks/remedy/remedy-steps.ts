import { planCardKey } from '../../../domain/change/plan-card.ts';
import { revertDue } from '../../../domain/change/reverts.ts';
import { PROGRESS_BOARD } from '../../../domain/messages/messages.ts';
import type { ArtifactRef, Json } from '../../../domain/record.ts';
import { inBackground } from '../../../lib/background.ts';
import { own } from '../../../lib/own.ts';
import { sayDuration } from '../../../lib/time.ts';
import { RetryLater } from '../../../ports/queue.ts';
import type { RunContext } from '../../../ports/runs.ts';
import { type Board, putBoard } from '../board.ts';
import type { RunbookDeps } from '../deps.ts';
import { changing, isTransient, known, readUntil, type StepResult, sayError } from '../diagnose/reading.ts';
import { readDiagnosis } from '../diagnose/steps.ts';
import { incidentValues, overOutput, overRemedy, type Runbook } from '../load/runbook.ts';
import type { Remedy } from '../load/schema.ts';
import { evaluateInputs, type Inputs } from '../load/values.ts';
import { approvedInput, withSnapshot } from './applying.ts';
import { APPLY_FOR, WAIT_WITHIN, waitsBefore, whyNotNow } from './may-apply.ts';
import type { PlanDocument, PlanStep, PlanVerify } from './plan-document.ts';
import { intentTime, planNow, tellChange } from './plan-state.ts';
import { parseInput, plannedValues, plannedVerify } from './planning.ts';
import { reserve } from './reservation.ts';

/** How long (ms) a change may take at once. */
const APPLY_TIMEOUT = 120_000;
/** A step that waits longer than this (ms) does not hold a worker meanwhile: it is looked again every so often (ms). */
const LONG_WAIT = 10 * 60_000;
const LONG_POLL = 5_000;

/** A remedy that is being carried out. */
export interface Work {
  readonly deps: RunbookDeps;
  readonly run: RunContext;
  readonly incident: string;
  readonly plan: string;
  readonly attempt: number;
  readonly runbook: Runbook;
  readonly remedy: Remedy;
  readonly document: PlanDocument;
}

/** The board that shows how far a remedy is, under the card of its plan. */
export function progressBoard({ run, incident, plan }: Pick<Work, 'run' | 'incident' | 'plan'>): Board {
  return { key: `${run.id}:progress`, stream: incident, to: { kind: 'under', message: planCardKey(plan) } };
}

/**
 * The guard of each step that has one, in the cluster itself and before the change, so that it is there whatever becomes of the bot.
 * Returns why there is none, or `null`.
 */
export async function setGuards(work: Work): Promise<string | null> {
  const { deps, run, incident, plan: id, attempt, runbook, document } = work;
  for (const [i, step] of document.steps.entries()) {
    if (step.planned === null || step.snapshot_sha256 === null) continue;
    const problem = await run.step(`guard:${i}:${attempt}`, async () => {
      const why = await whyNotNow(deps, incident, id, waitsBefore(document, 0), false);
      if (why !== null) return `Nothing was changed: ${why}.`;
      const context = deps.context({ service: runbook.service, incident, signal: AbortSignal.timeout(APPLY_TIMEOUT) });
      try {
        const { plan } = await planNow(deps, incident, id);
        const deadline = revertDue(plan);
        if (deadline === null) return null;
        const { snapshot } = await withSnapshot(deps, plan, i, document, async () => null);
        const input = await inputNow(work, step);
        await deps.guards.set({ service: runbook.service, plan: id, step: i, uses: step.uses, input, snapshot, deadline });
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

/** Applies the steps in order. Returns why one failed, or `null`. */
export async function applySteps(work: Work): Promise<string | null> {
  const { steps } = work.document;
  for (const [i, step] of steps.entries()) {
    if (step.after_ms !== undefined) {
      await show(work, `Waiting ${sayDuration(step.after_ms)} before step ${i + 1}`, i, steps.length, `after:${i}`);
      await work.run.sleep(`after:${i}:${work.attempt}`, step.after_ms);
    }
    await show(work, `Step ${i + 1} of ${steps.length}: ${step.title ?? step.planned?.summary ?? step.uses}`, i, steps.length, `step:${i}`);
    const error = step.planned === null ? await waitStep(work, step, i) : await changeStep(work, step, i);
    if (error !== null) return error;
  }
  return null;
}

/** How the effect is verified: as the plan has it. A plan of a release before does not say; its runbook, which was approved with it, does. */
async function verifyOf({ deps, incident: id, plan, document, remedy, runbook }: Work): Promise<PlanVerify | null> {
  if (document.v !== 1 || remedy.verify === undefined) return document.verify ?? null;
  const { incident } = await planNow(deps, id, plan);
  const input = evaluateInputs(remedy.verify.with, overRemedy(remedy, runbook), plannedValues(document, incident));
  return plannedVerify(remedy.verify, input);
}

/** Looks whether the change has the effect that it should have; true where the runbook asks for nothing. */
export async function verifyEffect(work: Work): Promise<boolean> {
  const { deps, run, incident, plan, attempt } = work;
  const verify = await verifyOf(work);
  if (verify === null) return true;
  await show(work, 'Verifying the effect', 1, 1, 'verify');
  const deadline = await deadlineIn(work, `verify:${attempt}`, verify.within_ms);
  return run.writeAfter(
    `verified:${attempt}`,
    () => readUntilHolds(work, verify, deadline, 'Verifying'),
    async (tx, { held, last }) => {
      const outcome = held ? ('done' as const) : ('failed' as const);
      // Of what is not there nothing was seen either.
      const unknown = !held && (last.state === 'unknown' || last.missing !== undefined);
      const data = { plan, passed: held, summary: last.summary, ...(unknown ? { unknown } : {}) };
      await tellChange(deps, tx, incident, { type: 'change.verified', outcome, data });
      return held;
    },
  );
}

/**
 * Keeps the diagnosis steps that the remedy names as evidence of this change. Returns the first that could not be read, or `null`. Of what is
 * not there, nothing is kept but that it is not: the plan has said so.
 */
export async function captureEvidence(work: Work, phase: 'before' | 'during' | 'after'): Promise<string | null> {
  for (const name of work.remedy.capture) if (!(await captureStep(work, name, phase))) return name;
  return null;
}

async function captureStep(
  { deps, run, incident, plan, attempt, runbook, document }: Work,
  name: string,
  phase: 'before' | 'during' | 'after',
): Promise<boolean> {
  const step = own(runbook.diagnose, name);
  if (step === undefined) return true;
  return run.writeAfter(
    `capture:${phase}:${name}:${attempt}`,
    async () => (await readDiagnosis(deps, runbook, [name], incident, document.arguments)).get(name) as StepResult,
    async (tx, result) => {
      const content = result.text?.content ?? `${JSON.stringify(result.missing === undefined ? result.output : result.summary, null, 2)}\n`;
      const artifacts: ArtifactRef[] = [await tx.putArtifact(incident, Buffer.from(content))];
      for (const file of result.files) artifacts.push(await tx.putArtifact(incident, Buffer.from(file.content)));
      const outcome = result.ok ? ('done' as const) : ('failed' as const);
      const data = { plan, phase, step: name, uses: step.uses, summary: result.summary };
      await tellChange(deps, tx, incident, { type: 'evidence.captured', outcome, artifacts, data });
      return result.ok || result.missing !== undefined;
    },
  );
}

/** A step that changes something: applied once, or what it failed of is recorded. */
async function changeStep(work: Work, step: PlanStep, i: number): Promise<string | null> {
  const { deps, run, incident, plan, attempt, runbook, document } = work;
  return run.writeAfter(
    `apply:${i}:${attempt}`,
    async (key) => {
      await reserve(deps, run.id, runbook.service, document);
      const why = await whyNotNow(deps, incident, plan, waitsBefore(document, i), false);
      if (why !== null) return { ok: false, summary: `it is void: ${why}.`, text: null };
      return apply(work, step, i, key);
    },
    async (tx, { ok, summary, text }) => {
      const about = { plan, step: i, uses: step.uses };
      const artifacts = text === null ? [] : [await tx.putArtifact(incident, Buffer.from(text))];
      if (ok) await tellChange(deps, tx, incident, { type: 'change.applied', artifacts, data: { ...about, summary } });
      else await tellChange(deps, tx, incident, { type: 'change.failed', outcome: 'failed', data: { ...about, error: summary } });
      return ok ? null : `Step ${i + 1} failed: ${summary}`;
    },
  );
}

async function apply(work: Work, step: PlanStep, i: number, key: string): Promise<{ ok: boolean; summary: string; text: string | null }> {
  const { deps, incident, plan: id, runbook, document } = work;
  const { plan } = await planNow(deps, incident, id);
  const say = (text: string) => sayProgress(work, text);
  const context = deps.context({ service: runbook.service, incident, signal: AbortSignal.timeout(APPLY_TIMEOUT), say });
  try {
    const action = changing(deps, step.uses);
    const planned = await withSnapshot(deps, plan, i, document, async () => null);
    const reading = await action.apply(parseInput(action, await inputNow(work, step)), planned, context, key);
    const done = { ok: true, summary: context.redact(reading.summary) };
    if (reading.text === undefined || reading.text.content === '') return { ...done, text: null };
    // What was done is done, whatever becomes of its long text.
    const text = await context.redactLong(reading.text.content).catch(() => null);
    return text === null ? { ...done, summary: `${done.summary}; its details could not be kept`, text } : { ...done, text };
  } catch (error) {
    if (isTransient(error) && (await deps.store.now()) < intentTime(plan) + APPLY_FOR) throw error;
    return { ok: false, summary: sayError(error, context), text: null };
  }
}

/** A step that reads: the next one needs what the one before leads to. */
async function waitStep(work: Work, step: PlanStep, i: number): Promise<string | null> {
  const deadline = await deadlineIn(work, `wait:${i}:${work.attempt}`, step.within_ms ?? WAIT_WITHIN);
  const long = (step.within_ms ?? WAIT_WITHIN) > LONG_WAIT;
  return work.run.step(`waited:${i}:${work.attempt}`, async () => {
    const { held, last } = await readUntilHolds(work, step, long ? 0 : deadline, 'Waiting');
    if (held) return null;
    if ((await work.deps.store.now()) < deadline) {
      await putProgress(work, `Waiting: ${last.summary}`).catch(() => undefined);
      throw new RetryLater(LONG_POLL);
    }
    return `Step ${i + 1} (${step.title ?? step.uses}) did not succeed: ${last.summary}`;
  });
}

/** A deadline is noted once, so that a restart does not put it off. ms of the one clock. */
function deadlineIn({ deps, run }: Work, name: string, ms: number): Promise<number> {
  return run.step(name, async () => (await deps.store.now()) + ms);
}

/** Polls are not journalled: after a crash it is looked again until the same deadline. */
async function readUntilHolds(
  work: Work,
  { uses, until, fails, ...given }: Pick<PlanStep, 'uses' | 'with' | 'input' | 'until'> & Pick<PlanVerify, 'fails'>,
  deadline: number,
  doing: string,
): Promise<{ readonly held: boolean; readonly last: StepResult }> {
  const { deps, runbook } = work;
  const { incident, plan } = await planNow(deps, work.incident, work.plan);
  const setting = work.document.setting ?? {};
  const over = overOutput(known(deps, uses), setting);
  const isTrue = (text: string, output: Json) => over.evaluate(text, { output, incident: incidentValues(incident), setting }) === true;
  const judge = {
    holds: (output: Json) => until === null || isTrue(until, output),
    ...(fails === undefined ? {} : { fails: (output: Json) => isTrue(fails, output) }),
  };
  return readUntil(deps, { uses, input: await inputNow(work, given) }, judge, deadline, {
    service: runbook.service,
    incident: incident.id,
    // What is older than the change says nothing of its effect.
    ...(plan.intendedAt === null ? {} : { newerThan: plan.intendedAt }),
    say: (text) => sayProgress(work, `${doing}: ${text}`),
  });
}

async function inputNow({ deps, incident: id, plan: planId, document }: Work, step: Pick<PlanStep, 'with' | 'input'>): Promise<Inputs> {
  const { incident, plan } = await planNow(deps, id, planId);
  return approvedInput(document, step, incident, plan);
}

async function show(work: Work, text: string, done: number, total: number, what: string): Promise<void> {
  await work.run.write(`show:${what}:${work.attempt}`, async (tx) => {
    await putBoard(tx, progressBoard(work), await tx.now(), PROGRESS_BOARD.with({ plan: work.plan, text, done, total }));
    return true;
  });
}

/** Between two entries of the journal: may be lost. */
function sayProgress(work: Work, text: string): void {
  inBackground(putProgress(work, text), () => undefined);
}

async function putProgress(work: Work, text: string): Promise<void> {
  const { length } = work.document.steps;
  await work.deps.store.transaction(async (tx) =>
    putBoard(tx, progressBoard(work), await tx.now(), PROGRESS_BOARD.with({ plan: work.plan, text, done: length, total: length })),
  );
}
