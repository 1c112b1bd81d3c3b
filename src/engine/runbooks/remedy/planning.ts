import { UserError } from '../../../domain/errors.ts';
import type { Incident } from '../../../domain/incident/incident.ts';
import { asJson, readBack } from '../../../domain/json.ts';
import type { Json } from '../../../domain/record.ts';
import { own } from '../../../lib/own.ts';
import type { Planned } from '../../../ports/action.ts';
import type { RunbookDeps, StepContext } from '../deps.ts';
import { changing, clean, known, missingBy, sayError } from '../diagnose/reading.ts';
import { readDiagnosis } from '../diagnose/steps.ts';
import { type Arguments, needsOf } from '../load/needs.ts';
import { incidentValues, overRemedy, type Runbook } from '../load/runbook.ts';
import type { Remedy, RemedyStep, Verify } from '../load/schema.ts';
import { parsable } from '../load/steps.ts';
import { assertNoPlaceholder, evaluateInputs, type Inputs } from '../load/values.ts';
import { hashOf, type PlanDocument, type PlanStep, type PlanVerify, sha256 } from './plan-document.ts';

/** How long (ms) a plan may take to be made. */
export const PLAN_TIMEOUT = 60_000;

export interface MadePlan {
  readonly document: PlanDocument;
  /** By step; never in a record. */
  readonly snapshots: readonly (Json | null)[];
  /** False when every step already is as wanted. */
  readonly changes: boolean;
}

/**
 * Plans a remedy against the world as it is: dry runs, diffs, and what each step touches or depends on. Reads only. `incidentThen`: what an
 * approved plan has of the incident, to compare with it; without, the incident as it is now.
 * @throws UserError when it cannot or must not be done; what any action throws
 */
export async function makePlan(
  deps: RunbookDeps,
  runbook: Runbook,
  name: string,
  incident: Incident,
  args: Readonly<Record<string, string>>,
  context: StepContext,
  incidentThen?: Json,
): Promise<MadePlan> {
  const remedy = remedyOf(runbook, name);
  assertMay(runbook, remedy, incident);
  for (const [argument, value] of Object.entries(args)) assertNoPlaceholder(argument, value);
  const expressions = overRemedy(remedy, runbook);
  const diagnose = await readNeeded(deps, runbook, remedy, incident, args);
  const { setting } = runbook;
  const values = plannedValues(
    { arguments: args, diagnose, setting, ...(incidentThen === undefined ? {} : { incident_values: incidentThen }) },
    incident,
  );
  const steps: PlanStep[] = [];
  const leftOut: string[] = [];
  const snapshots: (Json | null)[] = [];
  for (const step of remedy.steps) {
    const input = evaluateInputs(step.with, expressions, values);
    const shared = {
      uses: step.uses,
      title: step.title ?? null,
      with: step.with,
      input,
      until: step.until ?? null,
      within_ms: step.within ?? null,
      ...(step.after === undefined ? {} : { after_ms: step.after }),
    };
    if (known(deps, step.uses).effect === 'read') {
      const why = whyLeftOut(deps, step, input, context);
      if (why !== null) {
        leftOut.push(`Left out: ${step.title ?? step.uses}. ${why}`);
        continue;
      }
      steps.push({ ...shared, planned: null, snapshot_sha256: null });
      snapshots.push(null);
      continue;
    }
    const made = await planOrLeaveOut(deps, step, input, context);
    if (typeof made === 'string') {
      leftOut.push(`Left out: ${step.title ?? step.uses}. ${made}`);
      continue;
    }
    const { snapshot, ...planned } = made;
    snapshots.push(snapshot);
    steps.push({
      ...shared,
      planned: readBack<Omit<Planned, 'snapshot'>>(clean(asJson(planned), context)),
      snapshot_sha256: snapshot === null ? null : sha256(snapshot),
    });
  }
  if (steps.every(({ planned }) => planned === null) && leftOut.length > 0) throw new UserError('nothing-to-do', leftOut.join(' '));
  const { verify, resolves } = remedy;
  const verified = verify === undefined ? null : plannedVerify(verify, evaluateInputs(verify.with, expressions, values));
  const unverified = verified === null ? null : whyLeftOut(deps, { uses: verified.uses, optional: false }, verified.input, context);
  if (unverified !== null) leftOut.push(`Its effect is not verified. ${unverified}`);
  const approved: Omit<PlanDocument, 'hash'> = {
    v: 2,
    incident: incident.id,
    runbook: runbook.id,
    revision: runbook.revision,
    remedy: name,
    arguments: args,
    ...(Object.keys(diagnose).length === 0 ? {} : { diagnose }),
    incident_values: values['incident'] ?? null,
    ...(Object.keys(setting).length === 0 ? {} : { setting }),
    ...(leftOut.length === 0 ? {} : { left_out: leftOut }),
    steps,
    ...(verified === null || unverified !== null ? {} : { verify: verified }),
    ...(resolves === undefined ? {} : { resolves }),
  };
  const document: PlanDocument = { ...approved, hash: hashOf(approved) };
  return { document, snapshots, changes: steps.some((step) => step.planned === null || step.planned.changes) };
}

/** The plan of a step that changes something, or why it is left out: its target is absent, or it is optional and its target is not there. */
async function planOrLeaveOut(deps: RunbookDeps, step: RemedyStep, input: Inputs, context: StepContext): Promise<Planned | string> {
  const action = changing(deps, step.uses);
  try {
    return await action.plan(parseInput(action, input), context);
  } catch (error) {
    const missing = missingBy(error);
    if (missing === 'absent' || (missing === 'not-found' && step.optional)) return sayError(error, context);
    throw error;
  }
}

/** Why a reading is left out: its target is absent, or it is optional and its target is not there. `null` when it is not. */
function whyLeftOut(
  deps: RunbookDeps,
  { uses, optional }: Pick<RemedyStep, 'uses' | 'optional'>,
  input: Inputs,
  context: StepContext,
): string | null {
  const action = known(deps, uses);
  const given = parsable(action, input);
  for (const name of given === null ? [] : action.targets(given.data)) {
    try {
      // Of which kind it is says the step itself.
      context.target(name, 'workload');
    } catch (error) {
      const missing = missingBy(error);
      if (missing === 'absent' || (missing === 'not-found' && optional)) return sayError(error, context);
    }
  }
  return null;
}

/** What of a verification is approved; `input` is what is known of it before. */
export function plannedVerify({ uses, with: given, until, fails, within, otherwise }: Verify, input: Inputs): PlanVerify {
  return { uses, with: given, input, until, ...(fails === undefined ? {} : { fails }), within_ms: within, otherwise };
}

/** What the expressions of a plan's inputs are evaluated over: for a plan that was made, what it has recorded. */
export function plannedValues(
  document: Pick<PlanDocument, 'arguments' | 'diagnose' | 'incident_values' | 'setting'>,
  incident: Incident,
): Readonly<Record<string, Json>> {
  return {
    incident: document.incident_values ?? incidentValues(incident),
    arg: document.arguments,
    diagnose: document.diagnose ?? {},
    setting: document.setting ?? {},
  };
}

/** The diagnosis steps that the remedy's inputs are made of, read now. @throws UserError `plan-needs` when one cannot be read */
async function readNeeded(
  deps: RunbookDeps,
  runbook: Runbook,
  remedy: Remedy,
  incident: Incident,
  args: Arguments,
): Promise<Readonly<Record<string, Json>>> {
  const names = needsOf([...remedy.steps.map((step) => step.with), remedy.verify?.with ?? {}], runbook.needs);
  const results = await readDiagnosis(deps, runbook, names, incident.id, args);
  for (const [name, { state, summary }] of results) {
    if (state === 'unknown')
      throw new UserError('plan-needs', `“${runbook.diagnose[name]?.title ?? name}” is needed for this plan and could not be read: ${summary}`);
  }
  return Object.fromEntries([...results].map(([name, { output }]) => [name, output]));
}

/** A remedy of a runbook. @throws UserError `unknown-remedy` */
export function remedyOf(runbook: Runbook, name: string): Remedy {
  const remedy = own(runbook.remedies, name);
  if (remedy !== undefined) return remedy;
  throw new UserError('unknown-remedy', `${runbook.id} has no remedy “${name}”. It has: ${Object.keys(runbook.remedies).join(', ') || 'none'}.`);
}

/** Whether the remedy's own condition allows it for this incident now. @throws UserError `not-now` */
export function assertMay(runbook: Runbook, remedy: Remedy, incident: Incident): void {
  if (remedy.when === undefined) return;
  if (runbook.overIncident.evaluate(remedy.when, { incident: incidentValues(incident) }) === true) return;
  throw new UserError('not-now', `“${remedy.title}” ${sayNotNow(remedy.when, incident)}`, {
    refusal: true,
  });
}

/** Why a condition does not hold, as the rest of a sentence. */
function sayNotNow(when: string, { id, severity, status }: Incident): string {
  if (when === '!incident.private') return `is not for a private incident, which ${id} is. The runbook may have another remedy for one.`;
  if (when === 'incident.private') return `is for a private incident only, and ${id} is none.`;
  return `is only possible while ${when}. ${id} is ${severity}, ${status}.`;
}

/** The roles whose holders have to approve; a change needs one confirmation by a responder (docs/how-to/set-up-approvals.md). */
export function neededRoles(remedy: Remedy): string[] {
  if (remedy.risk === 'safe') return [];
  const named = (remedy.approvals?.all ?? []).map(({ role }) => role);
  return named.length > 0 ? named : ['responder'];
}

/** An action's input as its own schema has it. @throws UserError `wrong-input` */
export function parseInput(
  action: {
    name: string;
    input: {
      safeParse(value: unknown): {
        success: boolean;
        data?: unknown;
        error?: { issues: readonly { path: readonly PropertyKey[]; message: string }[] };
      };
    };
  },
  input: Json,
): never {
  const parsed = action.input.safeParse(input);
  if (parsed.success) return parsed.data as never;
  const issue = parsed.error?.issues[0];
  throw new UserError('wrong-input', `${action.name} cannot take ${issue?.path.join('.') ?? 'its input'}: ${issue?.message ?? 'it is not valid'}.`);
}
